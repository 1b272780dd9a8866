"""Answers of vendors' boxes: which job each object is for, recorded with the object or not at all."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collega.errors import QuarantineError
from collega.model.app import Manifest
from collega.model.box import (
    FALL_BACK_SETTLE_S,
    BoxAnswer,
    Said,
    Standing,
    Unasked,
    identity_problem,
    is_repeated,
)
from collega.model.job import AttemptOutcome, Event, Job, JobState, NextStep
from collega.model.study import InstanceHeader, Priority, Role, Study
from collega.ports.store import Store, Transaction
from collega.receive.intake import Arrival, Arrived, Verdict, admit, quarantine_path

# An answer to one of these is still wanted; one that waits to be sent again may yet be answered from before.
WANTED = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.AWAITING, JobState.OFFERED})


LOOK_SECONDS = 1.0


@dataclass(slots=True)
class _Brought:
    """What an association has brought: objects by job, and what of it was told once."""

    by_job: dict[str, set[str]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    told: set[tuple[str, Standing]] = field(default_factory=set)


class Boxes:
    """Knows from which AE titles answers come; everything but `spec_of` belongs to the event loop's thread.

    Parameters
    ----------
    store : Store
    catalogue : Mapping
        The apps of this site, as they are at each moment.
    """

    def __init__(self, store: Store, catalogue: Mapping[str, Manifest]) -> None:
        self._store = store
        self._catalogue = catalogue
        self._brought: dict[str, _Brought] = {}
        self._lock = threading.Lock()
        self._apps: Mapping[str, Sequence[Manifest]] = {}
        self._looked_at = -LOOK_SECONDS

    def app_of(self, source: str) -> Manifest | None:
        """Find the app whose box calls itself so; None for other callers, and where two apps claim it."""
        found = self._claims(source)
        return found[0] if len(found) == 1 else None

    def is_box(self, source: str) -> bool:
        """Tell whether a caller is a box of some app: what it sends is no image of a study, asked for or not."""
        return bool(self._claims(source))

    def _claims(self, source: str) -> Sequence[Manifest]:
        """Find the apps that claim a caller.

        Called for each object, from any thread: the apps are looked at once in a while.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._looked_at >= LOOK_SECONDS:
                self._looked_at = now
                self._apps = _by_caller(self._catalogue.values())
        return self._apps.get(source, ())

    async def admit(self, transaction: Transaction, arrived: Arrived, said: Said, association: str) -> Verdict:
        """Record an object of a box with the job that it answers; where there is none, as one that nobody is shown.

        Raises
        ------
        QuarantineError
            It contradicts what is known. Where it is an answer all the same its job is told.
        """
        app = self.app_of(arrived.source)
        study = await _study_about(transaction, said)
        job = await _job_for(transaction, app, study, said, arrived.at) if app and study else None
        if app is None or study is None or job is None or await _is_no_answer(transaction, job, said):
            return await _unasked(transaction, arrived)
        problem = identity_problem(arrived.header, study)
        path = quarantine_path(arrived.header) if problem else arrived.path
        answer = await _answer_to(transaction, job, arrived, said, path)
        verdict = problem or await _filed(transaction, study, arrived)
        if answer is not None:
            await self._note(transaction, app, job, answer, arrived.source, association)
        if isinstance(verdict, QuarantineError):
            raise verdict
        return verdict

    async def ended(self, association: str, *, released: bool) -> None:
        """Note the end of an association: in good order it says that what it brought is whole."""
        brought = self._brought.pop(association, None)
        if brought is None or not released:
            return
        async with self._store.transaction() as transaction:
            for job_key, uids in brought.by_job.items():
                await transaction.release_answers(job_key, uids)
                await transaction.add_step(_collect(job_key, brought.attempts[job_key]))

    async def _note(  # noqa: PLR0913 - one object, one account
        self, transaction: Transaction, app: Manifest, job: Job, answer: BoxAnswer, source: str, association: str
    ) -> None:
        """Record an answer; order that it be read where it is wanted, tell where it is not."""
        await transaction.add_answer(answer)
        brought = self._brought.setdefault(association, _Brought())
        settle_s = app.run.dicom.settle_s if app.run.dicom else 0.0
        if answer.standing is Standing.OPEN:
            if not settle_s:
                brought.by_job.setdefault(job.key, set()).add(answer.sop_instance_uid)
                brought.attempts[job.key] = job.attempt
            at = answer.at + timedelta(seconds=settle_s or FALL_BACK_SETTLE_S)
            await transaction.add_step(_collect(job.key, job.attempt, at))
        elif (job.key, answer.standing) not in brought.told:
            brought.told.add((job.key, answer.standing))
            await transaction.add_event(_told(job, answer, source))


def _by_caller(apps: Iterable[Manifest]) -> Mapping[str, Sequence[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for app in apps:
        for aet in app.run.dicom.answers_from if app.run.dicom else ():
            found.setdefault(aet, []).append(app)
    return found


def _collect(job_key: str, attempt: int, at: datetime | None = None) -> NextStep:
    return NextStep(step="collect", arguments={"job_key": job_key, "attempt": attempt}, at=at, once=True)


def _told(job: Job, answer: BoxAnswer, source: str) -> Event:
    payload: dict[str, object] = {
        "app": job.app_id,
        "attempt": job.attempt,
        "sop_instance_uid": answer.sop_instance_uid,
        "source": source,
    }
    kind = "answered_late" if answer.standing is Standing.LATE else "answered_again"
    return Event(kind=kind, at=answer.at, study_key=job.study_key, job_key=job.key, actor=source, payload=payload)


async def _unasked(transaction: Transaction, arrived: Arrived) -> Verdict:
    """Record an object that answers no job: what it adds is shown to nobody, what is known already stays as it is."""
    header, uid = arrived.header, arrived.header.sop_instance_uid
    if await transaction.instance(uid) is None:
        header = _drawn(header)
    verdict = await admit(transaction, header, size=arrived.size, at=arrived.at, source=arrived.source)
    if verdict.arrival is Arrival.NEW:
        key, source = verdict.study_key, arrived.source
        await transaction.add_unasked(Unasked(sop_instance_uid=uid, study_key=key, source=source, at=arrived.at))
        payload: dict[str, object] = {"sop_instance_uid": uid, "source": source}
        await transaction.add_event(
            Event(kind="sent_unasked", at=arrived.at, study_key=key, actor=source, payload=payload)
        )
    return verdict


def _drawn(header: InstanceHeader) -> InstanceHeader:
    """Read a header as a box's: a copy of an image too opens no revision, and nobody is read sooner for its word."""
    return replace(header, role=Role.DERIVED, priority=Priority.UNKNOWN)


async def _filed(transaction: Transaction, study: Study, arrived: Arrived) -> Verdict:
    """Record an answer with its study."""
    patient = replace(arrived.header.patient, issuer=study.patient.issuer)
    header = replace(_drawn(arrived.header), patient=patient)
    return await admit(transaction, header, size=arrived.size, at=arrived.at, source=arrived.source, is_answer=True)


async def _answer_to(transaction: Transaction, job: Job, arrived: Arrived, said: Said, path: str) -> BoxAnswer | None:
    """Say what an object is to its job; None where it has been counted already."""
    earlier = await transaction.answers_of(job.key)
    uid = arrived.header.sop_instance_uid
    standing = await _standing_of(transaction, job)
    known = next((item for item in earlier if item.sop_instance_uid == uid), None)
    if known is not None and (standing is not Standing.OPEN or known.standing is Standing.OPEN):
        return None
    waiting = [item for item in earlier if item.standing is Standing.OPEN]
    if standing is Standing.OPEN and is_repeated(said.digest, uid, waiting):
        standing = Standing.AGAIN
    return BoxAnswer(
        job_key=job.key,
        sop_instance_uid=uid,
        sop_class_uid=arrived.header.sop_class_uid,
        path=path,
        digest=said.digest,
        at=arrived.at,
        standing=standing,
    )


async def _is_no_answer(transaction: Transaction, job: Job, said: Said) -> bool:
    """Tell an image that a box got, or a result of ours, on its way back."""
    uid = said.header.sop_instance_uid
    # An object of its own that was sent on unchanged is known as one of the study, and may answer once more.
    return uid in job.inputs or (await transaction.is_own(uid) and await transaction.instance(uid) is None)


async def _study_about(transaction: Transaction, said: Said) -> Study | None:
    """Find the study of the images that an object names; that which it bears where it names none that are here.

    A box that looked at priors too may name images of several: its own is then among them.
    """
    own = said.header.study_instance_uid
    uids = [item.sop_instance_uid for item in said.images]
    named = set((await transaction.studies_of_objects(uids)).values()) if uids else set()
    about = own if own in named or not named else min(named)
    return await transaction.study_by_uid(about, lock=True)


async def _job_for(transaction: Transaction, app: Manifest, study: Study, said: Said, at: datetime) -> Job | None:
    """Choose among the jobs whose images went to the box, each with other images where the study has grown.

    The newest job with all the images that are named; but one before it that has no answer yet comes
    first where it fits as well: an answer to fewer images must not stand for all of them. The answer
    that is meant for the newer one comes after it, or when it is sent again.
    """
    sent = [job for job in await transaction.jobs_of(study.key) if job.app_id == app.id and job.attempt]
    ours = frozenset(uid for job in sent for uid in job.inputs)
    named = said.images_of(study.study_instance_uid) & ours
    fitting = [job for job in sent if named <= frozenset(job.inputs)] or sent[-1:]
    for job in fitting[:-1]:
        other = frozenset(job.inputs) != frozenset(fitting[-1].inputs)
        if other and job.state is JobState.SUPERSEDED and await _is_expected(transaction, app, job, at):
            return job
    return fitting[-1] if fitting else None


async def _is_expected(transaction: Transaction, app: Manifest, job: Job, at: datetime) -> bool:
    """Tell whether a box may still be about to answer a job that was superseded meanwhile."""
    answers = await transaction.answers_of(job.key)
    settle_s = app.run.dicom.settle_s if app.run.dicom else 0.0
    if answers:
        return answers[-1].at + timedelta(seconds=settle_s or FALL_BACK_SETTLE_S) >= at
    return job.updated_at + timedelta(seconds=app.run.time_limit_s) > at


async def _standing_of(transaction: Transaction, job: Job) -> Standing:
    if job.state in WANTED:
        return Standing.OPEN
    last = await transaction.last_attempt(job.key)
    was_answered = last is not None and last.outcome is AttemptOutcome.ANSWERED
    return Standing.AGAIN if was_answered and job.state is not JobState.SUPERSEDED else Standing.LATE
