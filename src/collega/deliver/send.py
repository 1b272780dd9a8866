"""The step ``deliver``: send what is due to one PACS, and ask for proof until it comes."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from collega.deliver.commitment import MOST_RESENDS, not_committed
from collega.deliver.logged import ended as _ended
from collega.deliver.logged import transfers
from collega.deliver.notify import ask_for_notice
from collega.deliver.table import UNCHANGED, Channel, reaches
from collega.errors import FencedError, PeerError
from collega.model.audit import AuditOutcome
from collega.model.delivery import Delivery, DeliveryState, Exchange, Parcel, SendOutcome, SendReport
from collega.model.job import Event, JobState, NextStep
from collega.model.policy import PacsPolicy, Policy
from collega.model.trust import narrowed_at
from collega.ports.machine import Archive, Clock
from collega.ports.peers import ResultSink
from collega.ports.store import Store, Transaction

BATCH = 50
MOST_ASKS_WITHOUT_ANSWER = 3
MOST_DOUBLINGS = 20
_log = structlog.get_logger()

# What a PACS must reach (its setting) -> states in which nothing more is to be done.
GOALS: Mapping[str, frozenset[DeliveryState]] = {
    "accepted": frozenset({DeliveryState.ACCEPTED}),
    "committed": frozenset({DeliveryState.COMMITTED}),
    "visible": frozenset({DeliveryState.VISIBLE}),
}
WAITS: Mapping[str, str] = {
    "accepted": "accepted",
    "committed": "accepted, no report of commitment yet: asked again",
    "visible": "accepted, not shown by the PACS yet",
}


async def deliver(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    sink: ResultSink,
    *,
    pacs: str,
) -> None:
    """Empty the queue of one PACS; what cannot be sent now is ordered for later."""
    if policy.pacs is None or policy.pacs.name != pacs:
        return
    failures, due = await _look(store, clock, pacs)
    while due:
        for part in apart(due):
            try:
                exchange = await asyncio.to_thread(_exchange, sink, archive, part)
            except PeerError as error:
                await _note_failure(store, clock, policy.pacs, failures + 1, str(error), part)
                return
            await _record(store, clock, policy, policy.pacs, part, exchange, failures)
            failures = 0
        failures, due = await _look(store, clock, pacs)


def apart(due: Sequence[Delivery]) -> Sequence[Sequence[Delivery]]:
    """Part what goes over one association each: our own objects first, then others'.

    A PACS may choke on what another maker wrote, and end the association or not answer. That keeps
    nothing of ours back; and an object that did not get through goes alone from then on, so that it
    keeps none behind it back either.
    """
    others = [item for item in due if item.object.kind in UNCHANGED and item.state is DeliveryState.PLANNED]
    ours = [item for item in due if item not in others]
    fresh = [item for item in others if not item.attempt]
    again = [[item] for item in others if item.attempt]
    return [part for part in (ours, fresh, *again) if part]


async def _look(store: Store, clock: Clock, pacs: str) -> tuple[int, list[Delivery]]:
    """Find what is to be done now; where nothing is, order the next look."""
    async with store.transaction() as transaction:
        failures, not_before = await transaction.link(pacs)
        now = clock.now()
        due: list[Delivery] = []
        found = [] if not_before and not_before > now else await transaction.due(pacs, now, BATCH)
        while found and not due:
            due = await _withdraw(transaction, found, now)
            found = [] if due else await transaction.due(pacs, now, BATCH)
        if not due:
            await _order_next(transaction, clock, pacs)
        for entry in transfers(due, "transfer begun", pacs, now):
            await transaction.add_audit(entry)
        return failures, due


def _exchange(sink: ResultSink, archive: Archive, due: Sequence[Delivery]) -> Exchange:
    planned = [item.object for item in due if item.state is DeliveryState.PLANNED]
    # One file that is gone must not hold up the others.
    to_send = [item for item in planned if archive.path(item.path).is_file()]
    for item in planned:
        if item not in to_send:
            _log.error("the file of a result is missing", path=item.path)
    to_ask = [item.object.reference for item in due if item.state is not DeliveryState.PLANNED]
    parcels = [
        Parcel(reference=item.reference, file=archive.path(item.path), verbatim=item.kind in UNCHANGED)
        for item in to_send
    ]
    return sink.exchange(parcels, to_ask)


async def _withdraw(transaction: Transaction, due: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Hold back what belongs to an app that has lost its stage since the object was built."""
    kept = []
    for item in due:
        job = await transaction.job(item.object.job_key) if item.object.job_key else None
        may = True
        if job is not None:
            stage = await transaction.stage_of(job.app_id, job.app_version)
            taken = narrowed_at(await transaction.decisions_of(job.app_id, job.app_version))
            is_allowed = taken is None or taken <= item.object.created_at
            may = is_allowed and reaches(stage, Channel.PACS) and job.state is not JobState.SUPERSEDED
        if may or item.state is not DeliveryState.PLANNED:
            kept.append(item)
            continue
        detail = "its app is no longer live or may do less, or its input has changed"
        await transaction.set_delivery(item, state=DeliveryState.WITHDRAWN, at=now, next_at=None, detail=detail)
        await _tell(transaction, item, now, "withdrawn", detail)
    return kept


async def _record(  # noqa: PLR0913 - one exchange, one account
    store: Store,
    clock: Clock,
    policy: Policy,
    pacs: PacsPolicy,
    due: Sequence[Delivery],
    exchange: Exchange,
    failures: int,
) -> None:
    async with store.transaction() as transaction:
        now = clock.now()
        if failures:
            await transaction.set_link(pacs.name, 0, None)
        for item in due:
            report = exchange.reports.get(item.object.reference.sop_instance_uid)
            try:
                if item.state is DeliveryState.PLANNED:
                    await _after_send(transaction, pacs, item, report, exchange, now)
                else:
                    await _after_ask(transaction, pacs, item, exchange, now)
            except FencedError as fenced:
                _log.info("delivery already moved on", why=str(fenced))
        for study_key in {item.object.study_key for item in due if _proven(item, exchange)}:
            await ask_for_notice(transaction, policy, study_key, now)
        for entry in _ended(due, exchange, pacs.name, now):
            await transaction.add_audit(entry)


async def _after_send(  # noqa: PLR0913 - one answer, one row
    transaction: Transaction,
    pacs: PacsPolicy,
    item: Delivery,
    report: SendReport | None,
    exchange: Exchange,
    now: datetime,
) -> None:
    detail = report.detail if report else "not sent: the association ended before its turn, or its file is missing"
    match report.outcome if report else SendOutcome.LATER:
        case SendOutcome.ACCEPTED:
            state = _proven(item, exchange) or DeliveryState.ACCEPTED
            next_at = _next_ask(pacs, item, state, exchange, now)
            detail = "; ".join(part for part in (detail, exchange.note) if part)
            await transaction.set_delivery(item, state=state, at=now, next_at=next_at, detail=detail, sent=True)
            await _tell(transaction, item, now, "delivered", detail)
            if state is not DeliveryState.ACCEPTED:
                await _tell(transaction, item, now, "confirmed", state)
        case SendOutcome.REFUSED:
            state = DeliveryState.REFUSED
            await transaction.set_delivery(item, state=state, at=now, next_at=None, detail=detail, sent=True)
            await _tell(transaction, item, now, "refused", detail)
            arguments: dict[str, str | int] = {"sop_instance_uid": item.object.reference.sop_instance_uid}
            await transaction.add_step(NextStep(step="fall_back", arguments=arguments))
        case SendOutcome.LATER:
            wait = _growing(pacs, item.attempt)
            await transaction.set_delivery(item, state=item.state, at=now, next_at=now + wait, detail=detail, sent=True)


async def _after_ask(
    transaction: Transaction, pacs: PacsPolicy, item: Delivery, exchange: Exchange, now: datetime
) -> None:
    proven = _proven(item, exchange)
    if proven is not None:
        await transaction.set_delivery(item, state=proven, at=now, next_at=None, detail="", asked=True)
        await _tell(transaction, item, now, "confirmed", proven)
        return
    reason = exchange.uncommitted.get(item.object.reference.sop_instance_uid)
    if reason is not None:
        await not_committed(transaction, item, reason, now, _next_ask(pacs, item, item.state, exchange, now))
        return
    # Silence about commitment says nothing of the object: a PACS may commit at night.
    lost = pacs.confirm == "visible" and _patience(item) > pacs.resend_after
    if lost and not exchange.note and item.attempt < MOST_RESENDS:
        detail = "accepted, yet never shown: sent again"
        await transaction.set_delivery(
            item, state=DeliveryState.PLANNED, at=now, next_at=now, detail=detail, asked=True
        )
        await _tell(transaction, item, now, "resend", detail)
        return
    next_at = _next_ask(pacs, item, item.state, exchange, now)
    detail = exchange.note or WAITS[pacs.confirm]
    await transaction.set_delivery(item, state=item.state, at=now, next_at=next_at, detail=detail, asked=True)


def _proven(item: Delivery, exchange: Exchange) -> DeliveryState | None:
    uid = item.object.reference.sop_instance_uid
    if uid in exchange.visible:
        return DeliveryState.VISIBLE
    return DeliveryState.COMMITTED if uid in exchange.committed else None


def _next_ask(
    pacs: PacsPolicy, item: Delivery, state: DeliveryState, exchange: Exchange, now: datetime
) -> datetime | None:
    """When to ask again: growing waits; never where the goal is reached or the PACS answers no such question."""
    if state in GOALS[pacs.confirm]:
        return None
    if exchange.note and item.confirmations >= MOST_ASKS_WITHOUT_ANSWER:
        return None
    return now + min(_patience(item), pacs.retry_most)


def _patience(item: Delivery) -> timedelta:
    return timedelta(seconds=1 << min(item.confirmations, MOST_DOUBLINGS))


def _growing(pacs: PacsPolicy, attempt: int) -> timedelta:
    doublings = min(attempt, MOST_DOUBLINGS)
    return min(pacs.retry_first * (1 << doublings), pacs.retry_most)


async def _note_failure(  # noqa: PLR0913 - one failure, one account
    store: Store, clock: Clock, pacs: PacsPolicy, failures: int, why: str, due: Sequence[Delivery]
) -> None:
    wait = _growing(pacs, failures - 1)
    _log.warning("PACS not reached", pacs=pacs.name, failures=failures, wait_s=wait.total_seconds(), why=why)
    async with store.transaction() as transaction:
        now = clock.now()
        await transaction.set_link(pacs.name, failures, now + wait)
        payload: dict[str, object] = {"pacs": pacs.name, "failures": failures, "why": why}
        await transaction.add_event(Event(kind="pacs_unreachable", at=now, payload=payload))
        for entry in transfers(due, "transferred", pacs.name, now, AuditOutcome.SERIOUS_FAILURE, why):
            await transaction.add_audit(entry)
        await _order_next(transaction, clock, pacs.name)


async def _order_next(transaction: Transaction, clock: Clock, pacs: str) -> None:
    """Order the next look at the queue, unless one that comes no later is ordered."""
    next_due = await transaction.next_due(pacs)
    _, not_before = await transaction.link(pacs)
    if next_due is None:
        return
    at = max(next_due, not_before or next_due, clock.now())
    step = NextStep(step="deliver", arguments={"pacs": pacs}, at=at, lock=f"deliver {pacs}", once=True)
    await transaction.add_step(step)


async def _tell(transaction: Transaction, item: Delivery, now: datetime, kind: str, detail: str) -> None:
    payload: dict[str, object] = {"pacs": item.pacs, "object": item.object.kind, "detail": detail}
    await transaction.add_event(
        Event(kind=kind, at=now, study_key=item.object.study_key, job_key=item.object.job_key, payload=payload)
    )
