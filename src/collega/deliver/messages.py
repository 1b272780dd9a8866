"""What messages to RIS, PACS and EHR a result gives, queued in the transaction that it belongs to."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.deliver import words
from collega.deliver.build import Built
from collega.deliver.heard import standing_of
from collega.deliver.table import Channel, Say, narrowed, say
from collega.formats.hl7.priority import Raised, priority_message
from collega.formats.hl7.results import Told, results_message, standing, withdrawal_message
from collega.formats.hl7.write import Envelope, Fields
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation
from collega.model.job import START_ORDER, Event, Job, NextStep
from collega.model.linked import Linked, linked
from collega.model.merge import identity, survivors
from collega.model.outgoing import Destination, OutgoingKind, OutgoingMessage, OutgoingState, PriorityMessage
from collega.model.policy import Policy
from collega.model.result import ObjectKind
from collega.model.study import Priority, Study
from collega.ports.store import Transaction

# What a receiver has, or may have.
TOLD = (OutgoingKind.RESULTS, OutgoingKind.WITHDRAWAL)
LATER = "a later one takes its place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """An app's answer on a study, ready to be told."""

    study: Study
    job: Job
    manifest: Manifest
    result: AppResult
    built: Sequence[Built]
    at: datetime

    @property
    def report_uid(self) -> str:
        """The structured report that stands in the PACS for it; empty where there is none."""
        made = (item.record for item in self.built if item.record.kind is ObjectKind.FINDINGS_SR)
        return next((item.reference.sop_instance_uid for item in made), "")


async def tell_of(transaction: Transaction, policy: Policy, word: Word) -> None:
    """Queue what each destination is to be told of an answer; the study is locked."""
    if not policy.destinations:
        return
    trust = await standing_of(transaction, word.job, word.manifest)
    results, flag = say(trust, Channel.RESULTS), say(trust, Channel.FLAG)
    known = await transaction.outgoing_of(word.study.key)
    for destination in policy.destinations:
        if not word.study.patient.patient_id:
            if results is not None:
                await _not_told(transaction, destination, word, "the images have no patient number")
            continue
        mine = [item for item in known if item.destination == destination.name]
        # What is urgent goes first.
        made = [await _flag(transaction, policy, destination, word, mine)] if flag is not None else []
        made.append(await _results(transaction, policy, destination, word, results, mine))
        queued = [item for item in made if item is not None and await transaction.add_outgoing(item)]
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


async def _results(  # noqa: PLR0913 - one destination, one answer
    transaction: Transaction,
    policy: Policy,
    destination: Destination,
    word: Word,
    said: Say | None,
    mine: Sequence[OutgoingMessage],
) -> OutgoingMessage | None:
    """Make the message of an answer, else the withdrawal of an earlier one that no longer stands."""
    number = filler_number(word.study.study_instance_uid, word.manifest.id)
    before = [item for item in mine if item.subject == number and item.kind in TOLD]
    is_told = destination.results and said is not None
    kind = OutgoingKind.RESULTS if is_told else OutgoingKind.WITHDRAWAL
    envelope = _envelope(policy, destination, word, kind)
    if not (is_told or before) or any(item.control_id == envelope.control_id for item in mine):
        return None
    for item in before:
        if item.state is OutgoingState.WAITING and not item.attempt:
            await transaction.set_outgoing(item, state=OutgoingState.WITHDRAWN, at=word.at, detail=LATER)
    earlier = _standing(before)
    if not (is_told or earlier):
        return None
    if said is None or not destination.results:
        encoded = withdrawal_message(envelope, word.study, number, earlier)
    else:
        result = narrowed(word.result, said, word.manifest)
        told = Told(
            study=word.study,
            manifest=word.manifest,
            result=result,
            outcome=said.outcome,
            summary=words.summary(word.result, word.manifest),
            number=number,
            turn=1 + len(before),
            report_uid=word.report_uid,
            earlier=earlier,
        )
        encoded = results_message(envelope, told)
    return _message(envelope, word, kind, encoded, subject=number)


def _standing(before: Sequence[OutgoingMessage]) -> Sequence[Fields]:
    """Read what a receiver may still have: of the latest message that it took, and of all that may have come since."""
    taken = [place for place, item in enumerate(before) if item.state is OutgoingState.ACKNOWLEDGED]
    since = before[taken[-1] if taken else 0 :]
    may_have_come = [item for item in since if item.attempt and item.state is not OutgoingState.REFUSED]
    return [line for item in may_have_come for line in standing(item.encoded)]


async def _flag(
    transaction: Transaction, policy: Policy, destination: Destination, word: Word, mine: Sequence[OutgoingMessage]
) -> OutgoingMessage | None:
    """Make the message that raises a study; none where it stands as high already."""
    urgency = urgency_of(word.result, word.manifest)
    if destination.priority.message is PriorityMessage.NONE or not is_higher(urgency, word.study.priority):
        return None
    open_states = {OutgoingState.WAITING, OutgoingState.ACKNOWLEDGED}
    flagged = [item for item in mine if item.kind is OutgoingKind.PRIORITY and item.state in open_states]
    if any(not is_higher(urgency, item.urgency) for item in flagged):
        return None
    found = await _orders_of(transaction, word.study)
    order = max(found.orders, key=lambda item: (item.changed_at, repr(item)), default=None)
    problem = _not_raised(word.study, found)
    if problem:
        await _not_told(transaction, destination, word, problem)
        return None
    envelope = _envelope(policy, destination, word, OutgoingKind.PRIORITY)
    raised = Raised(
        study=word.study,
        placer=order.numbers.placer if order else "",
        filler=(order.numbers.filler if order else "") or word.study.accession_number,
        procedure_code=order.procedure_code if order else "",
        procedure=(order.procedure if order else "") or word.study.description,
        urgency=urgency,
        reason=_reason(word),
    )
    return _message(envelope, word, OutgoingKind.PRIORITY, priority_message(envelope, raised), urgency=urgency)


async def _not_told(transaction: Transaction, destination: Destination, word: Word, why: str) -> None:
    payload: dict[str, object] = {"destination": destination.name, "why": why}
    event = Event(kind="not_told", at=word.at, study_key=word.study.key, job_key=word.job.key, payload=payload)
    await transaction.add_event(event)


async def _orders_of(transaction: Transaction, study: Study) -> Linked:
    """Find the orders of a study, and those under its numbers that are another patient's."""
    accessions = [study.accession_number] if study.accession_number else []
    orders = await transaction.orders_named(accessions, [study.study_instance_uid])
    numbers = {identity(study.came_as or study.patient), *(identity(order.patient) for order in orders)}
    return linked(study, orders, [], survivors(await transaction.merges_around(sorted(numbers))))


def _not_raised(study: Study, found: Linked) -> str:
    """Say why an order cannot be named; empty where it can."""
    if found.apart and not found.orders:
        return "the order is of another patient than the images"
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


def _envelope(policy: Policy, destination: Destination, word: Word, kind: OutgoingKind) -> Envelope:
    # No key of a row: a site that was restored must give the same message the same control id.
    job = word.job
    parts = (word.study.study_instance_uid, job.app_id, job.app_version, job.input_digest, str(job.revision))
    control_id = "C" + _short("message", destination.name, kind, *parts, str(job.attempt))
    return Envelope(destination=destination, control_id=control_id, at=word.at.astimezone(policy.zone))


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
