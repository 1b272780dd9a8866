"""Reading an app's files: ``result.json`` against its schema, into records."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from collega.errors import QuarantineError
from collega.model.app import FindingSpec, Manifest
from collega.model.code import Code, Text
from collega.model.finding import (
    AppResult,
    Attachment,
    Direction,
    Evaluation,
    Finding,
    Measurement,
    Region,
    RegionKind,
    Score,
    Segment,
    Status,
)
from collega.normalise.json_file import read_json
from collega.normalise.verdicts import judged

FILE = "result.json"


def read_result(folder: Path, manifest: Manifest | None = None) -> AppResult:
    """Read the answer that an app left in ``folder``.

    Where it gives scores alone, they are held against the thresholds of ``manifest``, which are those in force.

    Raises
    ------
    QuarantineError
        ``no-result``, ``not-json``, ``schema`` (names the key and what was expected), ``score`` or
        ``no-threshold``.
    """
    data = read_json(folder / FILE)
    _validate(data)
    try:
        return _result(data, manifest)
    except ValueError as error:
        raise QuarantineError("score", str(error)) from None


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads((resources.files("collega.normalise") / "result.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema)


def _validate(data: object) -> None:
    error = next(iter(sorted(_validator().iter_errors(data), key=lambda found: found.json_path)), None)
    if error is not None:
        text = f"{FILE}: {error.json_path}: {error.message}"
        raise QuarantineError("schema", text[:300])


def _result(data: Mapping[str, Any], manifest: Manifest | None) -> AppResult:
    reason = data.get("reason")
    return AppResult(
        app_id=data["app"]["id"],
        app_version=data["app"]["version"],
        study_instance_uid=data["study_instance_uid"],
        status=Status(data["status"]),
        reason_code=reason["code"] if reason else "",
        reason=Text(**reason["text"]) if reason else None,
        findings=tuple(_finding(item, manifest.finding(item["id"]) if manifest else None) for item in data["findings"]),
        segments=tuple(
            Segment(
                finding_id=item["id"],
                label=item["code"]["meaning"],
                images=tuple(item["mask"]["images"]),
                file=item["mask"]["file"],
            )
            for item in data["findings"]
            if "mask" in item
        ),
        attachments=tuple(Attachment(**item) for item in data.get("files", ())),
        notes=tuple(Text(**item) for item in data.get("notes", ())),
    )


def _finding(data: Mapping[str, Any], spec: FindingSpec | None) -> Finding:
    score = Score(
        value=float(data["score"]["value"]),
        low=float(data["score"]["scale"][0]),
        high=float(data["score"]["scale"][1]),
        direction=Direction(data["score"]["direction"]),
        calibrated=data["score"]["calibrated"],
    )
    threshold = data.get("threshold")
    if threshold is None and spec is not None:
        threshold = spec.threshold
    return Finding(
        id=data["id"],
        code=Code(**data["code"]),
        site=Code(**data["site"]) if "site" in data else None,
        evaluation=Evaluation(data["evaluation"]) if "evaluation" in data else _judged(data["id"], score, threshold),
        score=score,
        threshold=threshold,
        images=tuple(data["images"]),
        regions=tuple(_region(item) for item in data.get("regions", ())),
        measurements=tuple(
            Measurement(name=Code(**item["name"]), value=float(item["value"]), unit=item["unit"])
            for item in data.get("measurements", ())
        ),
    )


def _judged(finding_id: str, score: Score, threshold: float | None) -> Evaluation:
    if threshold is None:
        text = f"{finding_id} has a score alone, and its manifest gives no threshold to hold it against"
        raise QuarantineError("no-threshold", text)
    return judged(score, threshold)


def _region(data: Mapping[str, Any]) -> Region:
    return Region(
        kind=RegionKind(data["kind"]),
        image=data["image"],
        frame=data.get("frame", 1),
        points=tuple((float(column), float(row)) for column, row in data["points"]),
    )
