"""What follows from a report of storage commitment, on the association of its request or on a later one."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from collega.deliver.notify import ask_for_notice
from collega.errors import FencedError
from collega.model.commitment import AfterFailure, after_failure
from collega.model.delivery import Delivery, DeliveryState
from collega.model.job import Event
from collega.model.policy import Policy
from collega.ports.store import Transaction

MOST_RESENDS = 4
MOST_DOUBLINGS = 20


async def take_report(
    transaction: Transaction, policy: Policy, done: Sequence[str], failed: Mapping[str, int], at: datetime
) -> bool:
    """Record what a PACS keeps, and what it does not; returns whether something is to be sent or asked again."""
    pacs = policy.pacs.name if policy.pacs else ""
    for study_key in await transaction.mark_committed(done, at):
        payload: dict[str, object] = {"pacs": pacs, "detail": "committed"}
        await transaction.add_event(Event(kind="confirmed", at=at, study_key=study_key, payload=payload))
        await ask_for_notice(transaction, policy, study_key, at)
    if policy.pacs is None:
        return False
    again = False
    for item in await transaction.deliveries_with(sorted(failed)):
        if item.state is DeliveryState.ACCEPTED and item.pacs == pacs:
            wait = min(policy.pacs.retry_first * (1 << min(item.confirmations, MOST_DOUBLINGS)), policy.pacs.retry_most)
            reason = failed[item.object.reference.sop_instance_uid]
            # Asked about at this very moment by the worker: the rest of the report is heard all the same.
            with contextlib.suppress(FencedError):
                again |= await not_committed(transaction, item, reason, at, at + wait)
    return again


async def not_committed(
    transaction: Transaction, item: Delivery, reason: int, at: datetime, ask_at: datetime | None
) -> bool:
    """Record that a PACS does not commit to keep one object; returns whether it is sent or asked for again.

    ``ask_at``: when to ask again, where asking may help.
    """
    what, detail = after_failure(reason)
    if what is AfterFailure.SEND and item.attempt >= MOST_RESENDS:
        what = AfterFailure.ASK
    state = DeliveryState.PLANNED if what is AfterFailure.SEND else item.state
    next_at = {AfterFailure.SEND: at, AfterFailure.ASK: ask_at}.get(what)
    await transaction.set_delivery(item, state=state, at=at, next_at=next_at, detail=detail, asked=True)
    payload: dict[str, object] = {"pacs": item.pacs, "object": item.object.kind, "detail": detail}
    kind = "resend" if what is AfterFailure.SEND else "not_committed"
    await transaction.add_event(
        Event(kind=kind, at=at, study_key=item.object.study_key, job_key=item.object.job_key, payload=payload)
    )
    return next_at is not None
