"""An app that marks a box, draws a mask and measures a length on the first image, the same each time."""

import json
from pathlib import Path

import numpy as np

ROWS, COLUMNS = slice(100, 140), slice(200, 260)
LENGTH = {"scheme": "SCT", "value": "410668003", "meaning": "Length"}


def run(inputs: Path, outputs: Path) -> None:
    """Answer with a present finding that has a place."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    uid = given["images"][0]["sop_instance_uid"]
    mask = np.zeros((1, 512, 512), dtype=bool)
    mask[0, ROWS, COLUMNS] = True
    np.save(outputs / "mask.npy", mask)
    finding = {
        "id": "pneumonia",
        "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
        "evaluation": "present",
        "score": {"value": 0.75, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": given["config"]["thresholds"]["pneumonia"],
        "images": [uid],
        "regions": [{"kind": "box", "image": uid, "points": [[200, 100], [260, 140]]}],
        "measurements": [{"name": LENGTH, "value": 42.5, "unit": "mm"}],
        "mask": {"file": "mask.npy", "images": [uid]},
    }
    answer = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [finding],
    }
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")
