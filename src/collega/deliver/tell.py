"""The step ``tell``: what waits for one destination goes out in its order, one message at a time, each answered."""

from dataclasses import replace
from datetime import timedelta

import structlog

from collega.deliver.messages import is_higher, note, tell_now
from collega.deliver.table import Channel, reaches
from collega.errors import FencedError, MessageError, PeerError
from collega.formats.hl7.answer import Answer, read_answer
from collega.model.job import Event, JobState
from collega.model.outgoing import Destination, OutgoingKind, OutgoingMessage, OutgoingState
from collega.model.policy import Policy
from collega.model.trust import in_force, narrowed_at
from collega.ports.machine import Clock
from collega.ports.peers import MessageSink
from collega.ports.store import Store, Transaction

MOST_DOUBLINGS = 20
NO_LONGER = "its app is no longer live or may do less, or its input has changed"
AS_HIGH = "the study stands as high already"
CHANNELS = {OutgoingKind.RESULTS: Channel.RESULTS, OutgoingKind.PRIORITY: Channel.FLAG}
_log = structlog.get_logger()


async def tell(store: Store, clock: Clock, policy: Policy, sink: MessageSink, *, destination: str) -> None:
    """Empty the queue of one destination; what cannot be sent now is ordered for later."""
    target = policy.destination(destination)
    if target is None:
        return
    message = await _take(store, clock, target)
    if message is None:
        return
    try:
        async with sink.connected(destination) as exchange:
            while message is not None:
                answer = read_answer(await exchange(message.encoded), message.control_id)
                await _record(store, clock, target, message, answer)
                message = await _take(store, clock, target)
    except (PeerError, MessageError) as error:
        await _note_failure(store, clock, target, str(error))


async def _take(store: Store, clock: Clock, target: Destination) -> OutgoingMessage | None:
    """Begin to send the oldest message that may be sent; None where none is, or the destination rests."""
    async with store.transaction() as transaction:
        now = clock.now()
        message = await transaction.next_outgoing(target.name)
        _, not_before = await transaction.link(link_name(target.name))
        if message is not None and not_before is not None and not_before > now:
            await transaction.add_step(replace(tell_now(target.name), at=not_before, once=True))
            return None
        while message is not None and (why := await _held_back(transaction, message)):
            await transaction.set_outgoing(message, state=OutgoingState.WITHDRAWN, at=now, detail=why)
            await note(transaction, message, "message_withdrawn", now, why)
            message = await transaction.next_outgoing(target.name)
        if message is not None:
            # Before it is sent: whoever finds it so knows that the receiver may have it.
            await transaction.set_outgoing(message, state=message.state, at=now, detail=message.detail, begun=True)
            return replace(message, attempt=message.attempt + 1)
    return None


def link_name(destination: str) -> str:
    """Name under which it is kept whether a destination answers, apart from every AE title."""
    return f"hl7:{destination}"


async def _held_back(transaction: Transaction, message: OutgoingMessage) -> str:
    """Say why a message must not be sent any more; a withdrawal always may."""
    channel = CHANNELS.get(message.kind)
    job = await transaction.job(message.job_key)
    if channel is None or job is None:
        return ""
    stage = await transaction.stage_of(job.app_id, job.app_version)
    decisions = await transaction.decisions_of(job.app_id, job.app_version)
    taken = narrowed_at(decisions)
    is_allowed = taken is None or taken <= message.created_at
    if not (is_allowed and reaches(stage, channel)) or job.state is JobState.SUPERSEDED:
        return NO_LONGER
    if message.kind is OutgoingKind.PRIORITY:
        if not in_force(decisions).may_prioritise:
            return NO_LONGER
        study = await transaction.study(message.study_key)
        if study is not None and not is_higher(message.urgency, study.priority):
            return AS_HIGH
    return ""


async def _record(store: Store, clock: Clock, target: Destination, message: OutgoingMessage, answer: Answer) -> None:
    state = OutgoingState.ACKNOWLEDGED if answer.taken else OutgoingState.REFUSED
    kind = "message_acknowledged" if answer.taken else "message_refused"
    detail = "" if answer.taken else f"{answer.code}: {answer.reason or 'no reason given'}"
    async with store.transaction() as transaction:
        now = clock.now()
        if (await transaction.link(link_name(target.name)))[0]:
            await transaction.set_link(link_name(target.name), 0, None)
        try:
            await transaction.set_outgoing(message, state=state, at=now, detail=detail)
            await note(transaction, message, kind, now, answer.code)
        except FencedError as fenced:
            _log.info("message already moved on", why=str(fenced))
    if not answer.taken:
        _log.warning("a message was refused", destination=target.name, message=message.key, code=answer.code)


async def _note_failure(store: Store, clock: Clock, target: Destination, why: str) -> None:
    async with store.transaction() as transaction:
        now = clock.now()
        failures = (await transaction.link(link_name(target.name)))[0] + 1
        wait = growing(target, failures)
        await transaction.set_link(link_name(target.name), failures, now + wait)
        payload: dict[str, object] = {"destination": target.name, "failures": failures, "why": why}
        await transaction.add_event(Event(kind="destination_unreachable", at=now, payload=payload))
        await transaction.add_step(replace(tell_now(target.name), at=now + wait, once=True))
    _log.warning("a destination does not answer", destination=target.name, failures=failures, why=why)


def growing(target: Destination, failures: int) -> timedelta:
    """How long to rest after so many failures in a row."""
    return min(target.retry_first * (1 << min(failures - 1, MOST_DOUBLINGS)), target.retry_most)
