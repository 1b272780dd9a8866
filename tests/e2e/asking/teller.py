"""An app that keeps what it was told, lists the priors that it sees, and answers; the same as a service would."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CODE = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}


def run(inputs: Path, outputs: Path) -> None:
    """Keep, list, answer."""
    study = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    for path in sorted(inputs.rglob("*.dcm")):
        sys.stdout.write(f"found {path.relative_to(inputs)} {path.read_bytes()[128:132].decode()}\n")
    (outputs / "study.txt").write_text(json.dumps(study), encoding="utf-8")
    (outputs / "told.png").write_bytes(b"\x89PNG")  # the folder of an answer without a picture is not kept
    picture = {"kind": "png", "file": "told.png", "title": "told"}
    (outputs / "result.json").write_text(json.dumps(analysed(study) | {"files": [picture]}), encoding="utf-8")


def analysed(study: Mapping[str, Any]) -> dict[str, Any]:
    """Answer in our schema, of the images of the study."""
    score = {"value": 0.9, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False}
    images = [image["sop_instance_uid"] for image in study["images"]]
    finding = {"id": "pneumonia", "code": CODE, "evaluation": "present", "score": score, "threshold": 0.5}
    return {
        "schema": "collega/result/1",
        "app": study["app"],
        "study_instance_uid": study["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [finding | {"images": images}],
    }
