"""A result in the words of ``result.json``: what a vendor's answer was read as, for whoever tries an app."""

from dataclasses import asdict
from typing import Any

from collega.model.finding import Finding, Segment
from collega.normalise.vendor import Reading

SCHEMA = "collega/result/1"


def as_json(reading: Reading) -> dict[str, Any]:
    """Give plain values in the form of our schema; ``unread`` lists what was kept and not understood."""
    result = reading.result
    masks = {segment.finding_id: segment for segment in result.segments}
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "app": {"id": result.app_id, "version": result.app_version},
        "study_instance_uid": result.study_instance_uid,
        "status": result.status.value,
        "findings": [_finding(item, masks.get(item.id)) for item in result.findings],
        "files": [asdict(item) for item in result.attachments],
        "notes": [asdict(item) for item in result.notes],
    }
    if result.reason:
        data["reason"] = {"code": result.reason_code, "text": asdict(result.reason)}
    return {**data, "unread": list(reading.unread)} if reading.unread else data


def _finding(item: Finding, mask: Segment | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": item.id,
        "code": asdict(item.code),
        "evaluation": item.evaluation.value,
        "score": {
            "value": item.score.value,
            "scale": [item.score.low, item.score.high],
            "direction": item.score.direction.value,
            "calibrated": item.score.calibrated,
        },
        "threshold": item.threshold,
        "images": list(item.images),
        "regions": [{**asdict(region), "points": [list(point) for point in region.points]} for region in item.regions],
        "measurements": [asdict(measurement) for measurement in item.measurements],
    }
    if item.site:
        data["site"] = asdict(item.site)
    if mask:
        data["mask"] = {"file": mask.file, "images": list(mask.images)}
    return data
