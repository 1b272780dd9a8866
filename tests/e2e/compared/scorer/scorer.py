"""An app that gives scores alone: digests of the UIDs that it was given, moved by the bias of its version."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

BIAS = 0.0
SLOW_SECONDS = 0.4
CODES = {
    "opacity": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
    "effusion": {"scheme": "SRT", "value": "D2-80100", "meaning": "Pleural effusion"},
}


def score_of(finding: str, *sop_instance_uids: str, bias: float = BIAS) -> float:
    """Score that the app gives to these images, 0 to 1; an effusion is never above 0.9."""
    digest = hashlib.sha256("\n".join(sorted(sop_instance_uids)).encode()).digest()
    score = min(max(int.from_bytes(digest[:6], "big") / 2**48 + bias, 0.0), 1.0)
    return score if finding == "opacity" else 0.9 * score


def run(inputs: Path, outputs: Path) -> None:
    """Answer as the Study Description asks."""
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    asked = str(given["study"]["study_description"])
    if asked == "crash":
        message = "asked to crash"
        raise RuntimeError(message)
    if asked == "slow":
        time.sleep(SLOW_SECONDS)
    uids = [image["sop_instance_uid"] for image in given["images"]]
    answer = {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [_finding(name, uids) for name in CODES],
    }
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")


def _finding(name: str, uids: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "code": CODES[name],
        "score": {
            "value": score_of(name, *uids),
            "scale": [0, 1],
            "direction": "higher-is-present",
            "calibrated": False,
        },
        "images": uids,
    }
