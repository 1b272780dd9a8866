"""Building result objects: records in, a DICOM file out, the same each time it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from collega.deliver import words
from collega.formats.dicom_ko import rejection_note
from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_sc import status_page
from collega.formats.dicom_seg import segmentation
from collega.formats.dicom_sr import as_comprehensive_sr, findings_sr
from collega.formats.dicom_write import encode
from collega.formats.together import Row
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.delivery import ResultObject
from collega.model.finding import AppResult
from collega.model.ids import stable_uid, storage_key
from collega.model.job import Job
from collega.model.policy import Policy
from collega.model.result import ObjectIdentity, ObjectKind, ObjectReference, StatusLine
from collega.model.study import Study

FIRST_SERIES_NUMBER = 9000  # behind the images of any scanner that numbers from 1
KINDS_PER_APP = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """An encoded object and its record."""

    record: ResultObject
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What all objects of one app on one revision share.

    ``slot`` counts apps from 1 (0 is the status page) and gives each its own series numbers.
    """

    study: Study
    sources: Sequence[Dataset]
    policy: Policy
    at: datetime
    app_id: str
    version: str
    configuration: str
    slot: int
    job_key: str | None = None


def read_sources(paths: Sequence[Path]) -> list[Dataset]:
    """Read the headers of the images that a result refers to."""
    return [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]


def read_masks(result: AppResult, folder: Path) -> Mapping[str, NDArray[np.bool_]]:
    """Read the masks of an answer that `normalise` has already checked."""
    return {item.finding_id: np.load(folder / item.file, allow_pickle=False) for item in result.segments}


def job_context(  # noqa: PLR0913 - gathers what the objects of a job share
    study: Study,
    job: Job,
    manifest: Manifest,
    policy: Policy,
    sources: Sequence[Dataset],
    *,
    at: datetime,
    slot: int,
) -> Context:
    """Gather what the objects of a job share.

    The configuration holds the attempt: a job that was run again gives other objects than before.
    """
    return Context(
        study=replace(study, revision=job.revision),
        sources=sources,
        policy=policy,
        at=at,
        app_id=manifest.id,
        version=manifest.version,
        configuration=_configuration(job),
        slot=slot,
        job_key=job.key,
    )


def _configuration(job: Job) -> str:
    """Everything of a run besides the app version and the study that its answer depends on."""
    moved = f" thresholds {job.thresholds}" if job.thresholds else ""
    return f"{job.input_digest} {job.attempt}{moved}"


def build_result(  # noqa: PLR0913 - what one object is made of
    context: Context,
    result: AppResult,
    manifest: Manifest,
    kind: ObjectKind,
    masks: Mapping[str, NDArray[np.bool_]],
    earlier: ResultObject | None,
) -> Built | None:
    """Build one object of an app's result; None where the result has nothing of this kind."""
    replaced = words.replaces(earlier.created_at, context.policy.zone) if earlier else None
    described = words.description(result, kind, context.policy.language, replaced)
    identity = _identity(context, kind, described, earlier)
    match kind:
        case ObjectKind.FINDINGS_SR:
            dataset: Dataset | None = findings_sr(result, manifest.identity, identity, context.sources)
        case ObjectKind.FINDINGS_SR_2D:
            document = findings_sr(result, manifest.identity, identity, context.sources)
            dataset = as_comprehensive_sr(document, identity.sop_instance_uid)
        case ObjectKind.REGIONS_SR:
            dataset = regions_sr(result, manifest.identity, identity, context.sources)
        case ObjectKind.SEGMENTATION:
            dataset = segmentation(result, manifest.identity, identity, context.sources, masks)
        case _:
            message = f"{kind} is no object of one app's result"
            raise ValueError(message)
    return None if dataset is None else _built(context, kind, dataset, earlier)


def build_page(
    context: Context, lines: Sequence[StatusLine], shared: Sequence[Row], earlier: ResultObject | None
) -> Built:
    """Build the status page of a study; ``shared`` are the findings that several apps look for."""
    replaced = words.replaces(earlier.created_at, context.policy.zone) if earlier else None
    described = words.page_description([line.outcome for line in lines], context.policy.language, replaced)
    identity = _identity(context, ObjectKind.STATUS_PAGE, described, earlier)
    dataset = status_page(lines, identity, context.sources, replaces=replaced, shared=shared)
    return _built(context, ObjectKind.STATUS_PAGE, dataset, earlier)


def build_rejection(context: Context, rejected: ResultObject, reason: Text) -> Built:
    """Build the note that takes back an earlier result."""
    described = f"AI {rejected.app_id}: {words.KINDS[ObjectKind.REJECTION_NOTE].in_language(context.policy.language)}"
    identity = _identity(context, ObjectKind.REJECTION_NOTE, described[: words.LONGEST], None)
    dataset = rejection_note([rejected.reference], reason, identity, context.sources)
    return _built(context, ObjectKind.REJECTION_NOTE, dataset, rejected)


def says_the_same(context: Context, earlier: ResultObject) -> bool:
    """Whether an earlier object of the same kind, of this or another revision, was made of the same."""
    as_then = replace(context, study=replace(context.study, revision=earlier.revision))
    return earlier.reference.sop_instance_uid == stable_uid("object", *_parts(as_then, earlier.kind))


def _parts(context: Context, kind: ObjectKind) -> tuple[str, ...]:
    """Everything that a UID of ours is made of."""
    return (
        context.study.study_instance_uid,
        str(context.study.revision),
        context.app_id,
        context.version,
        context.configuration,
        kind,
    )


def _identity(context: Context, kind: ObjectKind, described: str, earlier: ResultObject | None) -> ObjectIdentity:
    parts = _parts(context, kind)
    highest = max((int(source.get("SeriesNumber") or 0) for source in context.sources), default=0)
    base = max(FIRST_SERIES_NUMBER, highest + 1) + context.slot * KINDS_PER_APP
    return ObjectIdentity(
        sop_instance_uid=stable_uid("object", *parts),
        series_instance_uid=stable_uid("series", *parts),
        series_number=base + list(ObjectKind).index(kind),
        instance_number=1,
        series_description=described,
        created_at=context.at,
        timezone=context.policy.zone.key,
        language=context.policy.language,
        predecessor=earlier.reference if earlier else None,
    )


def _built(context: Context, kind: ObjectKind, dataset: Dataset, earlier: ResultObject | None) -> Built:
    reference = ObjectReference(
        study_instance_uid=str(dataset.StudyInstanceUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
        sop_class_uid=str(dataset.SOPClassUID),
        sop_instance_uid=str(dataset.SOPInstanceUID),
    )
    key = storage_key(reference.sop_instance_uid)
    record = ResultObject(
        reference=reference,
        kind=kind,
        study_key=context.study.key,
        revision=context.study.revision,
        app_id=context.app_id,
        path=f"results/{key[:2]}/{key}.dcm",
        created_at=context.at,
        job_key=context.job_key,
        replaces=earlier.reference.sop_instance_uid if earlier else None,
    )
    return Built(record=record, content=encode(dataset))
