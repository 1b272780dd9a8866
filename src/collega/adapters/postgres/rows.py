"""Rows of the database as records, and records as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from collega.model.code import Code, Text
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.model.finding import (
    AppResult,
    Attachment,
    Direction,
    Evaluation,
    Finding,
    Measurement,
    Outcome,
    Region,
    RegionKind,
    Score,
    Segment,
    Status,
)
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.result import ObjectKind, ObjectReference
from collega.model.rule import RuleVerdict, Verdict
from collega.model.study import Attribute, Instance, InstanceHeader, Patient, Priority, Role, Study, StudyState

Row: TypeAlias = Mapping[str, Any]


def study(row: Row) -> Study:
    """Read a row of `STUDY_COLUMNS`."""
    return Study(
        key=row["study_key"],
        study_instance_uid=row["study_instance_uid"],
        patient=patient(row),
        accession_number=row["accession_number"],
        study_date=row["study_date"],
        study_time=row["study_time"],
        description=row["description"],
        study_at=row["study_at"],
        revision=row["revision"],
        state=StudyState(row["state"]),
        last_received_at=row["last_received_at"],
        complete_at=row["complete_at"],
        priority=Priority(row["priority"]),
        priority_source=row["priority_source"],
        dicom_priority=Priority(row["dicom_priority"]),
        came_as=_came_as(row),
    )


def _came_as(row: Row) -> Patient | None:
    return Patient(issuer=row["came_issuer"], patient_id=row["came_id"]) if row.get("came_id") else None


def patient(row: Row) -> Patient:
    """Read the patient's columns of a row."""
    return Patient(
        issuer=row["issuer"],
        patient_id=row["patient_id"],
        name=row["name"],
        birth_date=row["birth_date"],
        sex=row["sex"],
    )


def instance(row: Row) -> Instance:
    """Read a row of instance joined with study and patient."""
    header = InstanceHeader(
        sop_instance_uid=row["sop_instance_uid"],
        sop_class_uid=row["sop_class_uid"],
        series_instance_uid=row["series_instance_uid"],
        study_instance_uid=row["study_instance_uid"],
        transfer_syntax_uid=row["transfer_syntax_uid"],
        patient=patient(row),
        accession_number=row["accession_number"],
        study_date=row["study_date"],
        study_time=row["study_time"],
        study_description=row["description"],
        study_at=row["study_at"],
        role=Role(row["role"]),
        attributes={name: _attribute(value) for name, value in row["attributes"].items()},
        pixel_digest=row["pixel_digest"],
        header_digest=row["header_digest"],
        notes=tuple(row["notes"]),
        acquired_at=row["acquired_at"],
    )
    return Instance(
        header=header,
        study_key=row["study_key"],
        revision=row["instance_revision"],
        path=row["path"],
        size=row["size"],
        received_at=row["received_at"],
        removed_at=row["removed_at"],
    )


def _attribute(value: Any) -> Attribute:  # noqa: ANN401 - decoded JSON
    return tuple(value) if isinstance(value, list) else value


def job(row: Row) -> Job:
    """Read a row of the table job."""
    return Job(
        key=str(row["job_key"]),
        study_key=row["study_key"],
        revision=row["revision"],
        app_id=row["app_id"],
        app_version=row["app_version"],
        input_digest=row["input_digest"],
        inputs=tuple(row["inputs"]),
        state=JobState(row["state"]),
        attempt=row["attempt"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        reason_code=row["reason_code"],
        reason=row["reason"],
        thresholds=row["thresholds"],
    )


def attempt(row: Row) -> Attempt:
    """Read a row of the table attempt that has ended."""
    return Attempt(
        outcome=AttemptOutcome(row["outcome"]),
        detail=row["detail"],
        isolation=tuple(row["isolation"]),
        wall_s=row["wall_s"] or 0.0,
        cpu_s=row["cpu_s"] or 0.0,
        peak_mb=row["peak_mb"] or 0.0,
    )


def finding(row: Row) -> Finding:
    """Read a row of the table finding."""
    return Finding(
        id=row["finding_id"],
        code=Code(**row["code"]),
        site=Code(**row["site"]) if row["site"] else None,
        evaluation=Evaluation(row["evaluation"]),
        score=Score(
            value=row["score"],
            low=row["scale_low"],
            high=row["scale_high"],
            direction=Direction(row["direction"]),
            calibrated=row["calibrated"],
        ),
        threshold=row["threshold"],
        images=tuple(row["images"]),
        regions=tuple(region(one) for one in row["regions"]),
        measurements=tuple(
            Measurement(name=Code(**item["name"]), value=item["value"], unit=item["unit"])
            for item in row["measurements"]
        ),
    )


def region(item: Mapping[str, Any]) -> Region:
    """Read a region out of JSON."""
    points = tuple((column, line) for column, line in item["points"])
    return Region(kind=RegionKind(item["kind"]), image=item["image"], frame=item["frame"], points=points)


def finding_values(item: Finding) -> dict[str, Any]:
    """Spread a finding over the columns of its table."""
    return {
        "finding_id": item.id,
        "code": asdict(item.code),
        "site": asdict(item.site) if item.site else None,
        "evaluation": item.evaluation,
        "score": item.score.value,
        "scale_low": item.score.low,
        "scale_high": item.score.high,
        "direction": item.score.direction,
        "calibrated": item.score.calibrated,
        "threshold": item.threshold,
        "images": list(item.images),
        "regions": [asdict(region) for region in item.regions],
        "measurements": [asdict(measurement) for measurement in item.measurements],
    }


def result(row: Row, findings: tuple[Finding, ...]) -> AppResult:
    """Read a row of result joined with job and study."""
    return AppResult(
        app_id=row["app_id"],
        app_version=row["app_version"],
        study_instance_uid=row["study_instance_uid"],
        status=Status(row["status"]),
        reason_code=row["reason_code"],
        reason=Text(**row["reason"]) if row["reason"] else None,
        findings=findings,
        segments=tuple(Segment(**{**item, "images": tuple(item["images"])}) for item in row["segments"]),
        attachments=tuple(Attachment(**item) for item in row["attachments"]),
        notes=tuple(Text(**item) for item in row["notes"]),
        verdicts=tuple(verdict(item) for item in row["verdicts"]),
    )


def verdict(item: Row) -> RuleVerdict:
    """Read what a composite rule said."""
    return RuleVerdict(
        rule_id=item["rule_id"],
        name=Text(**item["name"]),
        verdict=Verdict(item["verdict"]),
        of=item["of"],
        above=tuple(item["above"]),
        open=tuple(item["open"]),
    )


def result_object(row: Row) -> ResultObject:
    """Read a row of the table result_object."""
    return ResultObject(
        reference=ObjectReference(
            study_instance_uid=row["study_instance_uid"],
            series_instance_uid=row["series_instance_uid"],
            sop_class_uid=row["sop_class_uid"],
            sop_instance_uid=row["sop_instance_uid"],
        ),
        kind=ObjectKind(row["kind"]),
        study_key=row["study_key"],
        revision=row["revision"],
        app_id=row["app_id"],
        job_key=str(row["job_key"]) if row["job_key"] else None,
        path=row["path"],
        replaces=row["replaces"],
        created_at=row["created_at"],
    )


def delivery(row: Row) -> Delivery:
    """Read a row of delivery joined with result_object."""
    return Delivery(
        key=str(row["delivery_key"]),
        pacs=row["pacs"],
        object=result_object(row),
        state=DeliveryState(row["state"]),
        attempt=row["attempt"],
        confirmations=row["confirmations"],
        next_at=row["next_at"],
        detail=row["detail"],
    )
