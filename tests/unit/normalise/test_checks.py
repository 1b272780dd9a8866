"""Holding an answer against what was asked: wrong is set apart, with the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collega.errors import QuarantineError
from collega.model.app import FindingSpec
from collega.model.finding import AppResult, Direction, Outcome
from collega.testing import records
from tests.unit.normalise.conftest import UID
from tests.unit.normalise.test_outputs import put

Judge = Callable[..., AppResult]
OTHER_CODE = {"scheme": "SCT", "value": "1", "meaning": "Other"}


def code_of(judge: Judge, answer: object, **values: Any) -> str:
    with pytest.raises(QuarantineError) as caught:
        judge(answer, **values)
    return caught.value.code


MISTAKES: dict[str, tuple[str, object, str]] = {
    "another study": ("study_instance_uid", "1.2.3", "wrong-study"),
    "another app": ("app.id", "other", "wrong-app"),
    "another version": ("app.version", "9.9.9", "wrong-app"),
    "an unknown image": ("findings.0.images", [UID, "1.2.3"], "unknown-image"),
    "a region on an unknown image": ("findings.0.regions.0.image", "1.2.3", "unknown-image"),
    "an unknown finding": ("findings.0.id", "fracture", "missing-finding"),
    "another code": ("findings.0.code", OTHER_CODE, "unknown-finding"),
    "a score above its scale": ("findings.0.score.value", 1.2, "score"),
    "a score below its scale": ("findings.0.score.value", -0.2, "score"),
    "a scale turned round": ("findings.0.score.scale", [1, 0], "score"),
    "another scale": ("findings.0.score.scale", [0, 100], "score"),
    "another direction": ("findings.0.score.direction", "lower-is-present", "score"),
    "calibrated without proof": ("findings.0.score.calibrated", True, "score"),
    "present below its threshold": ("findings.0.score.value", 0.4, "contradiction"),
    "absent above its threshold": ("findings.0.evaluation", "absent", "contradiction"),
    "a region outside its image": ("findings.0.regions.0.points", [[10, 20], [600, 40]], "geometry"),
    "a region before its image": ("findings.0.regions.0.points", [[-1, 20], [30, 40]], "geometry"),
    "a box of three points": ("findings.0.regions.0.points", [[1, 1], [2, 2], [3, 3]], "score"),
    "a frame that the image does not have": ("findings.0.regions.0.frame", 2, "geometry"),
    "a frame without end": ("findings.0.regions.0.frame", 10**30, "geometry"),
    "a unit with a space": ("findings.0.measurements.0.unit", "mm 2", "unit"),
    "a unit that is no ASCII": ("findings.0.measurements.0.unit", "µm", "unit"),
    "a missing file": ("files", [{"kind": "png", "file": "heat.png", "title": "x"}], "missing-file"),
    "a missing mask": ("findings.0.mask", {"file": "m.npy", "images": [UID]}, "missing-file"),
    "no findings": ("findings", [], "missing-finding"),
}


@pytest.mark.shows("R25")
@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_contradiction_is_set_apart(judge: Judge, right: dict[str, Any], name: str) -> None:
    path, value, code = MISTAKES[name]
    assert code_of(judge, put(right, path, value)) == code


@pytest.mark.shows("R48", "R49")
@pytest.mark.parametrize(
    ("value", "evaluation", "fits"),
    [
        (0.5, "present", True),
        (0.5, "absent", False),
        (0.49, "absent", True),
        (0.49, "present", False),
        (0.9, "undetermined", True),
        (0.1, "undetermined", True),
    ],
)
@pytest.mark.parametrize("direction", list(Direction))
def test_evaluation_and_threshold_agree(
    judge: Judge, right: dict[str, Any], value: float, evaluation: str, direction: Direction, *, fits: bool
) -> None:
    mirrored = value if direction is Direction.HIGHER_IS_PRESENT else 1 - value
    put(right, "findings.0.score.value", mirrored)
    put(right, "findings.0.score.direction", direction.value)
    put(right, "findings.0.evaluation", evaluation)
    spec: FindingSpec = records.finding_spec(direction=direction)
    if fits:
        assert judge(right, findings=(spec,)).findings[0].evaluation == evaluation
    else:
        assert code_of(judge, right, findings=(spec,)) == "contradiction"


@pytest.mark.shows("R49")
def test_the_threshold_in_force_is_the_one_that_counts(judge: Judge, right: dict[str, Any]) -> None:
    assert code_of(judge, put(right, "findings.0.threshold", 0.6)) == "contradiction", "held against another one"
    put(right, "findings.0.threshold", None)
    assert judge(right).outcome is Outcome.FOUND
    assert code_of(judge, put(right, "findings.0.evaluation", "absent")) == "contradiction", "silent about it"
    free = records.finding_spec(threshold=None, threshold_range=None)
    assert judge(right, findings=(free,)).outcome is Outcome.NOTHING_FOUND, "an app that decides by other means"


@pytest.mark.shows("R48")
def test_every_promised_finding_must_be_answered(judge: Judge, right: dict[str, Any]) -> None:
    """75 findings, one of them not mentioned: that is not "nothing found"."""
    promised = tuple(records.finding_spec(id=f"f{number}") for number in range(75))
    answer = put(right, "findings.0.evaluation", "absent")
    first = {**put(answer, "findings.0.score.value", 0.1)["findings"][0], "regions": [], "measurements": []}
    answer["findings"] = [{**first, "id": f"f{number}"} for number in range(75)]
    assert judge(answer, findings=promised).outcome is Outcome.NOTHING_FOUND
    del answer["findings"][40]
    assert code_of(judge, answer, findings=promised) == "missing-finding"


def test_a_finding_that_was_not_promised(judge: Judge, right: dict[str, Any]) -> None:
    right["findings"].append({**right["findings"][0], "id": "extra"})
    assert code_of(judge, right) == "unknown-finding"


@pytest.mark.parametrize("points", [[[0, 0], [512, 512]], [[0, 0], [0.5, 0.25]]])
def test_a_region_may_touch_the_border(judge: Judge, right: dict[str, Any], points: list[list[float]]) -> None:
    assert judge(put(right, "findings.0.regions.0.points", points)).findings[0].regions


@pytest.mark.parametrize("unit", ["mm", "mm2", "[hnsf'U]", "10*6/L", "%", "1"])
def test_units_of_ucum(judge: Judge, right: dict[str, Any], unit: str) -> None:
    assert judge(put(right, "findings.0.measurements.0.unit", unit)).findings[0].measurements[0].unit == unit


def with_mask(right: dict[str, Any], folder: Path, mask: Any, name: str = "m.npy") -> dict[str, Any]:
    np.save(folder / name, mask, allow_pickle=True)
    return put(right, "findings.0.mask", {"file": name, "images": [UID]})


def test_a_mask_fits_its_images(judge: Judge, right: dict[str, Any], tmp_path: Path) -> None:
    result = judge(with_mask(right, tmp_path, np.ones((1, 512, 512), np.bool_)))
    assert result.segments[0].images == (UID,)


MASKS: dict[str, Callable[[], Any]] = {
    "two planes for one image": lambda: np.ones((2, 512, 512), np.bool_),
    "rows for columns": lambda: np.ones((1, 512, 256), np.bool_),
    "no plane": lambda: np.ones((512, 512), np.bool_),
    "numbers": lambda: np.ones((1, 512, 512), np.uint8),
    "objects": lambda: np.array([{"a": 1}], dtype=object),
}


@pytest.mark.parametrize("name", list(MASKS))
def test_a_mask_that_does_not_fit(judge: Judge, right: dict[str, Any], tmp_path: Path, name: str) -> None:
    assert code_of(judge, with_mask(right, tmp_path, MASKS[name]())) == "mask"


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04 no zip", b"nothing of the kind"])
def test_a_mask_that_is_none(judge: Judge, right: dict[str, Any], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.npy").write_bytes(content)
    assert code_of(judge, put(right, "findings.0.mask", {"file": "m.npy", "images": [UID]})) == "mask"


def test_an_archive_of_masks_is_no_mask(judge: Judge, right: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", a=np.ones((1, 512, 512), np.bool_))
    assert code_of(judge, put(right, "findings.0.mask", {"file": "m.npz", "images": [UID]})) == "mask"


def test_a_mask_that_claims_to_be_enormous(judge: Judge, right: dict[str, Any], tmp_path: Path) -> None:
    """Its header says a petabyte, the file holds nothing: it must not be allocated."""
    header = {"descr": "|b1", "fortran_order": False, "shape": (1, 10**8, 10**7)}
    with (tmp_path / "m.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    assert code_of(judge, put(right, "findings.0.mask", {"file": "m.npy", "images": [UID]})) == "mask"


def test_a_mask_on_an_unknown_image(judge: Judge, right: dict[str, Any], tmp_path: Path) -> None:
    answer = with_mask(right, tmp_path, np.ones((1, 512, 512), np.bool_))
    assert code_of(judge, put(answer, "findings.0.mask.images", ["1.2.3"])) == "unknown-image"


@pytest.mark.parametrize("name", ["mask", "picture"])
def test_a_link_to_somewhere_else_is_no_file(judge: Judge, right: dict[str, Any], tmp_path: Path, name: str) -> None:
    np.save(tmp_path / "real.npy", np.ones((1, 512, 512), np.bool_))
    (tmp_path / "m.npy").symlink_to(tmp_path / "real.npy")
    path, value = {
        "mask": ("findings.0.mask", {"file": "m.npy", "images": [UID]}),
        "picture": ("files", [{"kind": "png", "file": "m.npy", "title": "x"}]),
    }[name]
    assert code_of(judge, put(right, path, value)) == "missing-file"
