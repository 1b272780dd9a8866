"""A simulator of an app with a bad hour: it really ends in an exception, and collega does the rest."""

import json
from pathlib import Path
from typing import Any

BAD_HOUR = "17"  # of Study Time, as the demonstration's difficult hour
CODE = {"scheme": "99COLLEGA", "value": "simulated", "meaning": "Simulated finding"}


def run(inputs: Path, outputs: Path) -> None:
    """Answer that there is no simulated finding, or fail.

    Raises
    ------
    ConnectionError
        The study was made in the bad hour, in which a licence server of the imagination is away.
    """
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    if str(given["study"]["study_time"] or "").startswith(BAD_HOUR):
        message = "simulated: the licence server does not answer"
        raise ConnectionError(message)
    (outputs / "result.json").write_text(json.dumps(_answer(given)), encoding="utf-8")


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    finding = {
        "id": "simulated",
        "code": CODE,
        "evaluation": "absent",
        "score": {"value": 0.0, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": 0.5,
        "images": [image["sop_instance_uid"] for image in given["images"]],
    }
    return {
        "schema": "collega/result/1",
        "app": given["app"],
        "study_instance_uid": given["study"]["study_instance_uid"],
        "status": "analysed",
        "findings": [finding],
    }
