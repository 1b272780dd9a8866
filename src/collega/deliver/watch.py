"""One look at whether AI is available, and the notices that follow from it.

Whoever looks, and however many do: an outage is opened, declared and ended by compare and set, so
that each notice is planned once. Sending takes a notice for a while before it sends, so that one
sends it; a sender that dies meanwhile leaves it to be sent again, under the same identity.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from collega.deliver import notice_words
from collega.deliver.availability import facts, follow
from collega.deliver.message_facts import message_facts
from collega.errors import PeerError
from collega.model.app import Manifest
from collega.model.job import Event, NextStep
from collega.model.outage import Notice, NoticeKind, NoticeState, Outage
from collega.model.policy import Policy
from collega.ports.machine import Clock
from collega.ports.peers import Notifier
from collega.ports.store import Store, Transaction

# How long a sender has for one notice before another may take it.
LEASE = timedelta(minutes=5)
MOST_AGE = timedelta(hours=24)
FIRST_WAIT, MOST_WAIT, MOST_DOUBLINGS = timedelta(seconds=2), timedelta(minutes=10), 16
_log = structlog.get_logger()


async def look(store: Store, clock: Clock, policy: Policy, catalogue: Mapping[str, Manifest]) -> None:
    """Hold what is known against the open outages, and record what changes."""
    async with store.transaction() as transaction:
        now = clock.now()
        pacs = policy.pacs.name if policy.pacs else ""
        signs = await transaction.signs(list(catalogue.values()), pacs)
        known = {outage.subject: outage for outage in await transaction.open_outages()}
        names = [item.name for item in policy.destinations]
        messages = await transaction.message_signs(names, policy.zone, now, silent=policy.notices.sender_silent)
        told = message_facts(messages, now, policy.notices, worker=signs.worker)
        for fact in (*facts(signs, now, policy.notices, pacs, policy.coverage), *told):
            before = known.get(fact.subject)
            after = follow(before, fact, now, policy.notices)
            if after is None or after == before:
                continue
            saved = await transaction.save_outage(before, after)
            if saved is not None:
                await _announce(transaction, policy, catalogue, before, saved, now)
        await _tell_studies(transaction, now - policy.notices.after)


async def _announce(  # noqa: PLR0913 - one change, and who hears of it
    transaction: Transaction,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    before: Outage | None,
    outage: Outage,
    now: datetime,
) -> None:
    is_declared = outage.noticed_at is not None and (before is None or before.noticed_at is None)
    is_over = outage.ended_at is not None and outage.noticed_at is not None
    if not (is_declared or is_over):
        return
    kind = NoticeKind.AVAILABLE if is_over else NoticeKind.UNAVAILABLE
    late, waiting = await transaction.late_jobs(outage) if is_over else (0, 0)
    manifest = catalogue.get(outage.subject.name)
    silent = await transaction.drop_notices(outage.key) if is_over else frozenset()
    for channel in policy.notices.channels:
        if channel in silent:
            continue  # nobody has heard there that it was down
        notice = Notice(
            key="",
            outage_key=outage.key,
            kind=kind,
            channel=channel,
            identity=f"{outage.key}.{kind}",
            at=now,
            heading=notice_words.heading(outage, kind),
            body=notice_words.body(outage, kind, manifest, policy.zone, late=late, waiting=waiting),
        )
        await transaction.add_notice(notice)
    payload: dict[str, object] = {
        "part": outage.subject.part,
        "name": outage.subject.name,
        "cause": outage.cause,
        "since": outage.down_since.isoformat(),
    }
    if is_over:
        payload |= {"late": late, "waiting": waiting}
        await transaction.add_event(Event(kind="available", at=now, payload=payload))
        return
    await transaction.add_event(Event(kind="unavailable", at=now, payload=payload))


async def _tell_studies(transaction: Transaction, before: datetime) -> None:
    """Order the page of each study that waits for an app that was declared unavailable."""
    for study_key, revision in await transaction.claim_waiting_studies(before):
        arguments: dict[str, str | int] = {"study_key": study_key, "revision": revision}
        await transaction.add_step(NextStep(step="page", arguments=arguments))


async def send_due(store: Store, clock: Clock, notifier: Notifier) -> None:
    """Send the notices that are due; one that does not go out is tried again, ever less often."""
    async with store.transaction() as transaction:
        taken = await transaction.take_notices(clock.now(), LEASE)
    # At the same time: a mail server that hangs must not hold up a web hook.
    await asyncio.gather(*(_send(store, clock, notifier, notice) for notice in taken))


async def _send(store: Store, clock: Clock, notifier: Notifier, notice: Notice) -> None:
    try:
        await asyncio.to_thread(notifier.send, notice)
        problem = ""
    except PeerError as error:
        problem = str(error)
    async with store.transaction() as transaction:
        await _record(transaction, clock, notice, problem)


async def _record(transaction: Transaction, clock: Clock, notice: Notice, problem: str) -> None:
    now = clock.now()
    payload: dict[str, object] = {"channel": notice.channel, "notice": notice.kind, "tries": notice.attempt}
    if not problem:
        await transaction.set_notice(notice, NoticeState.SENT, now, None, "")
        await transaction.add_event(Event(kind="notice_sent", at=now, payload=payload))
        return
    _log.warning("a notice did not go out", channel=notice.channel, why=problem)
    is_stale = now - notice.at > MOST_AGE
    wait = min(FIRST_WAIT * (1 << min(notice.attempt, MOST_DOUBLINGS)), MOST_WAIT)
    state = NoticeState.DROPPED if is_stale else NoticeState.PLANNED
    await transaction.set_notice(notice, state, now, None if is_stale else now + wait, problem)
    if notice.attempt == 1 or is_stale:
        event = Event(kind="notice_failed", at=now, payload={**payload, "why": problem, "given_up": is_stale})
        await transaction.add_event(event)
