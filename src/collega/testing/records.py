"""Valid records of nobody, each with what a test does not care about filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collega.model.app import FindingSpec, Manifest, Stage
from collega.model.code import Code, Text
from collega.model.delivery import ResultObject
from collega.model.finding import AppResult, Direction, Evaluation, Finding, Score, Status
from collega.model.ids import stable_uid, storage_key
from collega.model.policy import PacsPolicy, Policy, QuietTimes
from collega.model.result import ObjectKind, ObjectReference
from collega.model.runtime import RunSpec, Runtime
from collega.model.study import Attribute, Instance, InstanceHeader, Patient, Role, Study, StudyState

AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
PNEUMONIA = Code(scheme="SCT", value="233604007", meaning="Pneumonia")
CR_CLASS = "1.2.840.10008.5.1.4.1.1.1"
EXPLICIT = "1.2.840.10008.1.2.1"
FILM: Mapping[str, Attribute] = {
    "modality": "CR",
    "body_part": "CHEST",
    "view_position": "PA",
    "image_type": ("ORIGINAL", "PRIMARY"),
    "rows": 512.0,
    "columns": 512.0,
}


def header(
    name: str = "1",
    *,
    study: str = "A",
    attributes: Mapping[str, Attribute] = FILM,
    **values: Any,  # noqa: ANN401 - any field of the record
) -> InstanceHeader:
    """Header of the image ``name`` of a study; ``values`` replace fields."""
    made = InstanceHeader(
        sop_instance_uid=stable_uid("record", study, name),
        sop_class_uid=CR_CLASS,
        series_instance_uid=stable_uid("record", study, "series"),
        study_instance_uid=stable_uid("record", study),
        transfer_syntax_uid=EXPLICIT,
        patient=Patient(issuer="", patient_id=f"P-{study}", name="Doe^J", birth_date="19600229", sex="F"),
        accession_number=f"ACC-{study}",
        study_date="20260302",
        study_time="093000",
        study_description="X-thorax",
        study_at=AT,
        role=Role.IMAGE,
        attributes=dict(attributes),
        pixel_digest=f"pixels {study} {name}".encode(),
        header_digest=f"header {study} {name}".encode(),
    )
    return replace(made, **values)


def instance(made: InstanceHeader, *, revision: int = 1, at: datetime = AT) -> Instance:
    """Give the stored object of a header."""
    return Instance(
        header=made,
        study_key=storage_key(made.study_instance_uid),
        revision=revision,
        path=f"studies/{storage_key(made.sop_instance_uid)}.dcm",
        size=1000,
        received_at=at,
    )


def study(made: InstanceHeader, **values: Any) -> Study:  # noqa: ANN401 - any field of the record
    """Complete study of a header; ``values`` replace fields."""
    record = Study(
        key=storage_key(made.study_instance_uid),
        study_instance_uid=made.study_instance_uid,
        patient=made.patient,
        accession_number=made.accession_number,
        study_date=made.study_date,
        study_time=made.study_time,
        description=made.study_description,
        study_at=made.study_at,
        revision=1,
        state=StudyState.COMPLETE,
        last_received_at=AT,
        complete_at=AT,
    )
    return replace(record, **values)


def manifest(app_id: str = "finder", folder: Path = Path(), **values: Any) -> Manifest:  # noqa: ANN401 - any field of the record
    """App that looks for pneumonia on films; ``values`` replace fields."""
    made = Manifest(
        id=app_id,
        version="1.0.0",
        name=Text(en=f"The {app_id}", nl=f"De {app_id}"),
        vendor="nobody",
        clinical_use=False,
        purpose=Text(en="a test", nl="een proef"),
        run=RunSpec(
            runtime=Runtime.PYTHON, entry="app:main", time_limit_s=10.0, memory_mb=256, output_mb=8, attempts=2
        ),
        accepts={"modality": ["CR", "DX"]},
        findings=(finding_spec(),),
        daily_cap=None,
        max_study_age_days=None,
        folder=folder,
    )
    return replace(made, **values)


def finding_spec(**values: Any) -> FindingSpec:  # noqa: ANN401 - any field of the record
    """Specification of the finding pneumonia on a scale from 0 to 1."""
    made = FindingSpec(
        id="pneumonia",
        code=PNEUMONIA,
        name=Text(en="Pneumonia", nl="Longontsteking"),
        low=0.0,
        high=1.0,
        direction=Direction.HIGHER_IS_PRESENT,
        calibrated=False,
        threshold=0.5,
        threshold_range=(0.1, 0.9),
    )
    return replace(made, **values)


def finding(images: Sequence[str], evaluation: Evaluation = Evaluation.PRESENT, value: float = 0.8) -> Finding:
    """Word on pneumonia that fits `finding_spec`."""
    scale = Score(value=value, low=0.0, high=1.0, direction=Direction.HIGHER_IS_PRESENT, calibrated=False)
    return Finding(
        id="pneumonia",
        code=PNEUMONIA,
        site=None,
        evaluation=evaluation,
        score=scale,
        threshold=0.5,
        images=tuple(images),
    )


def analysed(study_instance_uid: str, findings: Sequence[Finding], app_id: str = "finder", **values: Any) -> AppResult:  # noqa: ANN401 - any field of the record
    """Answer of an app that could analyse the study; ``values`` replace fields."""
    made = AppResult(
        app_id=app_id,
        app_version="1.0.0",
        study_instance_uid=study_instance_uid,
        status=Status.ANALYSED,
        findings=tuple(findings),
    )
    return replace(made, **values)


def result_object(made: InstanceHeader, name: str = "sr", **values: Any) -> ResultObject:  # noqa: ANN401 - any field of the record
    """Built object for the study of a header; ``values`` replace fields."""
    uid = stable_uid("object", made.study_instance_uid, name)
    record = ResultObject(
        reference=ObjectReference(
            study_instance_uid=made.study_instance_uid,
            series_instance_uid=uid + ".1",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
            sop_instance_uid=uid,
        ),
        kind=ObjectKind.FINDINGS_SR,
        study_key=storage_key(made.study_instance_uid),
        revision=1,
        app_id="finder",
        path=f"results/{name}.dcm",
        created_at=AT,
    )
    return replace(record, **values)


def policy(**values: Any) -> Policy:  # noqa: ANN401 - any field of the record
    """Site in Amsterdam with one PACS that is asked whether it shows an object; ``values`` replace fields."""
    made = Policy(
        zone=ZoneInfo("Europe/Amsterdam"),
        language="en",
        quiet=QuietTimes(projection_s=0.5, volume_s=60.0, other_s=10.0),
        max_study_age=timedelta(days=365),
        default_stage=Stage.LIVE,
        retry_wait=timedelta(seconds=5),
        pacs=PacsPolicy(
            name="PACS",
            confirm="visible",
            rejection_notes=False,
            retry_first=timedelta(seconds=5),
            retry_most=timedelta(minutes=10),
            resend_after=timedelta(minutes=15),
        ),
    )
    return replace(made, **values)
