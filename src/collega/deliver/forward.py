"""Objects of a vendor that go on to the PACS as they are: which may go, and which are set apart."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.errors import QuarantineError
from collega.formats.dicom_meta import is_named_alike
from collega.formats.dicom_object import read_object
from collega.formats.vendor.objects import KINDS
from collega.model.app import Manifest
from collega.model.box import identity_problem
from collega.model.delivery import ResultObject
from collega.model.finding import AppResult
from collega.model.ids import storage_key
from collega.model.job import Job
from collega.model.policy import Policy
from collega.model.result import ObjectKind, ObjectReference
from collega.model.study import InstanceHeader, Role, Study
from collega.ports.machine import Archive
from collega.ports.store import Store, Transaction

FOLDER = "dicom"


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """An object as its maker gave it; ``problem`` says why it may not go on, if so."""

    file: str
    content: bytes
    header: InstanceHeader
    problem: QuarantineError | None = None

    @property
    def path(self) -> str:
        """Where it is kept until the PACS has it."""
        key = storage_key(self.header.sop_instance_uid)
        return f"results/{key[:2]}/{key}.dcm"

    def record(self, study: Study, job: Job, at: datetime) -> ResultObject:
        """Make its record, under the UIDs that its maker gave it."""
        header = self.header
        return ResultObject(
            reference=ObjectReference(
                study_instance_uid=header.study_instance_uid,
                series_instance_uid=header.series_instance_uid,
                sop_class_uid=header.sop_class_uid,
                sop_instance_uid=header.sop_instance_uid,
            ),
            kind=ObjectKind.FORWARDED,
            study_key=study.key,
            revision=job.revision,
            app_id=job.app_id,
            path=self.path,
            created_at=at,
            job_key=job.key,
        )


async def hold_against(  # noqa: PLR0913 - what one answer is held against
    store: Store, archive: Archive, policy: Policy, study: Study, job: Job, manifest: Manifest, result: AppResult
) -> Sequence[Foreign]:
    """Find what is to be sent on of an answer, each held against what is known, and keep what may go."""
    folder = archive.path(f"runs/{job.key}/{job.attempt}/out")
    found = await asyncio.to_thread(lambda: list(find_foreign(folder, result, manifest, study, policy.zone)))
    if not found:
        return ()
    checked: dict[str, Foreign] = {}
    async with store.transaction() as transaction:
        for item in found:
            problem = item.problem or await name_problem(transaction, archive, job, item)
            twin = checked.get(item.header.sop_instance_uid)
            if twin is None:
                checked[item.header.sop_instance_uid] = replace(item, problem=problem)
            elif twin.content != item.content:
                # Which of the two is meant, nobody knows.
                checked[item.header.sop_instance_uid] = replace(twin, problem=twin.problem or _taken(item))
    for item in checked.values():
        if item.problem is None:
            await asyncio.to_thread(archive.keep_result, item.path, item.content)
    return list(checked.values())


async def send_on(  # noqa: PLR0913 - one answer, one account
    transaction: Transaction, policy: Policy, study: Study, job: Job, foreign: Sequence[Foreign], at: datetime
) -> Sequence[ObjectKind]:
    """Plan the delivery of what may go, and set the others apart; returns the kinds of what goes."""
    kinds = []
    for item in foreign:
        if item.problem is None:
            await transaction.add_object(item.record(study, job, at), policy.pacs.name if policy.pacs else "", at)
            kinds.append(ObjectKind.FORWARDED)
            continue
        await transaction.quarantine(
            kind="forward",
            code=item.problem.code,
            text=str(item.problem),
            at=at,
            study_instance_uid=study.study_instance_uid,
            sop_instance_uid=item.header.sop_instance_uid,
            job_key=job.key,
            path=f"runs/{job.key}/{job.attempt}/out/{item.file}",
            source=job.app_id,
        )
    return kinds


def find_foreign(
    folder: Path, result: AppResult, manifest: Manifest, study: Study, zone: ZoneInfo
) -> Iterator[Foreign]:
    """Find what a site wants to have sent on of an answer, held against the study once more.

    Parameters
    ----------
    folder : Path
        The output folder of the attempt. What retention has taken from it is not sent.
    result : AppResult
        Its attachments are what of the answer may be shown.
    """
    wanted: set[str] = set(manifest.results.forward if manifest.results else ())
    names = [Path(item.file) for item in result.attachments] if wanted else []
    for name in dict.fromkeys(item.name for item in names if item.parent == Path(FOLDER)):
        file = folder / FOLDER / name
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        header = read_object(content, zone)
        if KINDS.get(header.sop_class_uid) in wanted:
            # The study may have been corrected since the answer was checked: one on demand waits for days.
            problem = _meta_problem(content, header) or identity_problem(header, study)
            yield Foreign(file=f"{FOLDER}/{name}", content=content, header=header, problem=problem)


def _meta_problem(content: bytes, header: InstanceHeader) -> QuarantineError | None:
    if is_named_alike(content, header):
        return None
    return QuarantineError("uid-mismatch", "the file names another object than it holds; it is not sent on")


async def name_problem(transaction: Transaction, archive: Archive, job: Job, item: Foreign) -> QuarantineError | None:
    """Tell an object whose UID already names another one, here or in the PACS: it would take its place there."""
    uid = item.header.sop_instance_uid
    known = await transaction.instance(uid)
    built = await transaction.object_of(uid)
    is_same = True
    if known is not None:
        said = (known.header.pixel_digest, known.header.header_digest)
        is_same = known.header.role is not Role.IMAGE and said == (item.header.pixel_digest, item.header.header_digest)
    if built is not None:
        kept = archive.path(built.path)
        is_ours = (built.kind, built.study_key, built.app_id) == (ObjectKind.FORWARDED, job.study_key, job.app_id)
        is_same = is_same and is_ours and (not kept.is_file() or kept.read_bytes() == item.content)
    if is_same:
        return None
    return _taken(item)


def _taken(item: Foreign) -> QuarantineError:
    return QuarantineError("uid-taken", f"{item.file} bears the SOP Instance UID of another object; it is not sent on")
