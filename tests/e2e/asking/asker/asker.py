"""An app that tells what it was given besides the images, as the reason why it does not answer."""

import json
from pathlib import Path
from typing import Any

CODE = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}


def run(inputs: Path, outputs: Path) -> None:
    """Tell, or answer, as the Study Description asks."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    answer: dict[str, Any] = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [_finding([image["sop_instance_uid"] for image in given["images"]])],
    }
    if given["study"]["study_description"] == "tell":
        told = json.dumps(_seen(given, inputs))
        answer |= {"status": "not_suitable", "reason": {"code": "told", "text": {"en": told, "nl": told}}}
        answer["findings"] = []
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")


def _seen(given: dict[str, Any], inputs: Path) -> dict[str, Any]:
    return {
        "priors": [
            [prior["study_date"], [(inputs / image["file"]).stat().st_size > 1000 for image in prior["images"]]]
            for prior in given["priors"]
        ],
        "reports": [report["text"] for report in given["reports"]],
        "laboratory": [[item["id"], round(item["value"], 1), item["unit"]] for item in given["laboratory"]],
        "genetics": [[item["id"], item["text"]] for item in given["genetics"]],
        "missing": {item["input"]: item["why"] for item in given["missing"]},
    }


def _finding(images: list[str]) -> dict[str, Any]:
    return {
        "id": "pneumonia",
        "code": CODE,
        "evaluation": "absent",
        "score": {"value": 0.1, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": 0.5,
        "images": images,
    }
