"""What one arriving object means: new, identical, corrected, back again, conflicting, or not ours to use."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.errors import QuarantineError
from collega.model.audit import AuditEntry
from collega.model.ids import storage_key
from collega.model.job import AttemptOutcome, Event, JobState
from collega.model.merge import Identity, identity, survivors
from collega.model.outgoing import tell_again_of
from collega.model.study import Instance, InstanceHeader, Priority, Role, Study, StudyState
from collega.ports.store import Transaction


class Arrival(StrEnum):
    """Kinds of arrival."""

    NEW = "new"
    IDENTICAL = "identical"
    CORRECTED = "corrected"
    RESTORED = "restored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was made of an object; ``study_key`` names the study that it belongs to.

    ``identifies``: it began the study, or corrected what names it.
    """

    arrival: Arrival
    study_key: str
    role: Role
    identifies: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """An object whose bytes are durable at ``path``: its header, size, moment, and the sender's AE title.

    ``admit`` records it in a way of its own: an answer of a vendor's box.
    """

    header: InstanceHeader
    path: str
    size: int
    at: datetime
    source: str
    admit: "Callable[[Transaction, Arrived], Awaitable[Verdict]] | None" = None


def file_path(header: InstanceHeader) -> str:
    """Place of an object below the data folder; other content under the same UID is another file."""
    study = storage_key(header.study_instance_uid)
    content = (header.pixel_digest + header.header_digest).hex()
    name = f"{storage_key(header.sop_instance_uid)}-{storage_key(content)[:8]}"
    return f"studies/{study[:2]}/{study}/{storage_key(header.series_instance_uid)}/{name}.dcm"


def quarantine_path(header: InstanceHeader) -> str:
    """Place of an object that is set apart."""
    content = (header.pixel_digest + header.header_digest).hex()
    return f"quarantine/{storage_key(header.sop_instance_uid)}-{storage_key(content)[:16]}.dcm"


def compare(known: Instance, header: InstanceHeader) -> Arrival:
    """Hold an object against the one already kept under its UID.

    Raises
    ------
    QuarantineError
        ``conflict`` where the pixels, the study or the encoding differ.
    """
    kept = known.header
    if kept.study_instance_uid != header.study_instance_uid:
        text = "the SOP Instance UID is known in another study; the sender must give each object a UID of its own"
        raise QuarantineError("conflict", text)
    if kept.pixel_digest != header.pixel_digest:
        what = "encoding" if kept.transfer_syntax_uid != header.transfer_syntax_uid else "pixels"
        text = f"the SOP Instance UID is known with other {what}; the first object stays in use"
        raise QuarantineError("conflict", text)
    return Arrival.IDENTICAL if kept.header_digest == header.header_digest else Arrival.CORRECTED


def is_more_urgent(said: Priority, known: Priority) -> bool:
    """Whether a header says more than is known; one of several requests never lowers what another asked."""
    order = list(Priority)
    return order.index(said) < order.index(known)


def _numbers_of(study: Study) -> Collection[Identity]:
    """Give the numbers of a study's patient: the present one, and the one under which it came."""
    return {identity(study.patient), identity(study.came_as or study.patient)}


async def check_patient(transaction: Transaction, study: Study, header: InstanceHeader) -> None:
    """Refuse an object whose study is known under another patient; two merged numbers are one.

    Raises
    ------
    QuarantineError
        ``other-patient``.
    """
    if identity(header.patient) in _numbers_of(study):
        return
    sides = identity(study.patient), identity(header.patient)
    merged = survivors(await transaction.merges_around(sides))
    if merged.get(sides[0], sides[0]) != merged.get(sides[1], sides[1]):
        text = "the Study Instance UID is known under another patient; check both in the PACS"
        raise QuarantineError("other-patient", text)


async def admit_all(transaction: Transaction, arrived: Sequence[Arrived]) -> list[Verdict | QuarantineError]:
    """Record objects of one study; new images together, everything else one by one.

    An object that contradicts what is known has its error in place of a verdict.
    """
    uids = Counter(item.header.sop_instance_uid for item in arrived)
    study = await transaction.study_by_uid(arrived[0].header.study_instance_uid, lock=True)
    outcomes: dict[int, Verdict | QuarantineError] = {}
    if study is not None:
        known, numbers = await transaction.known_among(list(uids)), _numbers_of(study)
        fresh = [
            item
            for item in arrived
            if item.header.role is Role.IMAGE
            and item.admit is None
            and item.header.sop_instance_uid not in known
            and uids[item.header.sop_instance_uid] == 1
            and identity(item.header.patient) in numbers
        ]
        if fresh:
            await _add(transaction, study, fresh, is_first=False)
        verdict = Verdict(arrival=Arrival.NEW, study_key=study.key, role=Role.IMAGE)
        outcomes = {id(item): verdict for item in fresh}
    for item in arrived:
        if id(item) not in outcomes:
            try:
                outcomes[id(item)] = await _admit_one(transaction, item)
            except QuarantineError as error:
                outcomes[id(item)] = error
    return [outcomes[id(item)] for item in arrived]


async def _admit_one(transaction: Transaction, item: Arrived) -> Verdict:
    if item.admit is not None:
        return await item.admit(transaction, item)
    return await admit(transaction, item.header, size=item.size, at=item.at, source=item.source)


async def admit(  # noqa: PLR0913 - one object, one account
    transaction: Transaction, header: InstanceHeader, *, size: int, at: datetime, source: str, is_answer: bool = False
) -> Verdict:
    """Record an object whose bytes are durable at `file_path`.

    An answer of a box (``is_answer``) is held against what the box sent before, also where that was sent on to the
    PACS; from others such an object is one of ours on its way back, which a PACS may have encoded anew.

    Raises
    ------
    QuarantineError
        The object contradicts what is known; nothing was recorded.
    """
    key = storage_key(header.study_instance_uid)
    study = await transaction.study_by_uid(header.study_instance_uid, lock=True)
    is_first = study is None
    if study is None:
        study = await transaction.add_study(header, key, at)
    await check_patient(transaction, study, header)
    known = await transaction.instance(header.sop_instance_uid)
    if not (known and is_answer) and await transaction.is_own(header.sop_instance_uid):
        await transaction.add_event(Event(kind="returned", at=at, study_key=study.key, actor=source))
        return Verdict(arrival=Arrival.IDENTICAL, study_key=study.key, role=Role.OWN)
    arrival = compare(known, header) if known else Arrival.NEW
    if known and known.removed_at and arrival is Arrival.IDENTICAL:
        arrival = Arrival.RESTORED
    identifies = is_first or (arrival is Arrival.CORRECTED and header.role is Role.IMAGE)
    verdict = Verdict(arrival=arrival, study_key=study.key, role=header.role, identifies=identifies)
    arrived = Arrived(header=header, path=file_path(header), size=size, at=at, source=source)
    instance = _instance(arrived, study.key, study.revision)
    if arrival is Arrival.CORRECTED:
        await _correct(transaction, study, instance, at, source)
    elif arrival is Arrival.NEW:
        await _add(transaction, study, [arrived], is_first=is_first)
    if known and known.removed_at:
        await _restore(transaction, study, instance, source)
    return verdict


async def _restore(transaction: Transaction, study: Study, instance: Instance, source: str) -> None:
    """Take a removed object back; apps that had failed for want of it get another revision.

    Otherwise nothing has changed: what they said of the same images still stands.
    """
    is_first = all(item.removed_at for item in await transaction.instances(study.key))
    await transaction.restore_instance(instance.header.sop_instance_uid, study.key)
    present = await transaction.study(study.key) or study
    jobs = await transaction.jobs_of(study.key)
    wanted = any(job.reason_code == AttemptOutcome.IMAGES_REMOVED and job.state is JobState.DONE for job in jobs)
    reopens = (
        wanted
        and present.state is StudyState.ROUTED
        and instance.header.role is Role.IMAGE
        and not await transaction.is_prior(study.study_instance_uid, instance.received_at)
    )
    revision = present.revision + 1 if reopens else present.revision
    state = StudyState.RECEIVING if reopens else present.state
    await transaction.touch_study(study.key, revision=revision, at=instance.received_at, state=state)
    if is_first or reopens:
        payload: dict[str, object] = {"revision": revision, "source": source}
        kind = "reopened" if reopens else "restored"
        await transaction.add_event(
            Event(kind=kind, at=instance.received_at, study_key=study.key, actor=source, payload=payload)
        )


def _instance(arrived: Arrived, study_key: str, revision: int) -> Instance:
    return Instance(
        header=arrived.header,
        study_key=study_key,
        revision=revision,
        path=arrived.path,
        size=arrived.size,
        received_at=arrived.at,
    )


async def _add(transaction: Transaction, study: Study, arrived: Sequence[Arrived], *, is_first: bool) -> None:
    """Record new objects: one, or several images."""
    last, source = arrived[-1], arrived[0].source
    is_image = last.header.role is Role.IMAGE
    reopens = (
        is_image
        and study.state is not StudyState.RECEIVING
        # Sent to be looked back on only: whoever read it has read it.
        and not await transaction.is_prior(study.study_instance_uid, last.at)
    )
    revision = study.revision + 1 if reopens and study.state is StudyState.ROUTED else study.revision
    state = StudyState.RECEIVING if reopens else study.state
    await transaction.add_instances([_instance(item, study.key, revision) for item in arrived])
    await transaction.touch_study(study.key, revision=revision, at=last.at, state=state)
    most_urgent = min({item.header.priority for item in arrived}, key=list(Priority).index)
    await _note_priority(transaction, study, most_urgent)
    kind = "received" if is_first else "reopened" if revision > study.revision else None
    if kind:
        payload: dict[str, object] = {"revision": revision, "source": source}
        await transaction.add_event(Event(kind=kind, at=last.at, study_key=study.key, actor=source, payload=payload))
        await transaction.add_audit(
            AuditEntry(event="study received", actor=source, study_key=study.key, payload=payload, at=last.at)
        )


async def _note_priority(transaction: Transaction, study: Study, said: Priority) -> None:
    if is_more_urgent(said, study.dicom_priority):
        await transaction.set_priority(study.key, said, "dicom")


async def _correct(transaction: Transaction, study: Study, instance: Instance, at: datetime, source: str) -> None:
    await transaction.correct_instance(instance)
    if instance.header.role is not Role.IMAGE:
        return
    await transaction.update_identity(study.key, instance.header, at)
    await _note_priority(transaction, study, instance.header.priority)
    delivered = [item.reference.sop_instance_uid for item in await transaction.objects_of(study.key)]
    payload: dict[str, object] = {
        "sop_instance_uid": instance.header.sop_instance_uid,
        "delivered_under_old_identity": delivered,
        "source": source,
    }
    await transaction.add_event(
        Event(kind="identity_corrected", at=at, study_key=study.key, actor=source, payload=payload)
    )
    if instance.header.accession_number != study.accession_number:
        await transaction.add_step(tell_again_of(study.key))
