"""An answer for tests: absent, whatever it is given."""

import json
from pathlib import Path

SCORE = 0.25125


def run(inputs: Path, outputs: Path) -> None:
    """Answer the same each time."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    finding = {
        "id": "pneumonia",
        "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
        "evaluation": "absent",
        "score": {"value": SCORE, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": 0.5,
        "images": [image["sop_instance_uid"] for image in given["images"]],
    }
    answer = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [finding],
    }
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")
