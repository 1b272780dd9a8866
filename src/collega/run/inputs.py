"""What an app is given: its images, and ``study.json``."""

from collections.abc import Mapping, Sequence
from typing import Any

from collega.model.app import Manifest
from collega.model.study import Instance, Study

SCHEMA = "collega/study/1"
IMAGE_FIELDS = ("modality", "body_part", "view_position", "image_type", "series_number", "instance_number")


def image_name(number: int) -> str:
    """Name of the n-th image in the input folder, counted from 1."""
    return f"dicom/{number:05d}.dcm"


def study_json(study: Study, images: Sequence[Instance], manifest: Manifest, age: float | None) -> dict[str, Any]:
    """Describe a study to an app: no name, no number of the patient, only what an image needs."""
    return {
        "schema": SCHEMA,
        "app": {"id": manifest.id, "version": manifest.version},
        "study": {
            "study_instance_uid": study.study_instance_uid,
            "study_date": study.study_date,
            "study_time": study.study_time,
            "study_description": study.description,
        },
        "patient": {"age_years": age, "sex": study.patient.sex or None},
        "images": [_image(number, item) for number, item in enumerate(images, 1)],
        "config": {"thresholds": thresholds(manifest)},
    }


def thresholds(manifest: Manifest) -> Mapping[str, float]:
    """Threshold per finding that has one."""
    return {spec.id: spec.threshold for spec in manifest.findings if spec.threshold is not None}


def _image(number: int, item: Instance) -> dict[str, Any]:
    header = item.header
    values = {name: header.attributes.get(name) for name in IMAGE_FIELDS}
    return {
        "file": image_name(number),
        "sop_instance_uid": header.sop_instance_uid,
        "sop_class_uid": header.sop_class_uid,
        "series_instance_uid": header.series_instance_uid,
        "transfer_syntax_uid": header.transfer_syntax_uid,
        **values,
    }
