"""An answer that is right in every respect; each test makes it wrong in one."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collega.model.finding import AppResult
from collega.normalise.checks import check
from collega.normalise.outputs import read_result
from collega.testing import records

HEADER = records.header()
UID = HEADER.sop_instance_uid
RIGHT: dict[str, Any] = {
    "schema": "collega/result/1",
    "app": {"id": "finder", "version": "1.0.0"},
    "study_instance_uid": HEADER.study_instance_uid,
    "status": "analysed",
    "findings": [
        {
            "id": "pneumonia",
            "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
            "evaluation": "present",
            "score": {"value": 0.8, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
            "threshold": 0.5,
            "images": [UID],
            "regions": [{"kind": "box", "image": UID, "points": [[10, 20], [30, 40]]}],
            "measurements": [
                {"name": {"scheme": "SCT", "value": "42798000", "meaning": "Area"}, "value": 12.5, "unit": "mm2"}
            ],
        }
    ],
    "notes": [{"en": "a note", "nl": "een noot"}],
}


@pytest.fixture
def right() -> dict[str, Any]:
    return copy.deepcopy(RIGHT)


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., AppResult]:
    """Write an answer, read it and hold it against what was asked."""

    def read(answer: object, **values: Any) -> AppResult:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        (tmp_path / "result.json").write_text(text, encoding="utf-8")
        result = read_result(tmp_path)
        check(result, records.study(HEADER), {UID: records.instance(HEADER)}, records.manifest(**values), tmp_path)
        return result

    return read
