"""An app that is the same each time: its score is a digest of the UIDs that it was given."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

CODE = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}
SLOW_SECONDS, HELD_SECONDS = 2.5, 25.0


def score_of(*sop_instance_uids: str) -> float:
    """Score that the app gives to these images, 0 to 1."""
    digest = hashlib.sha256("\n".join(sorted(sop_instance_uids)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def run(inputs: Path, outputs: Path) -> None:
    """Answer as the Study Description asks."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    asked = str(given["study"]["study_description"])
    if asked == "crash":
        message = "asked to crash"
        raise RuntimeError(message)
    if asked == "slow":
        time.sleep(SLOW_SECONDS)
    if asked == "held":
        _wait_for(inputs / "go")
    (outputs / "result.json").write_text(json.dumps(answer(given, asked)), encoding="utf-8")


def _wait_for(file: Path) -> None:
    """Hold on until a test lets go."""
    end = time.monotonic() + HELD_SECONDS
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)


def answer(given: dict[str, Any], asked: str) -> dict[str, Any]:
    """Give the answer that the Study Description asks for."""
    uids = [image["sop_instance_uid"] for image in given["images"]]
    made = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": "1.2.3.4" if asked == "other study" else given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [_finding(uids, ["1.2.3.4.5"] if asked == "other image" else uids)],
    }
    if asked == "not suitable":
        text = {"en": "the film shows no chest", "nl": "de foto toont geen thorax"}
        made |= {"status": "not_suitable", "reason": {"code": "no-chest", "text": text}, "findings": []}
    return made


def _finding(uids: list[str], images: list[str]) -> dict[str, Any]:
    score = score_of(*uids)
    return {
        "id": "pneumonia",
        "code": CODE,
        "evaluation": "present" if score >= 0.5 else "absent",
        "score": {"value": score, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": 0.5,
        "images": images,
    }
