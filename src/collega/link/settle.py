"""What follows for studies from all that was said: whose they are, how urgent, signed or not.

Each answer is a function of everything that was said, never of what came first: whoever comes last, images or
message, finds the other, and the end is the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import structlog

from collega.model.job import Event
from collega.model.label import label_step
from collega.model.linked import Linked
from collega.model.merge import Identity, identity
from collega.model.message import SIGNED, PatientSaid, ReportSaid, Word
from collega.model.outgoing import tell_again_of
from collega.model.standing import standing
from collega.model.study import Patient, Priority, Study
from collega.ports.linked import links_of, merges
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction

ACTOR = "messages"
_log = structlog.get_logger()


async def settle(transaction: Transaction, study_keys: Collection[str], at: datetime) -> None:
    """Bring studies to where all that was said puts them; the receiver calls it too, in its own transaction."""
    for study in await transaction.lock_studies(sorted(study_keys)):
        merged = await merges(transaction, [identity(study.came_as or study.patient)])
        await _place(transaction, study, merged, at)
    for study in await transaction.lock_studies(sorted(study_keys)):
        await _follow(transaction, study, await links_of(transaction, study), at)


async def meet(store: Store, clock: Clock, study_keys: Collection[str]) -> None:
    """Hold studies that have just come against what was said; a failure costs no image, and is made good later.

    The process that acts upon messages does the same again, by the mark that the study got with its record: it alone
    sees what was committed meanwhile.
    """
    try:
        async with store.transaction() as transaction:
            await transaction.give_way()
            await settle(transaction, study_keys, clock.now())
    except Exception:  # noqa: BLE001 - an image that is recorded stays recorded
        _log.exception("studies could not be held against orders and reports at once")


async def _place(transaction: Transaction, study: Study, merged: Mapping[Identity, Identity], at: datetime) -> None:
    came = study.came_as or study.patient
    if not came.patient_id:
        return
    number = merged.get(identity(came), identity(came))
    word = described(await transaction.patients_said([number]))
    if number == identity(study.patient) and _with(study.patient, word) == study.patient:
        return
    await transaction.place_study(study, number, word, at)
    delivered = [item.reference.sop_instance_uid for item in await transaction.objects_of(study.key)]
    payload: dict[str, object] = {
        "merged": number != identity(study.patient),
        "delivered_under_old_identity": delivered,
        "source": ACTOR,
    }
    await transaction.add_event(
        Event(kind="identity_corrected", at=at, study_key=study.key, actor=ACTOR, payload=payload)
    )
    if number != identity(study.patient):
        await transaction.add_step(tell_again_of(study.key))


def described(said: Collection[Word[PatientSaid]]) -> Patient | None:
    """Read what was said of a patient from the oldest to the newest; an empty value says nothing."""
    patient: Patient | None = None
    for word in sorted(said, key=lambda item: item.order):
        patient = _with(patient or word.said.patient, word.said.patient)
    return patient


def _with(patient: Patient, said: Patient | None) -> Patient:
    if said is None:
        return patient
    return Patient(
        issuer=patient.issuer,
        patient_id=patient.patient_id,
        name=said.name or patient.name,
        birth_date=said.birth_date or patient.birth_date,
        sex=said.sex or patient.sex,
    )


async def _note(transaction: Transaction, study: Study, found: Linked, at: datetime, *, is_moved: bool) -> None:
    report = standing(found.reports)
    noted = {
        "standing": str(found.standing or ""),
        "location": found.location,
        "report": str(report.status) if report else "",
    }
    if await transaction.note_links(study.key, **noted) or is_moved:
        payload: dict[str, object] = {**noted, "orders": len(found.orders), "other_patient": len(found.apart)}
        await transaction.add_event(Event(kind="linked", at=at, study_key=study.key, actor=ACTOR, payload=payload))


async def _follow(transaction: Transaction, study: Study, found: Linked, at: datetime) -> None:
    said = found.priority
    wanted = (study.dicom_priority, "dicom") if said is Priority.UNKNOWN else (said, "order")
    is_moved = (study.priority, study.priority_source or "dicom") != wanted
    if is_moved:
        await transaction.set_priority(study.key, said, "order")
    # Told as well: an open board must hear of it.
    await _note(transaction, study, found, at, is_moved=is_moved)
    await _sign(transaction, study, [word for word in found.reports if word.said.status in SIGNED], at)


async def _sign(transaction: Transaction, study: Study, signed: Sequence[Word[ReportSaid]], at: datetime) -> None:
    """Record each signed version once; where none is the study's own any more, that it is not signed after all."""
    gone = await transaction.unsign(study.key, [word.said.version for word in signed])
    if gone and not signed:
        payload: dict[str, object] = {"versions": len(gone), "reason": "other-patient"}
        await transaction.add_event(Event(kind="unsigned", at=at, study_key=study.key, actor=ACTOR, payload=payload))
    is_changed = bool(gone)
    for word in signed:
        if await transaction.sign_once(study.key, word.said.version):
            is_changed = True
            payload = {"status": word.said.status}
            moment, actor = word.said.signed_at or word.sent_at, word.said.author or ACTOR
            await transaction.add_event(
                Event(kind="signed", at=moment, study_key=study.key, actor=actor, payload=payload)
            )
    if is_changed:
        await transaction.add_step(label_step(study.key))
