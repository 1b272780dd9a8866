"""What messages to RIS, PACS and EHR a result gives, queued in the transaction that it belongs to."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.deliver import words
from collega.deliver.flag_back import (
    is_gone,
    on_other_orders,
    standing_flags,
    to_be_taken_back,
    why_gone,
    why_moved,
)
from collega.deliver.heard import standing_of
from collega.deliver.table import Channel, Say, narrowed, say
from collega.deliver.table import Standing as Trust
from collega.formats.hl7.priority import Raised, flag_withdrawal, priority_message, raised_order
from collega.formats.hl7.results import Told as Content
from collega.formats.hl7.results import named, results_message, standing, withdrawal_message
from collega.formats.hl7.write import Envelope, Fields
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation
from collega.model.job import START_ORDER, Event, Job, NextStep
from collega.model.linked import Linked
from collega.model.merge import identity
from collega.model.outgoing import (
    Destination,
    OutgoingKind,
    OutgoingMessage,
    OutgoingState,
    PriorityMessage,
    tell_again_of,
)
from collega.model.policy import Policy
from collega.model.study import Priority, Study
from collega.ports.linked import links_of, merges
from collega.ports.store import Transaction

# What a receiver has, or may have.
TOLD = (OutgoingKind.RESULTS, OutgoingKind.WITHDRAWAL)
LATER = "a later one takes its place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """An app's answer on a study, ready to be told; ``report_uid``: the report that stands in the PACS for it."""

    study: Study
    job: Job
    manifest: Manifest
    result: AppResult
    report_uid: str
    at: datetime


async def tell_of(transaction: Transaction, policy: Policy, word: Word, *, again: bool = False) -> None:
    """Queue what each destination is to be told of an answer; the study is locked.

    ``again``: only where it was told under other numbers than the study has now.
    """
    if not policy.destinations:
        return
    trust = await standing_of(transaction, word.job, word.manifest)
    results, flag = say(trust, Channel.RESULTS), say(trust, Channel.FLAG)
    known = await transaction.outgoing_of(word.study.key)
    for destination in policy.destinations:
        if not word.study.patient.patient_id:
            if results is not None and not again:
                await _not_told(transaction, destination, word, "the images have no patient number")
            continue
        mine = [item for item in known if item.destination == destination.name]
        told = Told(policy=policy, destination=destination, word=word, mine=mine, again=again)
        # What is urgent goes first.
        made = list(await _flag(transaction, told)) if flag is not None else []
        made += await _flag_back(transaction, told, trust)
        made += await _results(transaction, told, results)
        queued = [item for item in made if await transaction.add_outgoing(item)]
        for item in queued:
            await note(transaction, item, "message_planned", word.at)
        if queued:
            await transaction.add_step(tell_now(destination.name))


def tell_now(destination: str) -> NextStep:
    """Order that what waits for a destination is sent."""
    return NextStep(step="tell", arguments={"destination": destination}, lock=f"tell {destination}")


async def note(transaction: Transaction, message: OutgoingMessage, kind: str, at: datetime, detail: str = "") -> None:
    """Record what became of a message."""
    payload: dict[str, object] = {"destination": message.destination, "message": message.kind}
    if detail:
        payload["detail"] = detail
    event = Event(kind=kind, at=at, study_key=message.study_key, job_key=message.job_key, payload=payload)
    await transaction.add_event(event)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Who is to be told what, and what was told there before of the same study."""

    policy: Policy
    destination: Destination
    word: Word
    mine: Sequence[OutgoingMessage]
    again: bool

    def envelope(self, kind: OutgoingKind, turn: str = "") -> Envelope:
        """Name a message.

        By no key of a row: a site that was restored must give the same message the same control id. Of one that is
        told again, the count of those before it tells it apart.
        """
        job = self.word.job
        parts = (self.word.study.study_instance_uid, job.app_id, job.app_version, job.input_digest, str(job.revision))
        turns = [f"again {len(self.mine)}"] if self.again else []
        names = (self.destination.name, kind, *parts, str(job.attempt), *turns, *([turn] if turn else []))
        return Envelope(
            destination=self.destination,
            control_id="C" + _short("message", *names),
            at=self.word.at.astimezone(self.policy.zone),
        )


async def _results(transaction: Transaction, told: Told, said: Say | None) -> Sequence[OutgoingMessage]:
    """Make the message of an answer, else the withdrawal of an earlier one that no longer stands."""
    word = told.word
    number = filler_number(word.study.study_instance_uid, word.manifest.id)
    before = [item for item in told.mine if item.subject == number and item.kind in TOLD]
    is_told = told.destination.results and said is not None
    kind = OutgoingKind.RESULTS if is_told else OutgoingKind.WITHDRAWAL
    envelope = told.envelope(kind)
    if not (is_told or before) or any(item.control_id == envelope.control_id for item in told.mine):
        return []
    standing = await _standing(transaction, word.study, before)
    made = list(_elsewhere(told, number, standing))
    if said is None or not told.destination.results:
        # Told again it would only repeat that something stands, and nothing has changed in that: what waits to take it
        # back still goes.
        if told.again:
            return made
        if standing.here:
            encoded = withdrawal_message(envelope, word.study, number, standing.here)
            made.append(_message(envelope, word, kind, encoded, subject=number))
    else:
        encoded = results_message(envelope, _what(word, said, number, 1 + len(before), standing.here))
        if told.again and not _is_misnamed(before, encoded):
            return []
        made.append(_message(envelope, word, kind, encoded, subject=number))
    for item in before:
        if item.state is OutgoingState.WAITING and not item.attempt:
            await transaction.set_outgoing(item, state=OutgoingState.WITHDRAWN, at=word.at, detail=LATER)
    return made


def _what(word: Word, said: Say, number: str, turn: int, earlier: Sequence[Fields]) -> Content:
    return Content(
        study=word.study,
        manifest=word.manifest,
        result=narrowed(word.result, said, word.manifest),
        outcome=said.outcome,
        summary=words.summary(word.result, word.manifest),
        number=number,
        turn=turn,
        report_uid=word.report_uid,
        earlier=earlier,
    )


def _is_misnamed(before: Sequence[OutgoingMessage], encoded: bytes) -> bool:
    """Whether the last word names its study otherwise than it is to be named now."""
    said = [item for item in before if item.state not in {OutgoingState.WITHDRAWN, OutgoingState.DISCARDED}]
    if not said or said[-1].kind is not OutgoingKind.RESULTS:
        return False
    last, now = named(said[-1].encoded), named(encoded)
    return (last.number, last.accession) != (now.number, now.accession)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Observations that a receiver may have: under the patient's number, or one merged into it, and under others.

    ``elsewhere``: by the PID under which they were told.
    """

    here: Sequence[Fields]
    elsewhere: Mapping[str, Sequence[Fields]]


async def _standing(transaction: Transaction, study: Study, before: Sequence[OutgoingMessage]) -> Standing:
    """Read what a receiver may still have: of the latest message that it took, and of all that may have come since."""
    taken = [place for place, item in enumerate(before) if item.state is OutgoingState.ACKNOWLEDGED]
    since = before[taken[-1] if taken else 0 :]
    told = [(named(item.encoded), standing(item.encoded)) for item in since if _may_have_come(item)]
    own = identity(study.patient)
    merged = await merges(transaction, {own, *(name.number for name, _ in told)})
    # A receiver follows merges too: what it had under a number that was merged away, it has under this one.
    mine = [merged.get(name.number, name.number) == merged.get(own, own) for name, _ in told]
    elsewhere: dict[str, list[Fields]] = {}
    for (name, lines), is_here in zip(told, mine, strict=True):
        if not is_here and lines:
            elsewhere.setdefault(name.pid, []).extend(lines)
    here = [line for (_, lines), is_here in zip(told, mine, strict=True) if is_here for line in lines]
    return Standing(here=here, elsewhere=elsewhere)


def _may_have_come(item: OutgoingMessage) -> bool:
    return bool(item.attempt) and item.state is not OutgoingState.REFUSED


def _elsewhere(told: Told, number: str, standing: Standing) -> Iterator[OutgoingMessage]:
    """Take back what stands under another patient, under the number of that one."""
    for pid, lines in standing.elsewhere.items():
        envelope = told.envelope(OutgoingKind.WITHDRAWAL, pid)
        encoded = withdrawal_message(envelope, told.word.study, number, lines, pid)
        yield _message(envelope, told.word, OutgoingKind.WITHDRAWAL, encoded, subject=number)


async def _flag(transaction: Transaction, told: Told) -> Sequence[OutgoingMessage]:
    """Make the message that raises a study; none where it stands as high already."""
    word = told.word
    urgency = urgency_of(word.result, word.manifest)
    if told.destination.priority.message is PriorityMessage.NONE or not is_higher(urgency, word.study.priority):
        return []
    flagged = standing_flags(told.mine)
    # Where one was taken back, another app's is wanted after all, or this one's, since it may speak again.
    if told.again and not flagged and not any(item.kind is OutgoingKind.FLAG_WITHDRAWAL for item in told.mine):
        return []
    found = await links_of(transaction, word.study)
    order = max(found.orders, key=lambda item: (item.changed_at, repr(item)), default=None)
    problem = _not_raised(word.study, found)
    if problem:
        await _not_told(transaction, told.destination, word, problem)
        return []
    envelope = told.envelope(OutgoingKind.PRIORITY)
    raised = Raised(
        study=word.study,
        placer=order.numbers.placer if order else "",
        filler=(order.numbers.filler if order else "") or word.study.accession_number,
        procedure_code=order.procedure_code if order else "",
        procedure=(order.procedure if order else "") or word.study.description,
        urgency=urgency,
        reason=_reason(word),
    )
    encoded = priority_message(envelope, raised)
    for item in flagged:
        if raised_order(item.encoded)[-1] != raised_order(encoded)[-1]:
            if item.state is OutgoingState.WAITING and not item.attempt:
                await transaction.set_outgoing(item, state=OutgoingState.WITHDRAWN, at=word.at, detail=LATER)
        elif not is_higher(urgency, item.urgency):
            return []
    return [_message(envelope, word, OutgoingKind.PRIORITY, encoded, urgency=urgency)]


async def _flag_back(transaction: Transaction, told: Told, trust: Trust) -> Sequence[OutgoingMessage]:
    """Make the messages that take this app's flags back, where it says otherwise now or the order is another."""
    word = told.word
    if not standing_flags(told.mine):
        return []
    # As they are now: the app's new flag may have taken the place of one that waited.
    known = await transaction.outgoing_of(word.study.key)
    flags = standing_flags([item for item in known if item.destination == told.destination.name])
    mine = [item for item in flags if item.app_id == word.job.app_id]
    urgent = is_higher(urgency_of(word.result, word.manifest), Priority.ROUTINE)
    if is_gone(trust, is_urgent=urgent):
        why = why_gone(trust, _reason(word))
    else:
        mine, why = await on_other_orders(transaction, word.study, mine), why_moved()
    made = []
    for item in await to_be_taken_back(transaction, word.study, mine, word.at):
        envelope = told.envelope(OutgoingKind.FLAG_WITHDRAWAL, item.control_id)
        encoded = flag_withdrawal(envelope, item.encoded, why)
        made.append(_message(envelope, word, OutgoingKind.FLAG_WITHDRAWAL, encoded))
    if made:
        # Another app may have left its own flag unsaid, since the study stood as high by this one.
        await transaction.add_step(tell_again_of(word.study.key))
    return made


async def _not_told(transaction: Transaction, destination: Destination, word: Word, why: str) -> None:
    payload: dict[str, object] = {"destination": destination.name, "why": why}
    event = Event(kind="not_told", at=word.at, study_key=word.study.key, job_key=word.job.key, payload=payload)
    await transaction.add_event(event)


def _not_raised(study: Study, found: Linked) -> str:
    """Say why an order cannot be named; empty where it can."""
    if found.apart and not found.orders:
        return "what bears its number is of another patient than the images"
    if not found.orders and not study.accession_number:
        return "no order is known, and the images have no accession number"
    return ""


def _reason(word: Word) -> Text:
    found = words.summary(word.result, word.manifest)
    name = word.manifest.name
    return Text(
        en=f"{name.en} {word.manifest.version}: {found.en}", nl=f"{name.nl} {word.manifest.version}: {found.nl}"
    )


def urgency_of(result: AppResult, manifest: Manifest) -> Priority:
    """Give the most urgent of the findings that are present."""
    present = [item.id for item in result.findings if item.evaluation is Evaluation.PRESENT]
    urgencies = [spec.urgency for name in present if (spec := manifest.finding(name))]
    return max(urgencies, key=START_ORDER.__getitem__, default=Priority.UNKNOWN)


def is_higher(urgency: Priority, than: Priority) -> bool:
    """Whether an urgency raises what has that priority; AI never lowers one."""
    return START_ORDER[urgency] > START_ORDER[than]


def filler_number(study_instance_uid: str, app_id: str) -> str:
    """Give the number of all that an app says of a study: our own, never one of a radiologist's report."""
    return "AI" + _short("filler", study_instance_uid, app_id)


def _short(*parts: str) -> str:
    """Give sixteen letters and digits that are a function of the parts: MSH-10 and OBR-3 are short."""
    return base64.b32encode(hashlib.blake2b("\x1f".join(parts).encode(), digest_size=10).digest()).decode()


def _message(  # noqa: PLR0913 - one row
    envelope: Envelope,
    word: Word,
    kind: OutgoingKind,
    encoded: bytes,
    *,
    subject: str = "",
    urgency: Priority = Priority.UNKNOWN,
) -> OutgoingMessage:
    return OutgoingMessage(
        key="",
        destination=envelope.destination.name,
        kind=kind,
        study_key=word.study.key,
        job_key=word.job.key,
        app_id=word.job.app_id,
        control_id=envelope.control_id,
        encoded=encoded,
        created_at=word.at,
        subject=subject,
        urgency=urgency,
    )
