"""The step ``notify``: a peer is told, once for each set, which results of a study can be had from the PACS."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from collega.errors import PeerError, RefusedError
from collega.model.availability import AvailabilityNotice, Available
from collega.model.delivery import DeliveryState
from collega.model.ids import stable_uid
from collega.model.job import Event, NextStep
from collega.model.policy import AvailabilityPolicy, Policy
from collega.model.result import ObjectReference
from collega.ports.machine import Clock
from collega.ports.peers import AvailabilitySink
from collega.ports.store import Store, Transaction

BATCH = 50
MOST_DOUBLINGS = 20
# Results of one study arrive one after the other: they are told of together.
SETTLE = timedelta(seconds=5)
THERE = frozenset({DeliveryState.VISIBLE, DeliveryState.COMMITTED})
UNDER_WAY = frozenset({DeliveryState.PLANNED, DeliveryState.ACCEPTED})
_log = structlog.get_logger()


def link_name(peer: str) -> str:
    """Name under which it is kept whether a peer answers, apart from every PACS."""
    return f"ian:{peer}"


def notify_at(peer: str, at: datetime) -> NextStep:
    """Order the telling of what is due then."""
    return NextStep(step="notify", arguments={"peer": peer}, at=at, lock=f"notify {peer}", once=True)


async def ask_for_notice(transaction: Transaction, policy: Policy, study_key: str, now: datetime) -> None:
    """Have the peer told, where the site has named one: something of this study is shown by the PACS now."""
    rules = policy.availability
    if rules is None:
        return
    await transaction.ask_availability(rules.peer, study_key, now + SETTLE)
    await transaction.add_step(notify_at(rules.peer, now + SETTLE))


async def notify(store: Store, clock: Clock, policy: Policy, sink: AvailabilitySink, *, peer: str) -> None:
    """Tell one peer of every study that is due; what cannot be told now is ordered for later."""
    rules = policy.availability
    if rules is None or rules.peer != peer or policy.pacs is None:
        return
    while due := await _look(store, clock, rules):
        for notice in due:
            said = await _gather(store, clock, policy.pacs.name, notice, rules)
            if said is None:
                continue
            try:
                await asyncio.to_thread(sink.tell, said)
            except PeerError as error:
                await _note_failure(store, clock, rules, str(error))
                return
            except RefusedError as error:
                await _close(store, clock, notice, said, "availability_refused", str(error))
                continue
            await _close(store, clock, notice, said, "availability_told", "")


async def _look(store: Store, clock: Clock, rules: AvailabilityPolicy) -> Sequence[AvailabilityNotice]:
    """Find what is due; where nothing is, order the next look."""
    async with store.transaction() as transaction:
        now = clock.now()
        _, not_before = await transaction.link(link_name(rules.peer))
        due = [] if not_before and not_before > now else await transaction.due_availability(rules.peer, now, BATCH)
        next_at = await transaction.next_availability(rules.peer)
        if not due and next_at is not None:
            await transaction.add_step(notify_at(rules.peer, max(next_at, not_before or next_at, now)))
        return due


async def _gather(
    store: Store, clock: Clock, pacs: str, notice: AvailabilityNotice, rules: AvailabilityPolicy
) -> Available | None:
    """Say what can be had of a study now; None where the rest is still under way, or it was told of already."""
    async with store.transaction() as transaction:
        now = clock.now()
        deliveries = [item for item in await transaction.deliveries_of(notice.study_key) if item.pacs == pacs]
        if any(item.state in UNDER_WAY and item.next_at is not None for item in deliveries):
            # The next proof asks anew, and sooner.
            await transaction.close_availability(notice, at=now, told=notice.told, due_at=now + rules.retry_most)
            return None
        there = [item for item in deliveries if item.state in THERE]
        digest = _digest([item.object.reference for item in there])
        if not there or digest == notice.told:
            await transaction.close_availability(notice, at=now, told=notice.told)
            return None
    study = there[0].object.reference.study_instance_uid
    return Available(
        sop_instance_uid=stable_uid("availability", notice.peer, study, digest),
        study_instance_uid=study,
        retrieve_aet=pacs,
        objects=tuple(item.object.reference for item in there),
    )


def _digest(objects: Sequence[ObjectReference]) -> str:
    """Name a set of objects, whatever their order."""
    uids = sorted(item.sop_instance_uid for item in objects)
    return hashlib.blake2b("\n".join(uids).encode(), digest_size=16).hexdigest()


async def _close(  # noqa: PLR0913 - one answer, one account
    store: Store, clock: Clock, notice: AvailabilityNotice, said: Available, kind: str, detail: str
) -> None:
    async with store.transaction() as transaction:
        now = clock.now()
        if (await transaction.link(link_name(notice.peer)))[0]:
            await transaction.set_link(link_name(notice.peer), 0, None)
        await transaction.close_availability(notice, at=now, told=_digest(said.objects), detail=detail)
        payload: dict[str, object] = {"peer": notice.peer, "objects": len(said.objects), "detail": detail}
        await transaction.add_event(Event(kind=kind, at=now, study_key=notice.study_key, payload=payload))
    if detail:
        _log.warning("a notification of availability was refused", peer=notice.peer, why=detail)


async def _note_failure(store: Store, clock: Clock, rules: AvailabilityPolicy, why: str) -> None:
    async with store.transaction() as transaction:
        now = clock.now()
        failures = (await transaction.link(link_name(rules.peer)))[0] + 1
        wait = min(rules.retry_first * (1 << min(failures - 1, MOST_DOUBLINGS)), rules.retry_most)
        await transaction.set_link(link_name(rules.peer), failures, now + wait)
        payload: dict[str, object] = {"destination": rules.peer, "failures": failures, "why": why}
        await transaction.add_event(Event(kind="destination_unreachable", at=now, payload=payload))
        await transaction.add_step(notify_at(rules.peer, now + wait))
    _log.warning("nobody can be told of availability", peer=rules.peer, failures=failures, why=why)
