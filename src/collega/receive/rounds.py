"""The step ``coverage``: one round of asking the PACS for what never arrived, and fetching it where allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

import structlog

from collega.errors import PeerError
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.coverage import Here, PacsStudy, Round, Sighting, SightingState
from collega.model.ids import is_acceptance_uid, storage_key
from collega.model.job import Event, NextStep
from collega.model.policy import CoveragePolicy, Policy
from collega.ports.machine import Clock
from collega.ports.peers import PacsQuery
from collega.ports.store import Store, Transaction
from collega.receive.coverage import Answer, Judge, compare, counted, needs_series, told_by

MEMORY_OF_TOLD = timedelta(days=14)
MOST_TRIES = 5
# An order that comes early by less than this is in time: a queue's clock and ours may differ.
EARLY = timedelta(seconds=1)
# What a sighting is told as when it changes to this state.
EVENTS: Mapping[SightingState, str] = {
    SightingState.MISSING: "missing",
    SightingState.INCOMPLETE: "incomplete",
    SightingState.ARRIVED: "arrived",
    SightingState.FETCHED: "fetched",
    SightingState.NOT_WANTED: "not_wanted",
}

# Gathers the running apps in a transaction, and gives what judges once it is known what the PACS tells.
Foresight: TypeAlias = Callable[[Transaction, datetime], Awaitable[Callable[[Collection[str]], Judge]]]
_log = structlog.get_logger()


def ask_at(at: datetime | None) -> NextStep:
    """Order a round; one that waits already, to be done no later, is enough."""
    return NextStep(step="coverage", arguments={}, at=at, lock="coverage", once=True)


async def cover(  # noqa: PLR0913 - the ports of the step
    store: Store, clock: Clock, policy: Policy, query: PacsQuery, foresight: Foresight, *, forced: bool = False
) -> None:
    """Ask, compare, record, order the next round, then fetch.

    Parameters
    ----------
    foresight : callable
        Gives what says which apps accept a study of the PACS.
    forced : bool
        Ask now, whenever the last round was.
    """
    rules = policy.coverage
    if rules is None:
        return
    now = clock.now()
    async with store.transaction() as transaction:
        last = await transaction.last_round()
        if last is not None and now < last.at + rules.every - EARLY and not forced:
            await transaction.add_step(ask_at(last.at + rules.every))
            return
    next_order = None if forced else ask_at(now + rules.every)
    days = _days(policy, rules, now)
    try:
        answer, judge = await _ask(store, query, foresight, days, now)
    except PeerError as error:
        await _record_silence(store, now, str(error), next_order, _asked(policy, days, str(error)))
        return
    sightings = await _record(store, answer, judge, rules, now, next_order, _asked(policy, days))
    if rules.most_fetches:
        await _fetch(store, clock, query, rules, sightings)


async def _ask(
    store: Store, query: PacsQuery, foresight: Foresight, days: tuple[date, date], now: datetime
) -> tuple[Answer, Judge]:
    """Ask for the studies, and for the series of those that an app may want."""
    first, last = (f"{day:%Y%m%d}" for day in days)
    named = await asyncio.to_thread(query.studies, *days)
    # The test patient of an acceptance is sent by us and kept by no receiver: it would be missing for ever.
    studies = [study for study in named if not is_acceptance_uid(study.study_instance_uid)]
    async with store.transaction() as transaction:
        known, here = await _known(transaction, studies)
        told = await transaction.told_attributes(now - MEMORY_OF_TOLD) | told_by(studies)
        with_told = await foresight(transaction, now)
        came = await transaction.count_received(first, last)
    if came and not studies:
        # A PACS that shows nothing at all is not believed: it would look like a quiet night.
        message = f"the PACS names not one study of these days, though {came} of them came here"
        raise PeerError(message)
    # What no app wants whatever its series are is not asked for them.
    judge = with_told(told)
    wanted = [
        study.study_instance_uid
        for study in studies
        if judge(study, None)
        and needs_series(study, here.get(study.study_instance_uid), known.get(study.study_instance_uid))
    ]
    series = await asyncio.to_thread(query.series, wanted)
    told |= told_by(item for found in series.values() for item in found)
    return Answer(studies=studies, series=series, told=told, first_day=first), with_told(told)


async def _record(  # noqa: PLR0913 - one round, whole
    store: Store,
    answer: Answer,
    judge: Judge,
    rules: CoveragePolicy,
    now: datetime,
    next_order: NextStep | None,
    asked: AuditEntry,
) -> Sequence[Sighting]:
    async with store.transaction() as transaction:
        await transaction.lock_coverage()
        # Read now, not before: what has come while the PACS was asked is not missing.
        known, here = await _known(transaction, answer.studies, answer.series)
        found = compare(answer, here, known, judge, now=now, grace=rules.grace)
        for item in found:
            before = known.get(item.study_instance_uid)
            if item != before:
                await transaction.save_sighting(item)
                await _tell(transaction, item, before, now)
        done = counted(found, now, answer)
        await transaction.add_round(done)
        await transaction.add_event(Event(kind="coverage_round", at=now, payload=_account(done)))
        await transaction.add_audit(asked)
        if next_order is not None:
            await transaction.add_step(next_order)
    return found


async def _known(
    transaction: Transaction, studies: Sequence[PacsStudy], counted: Collection[str] = ()
) -> tuple[Mapping[str, Sighting], Mapping[str, Here]]:
    """Read what earlier rounds have seen, and what is here."""
    uids = {study.study_instance_uid for study in studies}
    known = await transaction.sightings(uids)
    return known, await transaction.here(uids | set(known), counted)


def _days(policy: Policy, rules: CoveragePolicy, now: datetime) -> tuple[date, date]:
    """First and last day, in the zone of the site, that the PACS is asked for."""
    return (now - rules.look_back).astimezone(policy.zone).date(), now.astimezone(policy.zone).date()


def _account(done: Round) -> dict[str, object]:
    return {
        "studies": done.studies,
        "eligible": done.eligible,
        "received": done.received,
        "missing": done.missing,
        "maybe": done.maybe,
        "incomplete": done.incomplete,
    }


def _asked(policy: Policy, days: tuple[date, date], why: str = "") -> AuditEntry:
    """Tell the audit record what the PACS was asked."""
    first, last = map(str, days)
    payload = {"peer": policy.pacs.name if policy.pacs else "", "from": first, "to": last}
    outcome = AuditOutcome.MINOR_FAILURE if why else AuditOutcome.SUCCESS
    return AuditEntry(event="archive asked", outcome=outcome, payload={**payload, "why": why} if why else payload)


async def _record_silence(
    store: Store, now: datetime, why: str, next_order: NextStep | None, asked: AuditEntry
) -> None:
    """Record a round in which nothing was learnt: no figure, and never a clean zero."""
    _log.warning("the PACS could not be asked for what never arrived", why=why)
    async with store.transaction() as transaction:
        await transaction.lock_coverage()
        await transaction.add_round(Round(at=now, answered=False, reason=why))
        await transaction.add_event(Event(kind="coverage_not_asked", at=now, payload={"why": why}))
        await transaction.add_audit(asked)
        if next_order is not None:
            await transaction.add_step(next_order)


async def _tell(transaction: Transaction, item: Sighting, before: Sighting | None, now: datetime) -> None:
    """Record a change that people want to know of; the study is named by its key."""
    kind = EVENTS.get(item.state)
    if kind is None or (before is not None and before.state is item.state):
        return
    apps = {app: str(certainty) for app, certainty in item.apps.items()}
    payload: dict[str, object] = {"apps": apps, "detail": item.detail}
    key = storage_key(item.study_instance_uid)
    await transaction.add_event(Event(kind=kind, at=now, study_key=key, payload=payload))


async def _fetch(
    store: Store, clock: Clock, query: PacsQuery, rules: CoveragePolicy, sightings: Sequence[Sighting]
) -> None:
    """Have the PACS send what is missing for sure: what was tried least first, then the newest."""
    wanted = [
        item
        for item in sightings
        if item.state in {SightingState.MISSING, SightingState.INCOMPLETE}
        and item.is_certain
        and item.tries < MOST_TRIES
    ]
    wanted.sort(key=lambda item: (item.tries, -(item.study_at or item.first_seen_at).timestamp()))
    for item in wanted[: rules.most_fetches]:
        uid = item.study_instance_uid
        try:
            moved = await asyncio.to_thread(query.move, uid, rules.destination)
            problem = moved.problem
        except PeerError as error:
            problem = str(error)
        await _record_fetch(store, clock, item, problem, rules)


async def _record_fetch(store: Store, clock: Clock, item: Sighting, problem: str, rules: CoveragePolicy) -> None:
    uid = item.study_instance_uid
    async with store.transaction() as transaction:
        await transaction.lock_coverage()
        now = clock.now()
        known = (await transaction.sightings([uid])).get(uid, item)
        is_here = uid in await transaction.here([uid])
        if not problem and not is_here:
            problem = f"the PACS says that it was sent to {rules.destination}, but nothing came here"
        after = replace(known, tries=known.tries + 1, detail=problem)
        if not problem:
            await transaction.note_fetched()
        if not problem and known.state is SightingState.MISSING:
            # Of a study that came in part the next round says whether it is whole now.
            after = replace(after, state=SightingState.FETCHED, closed_at=now)
        await transaction.save_sighting(after)
        await _tell(transaction, after, known, now)
        if problem:
            payload: dict[str, object] = {"why": problem, "tries": after.tries}
            event = Event(kind="fetch_failed", at=now, study_key=storage_key(uid), payload=payload)
            await transaction.add_event(event)
