"""What the audit record has of a transfer: which studies, to whom, and how it ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.delivery import Delivery, DeliveryState, Exchange, SendOutcome

OUTCOMES = {
    SendOutcome.ACCEPTED: AuditOutcome.SUCCESS,
    SendOutcome.LATER: AuditOutcome.MINOR_FAILURE,
    SendOutcome.REFUSED: AuditOutcome.SERIOUS_FAILURE,
}


def transfers(  # noqa: PLR0913 - one line of the record
    due: Sequence[Delivery],
    event: str,
    pacs: str,
    at: datetime,
    outcome: AuditOutcome = AuditOutcome.SUCCESS,
    why: str = "",
) -> Iterator[AuditEntry]:
    """Give one line for all objects that are sent together; none where nothing but questions goes out."""
    sent = [item.object for item in due if item.state is DeliveryState.PLANNED]
    if sent:
        payload: dict[str, object] = {"peer": pacs, "objects": len(sent), **({"why": why} if why else {})}
        studies = tuple(dict.fromkeys(item.study_key for item in sent))
        yield AuditEntry(event=event, studies=studies, payload=payload, outcome=outcome, at=at)


def ended(due: Sequence[Delivery], exchange: Exchange, pacs: str, at: datetime) -> Iterator[AuditEntry]:
    """Give a line for each way in which objects that were sent together ended."""
    by_outcome: dict[AuditOutcome, list[Delivery]] = {}
    for item in due:
        report = exchange.reports.get(item.object.reference.sop_instance_uid)
        outcome = OUTCOMES[report.outcome if report else SendOutcome.LATER]
        by_outcome.setdefault(outcome, []).append(item)
    for outcome, items in by_outcome.items():
        yield from transfers(items, "transferred", pacs, at, outcome)
