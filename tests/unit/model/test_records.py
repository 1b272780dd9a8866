"""Records are valid from the moment they exist, and say what they mean."""

from dataclasses import FrozenInstanceError
from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.code import Code, Text
from collega.model.finding import (
    AppResult,
    Direction,
    Evaluation,
    Outcome,
    Region,
    RegionKind,
    Score,
    Status,
)
from collega.model.ids import OWN_UID_ROOT, stable_uid, storage_key
from collega.model.policy import QuietTimes
from collega.testing import records

REASON: dict[str, Any] = {"reason_code": "lateral", "reason": Text(en="lateral", nl="zijdelings")}


@pytest.mark.shows("R25", "R48")
@pytest.mark.parametrize("said", list(combinations_with_replacement(Evaluation, 3)))
def test_nothing_found_needs_every_finding_absent(said: tuple[Evaluation, ...]) -> None:
    value = {Evaluation.PRESENT: 0.9, Evaluation.ABSENT: 0.1, Evaluation.UNDETERMINED: 0.5}
    result = records.analysed("1.2", [records.finding(["1"], word, value[word]) for word in said])
    assert (result.outcome is Outcome.NOTHING_FOUND) is (set(said) == {Evaluation.ABSENT})
    assert (result.outcome is Outcome.FOUND) is (Evaluation.PRESENT in said)


@pytest.mark.shows("R25")
def test_no_answer_never_looks_like_nothing_found() -> None:
    assert records.analysed("1.2", []).outcome is Outcome.UNDETERMINED
    for status, outcome in ((Status.NOT_SUITABLE, Outcome.NOT_SUITABLE), (Status.FAILED, Outcome.FAILED)):
        made = AppResult(app_id="a", app_version="1", study_instance_uid="1", status=status, **REASON)
        assert made.outcome is outcome


@pytest.mark.parametrize("status", [Status.NOT_SUITABLE, Status.FAILED])
def test_no_answer_needs_a_reason_and_holds_no_findings(status: Status) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        records.analysed("1.2", [], status=status)
    with pytest.raises(ValueError, match="cannot carry findings"):
        records.analysed("1.2", [records.finding(["1"])], status=status, **REASON)
    with pytest.raises(ValueError, match="no reason"):
        records.analysed("1.2", [], **REASON)


@pytest.mark.parametrize(
    ("value", "low", "high"), [(1.1, 0, 1), (-0.1, 0, 1), (0.5, 1, 0), (0.5, 0.5, 0.5), (float("nan"), 0, 1)]
)
def test_a_score_lies_on_its_scale(value: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="sca"):
        Score(value=value, low=low, high=high, direction=Direction.HIGHER_IS_PRESENT, calibrated=False)


@given(value=st.floats(-3, 7, allow_nan=False))
def test_both_directions_of_a_scale_mirror_each_other(value: float) -> None:
    up, down = (
        Score(value=value, low=-3, high=7, direction=direction, calibrated=False).presence_percent
        for direction in Direction
    )
    assert 0 <= up <= 100
    assert up + down == pytest.approx(100)


@pytest.mark.parametrize(("kind", "points"), [("point", 2), ("box", 1), ("box", 3), ("polygon", 2), ("point", 0)])
def test_a_region_has_the_points_of_its_shape(kind: str, points: int) -> None:
    with pytest.raises(ValueError, match="points"):
        Region(kind=RegionKind(kind), image="1", frame=1, points=((0.0, 0.0),) * points)


def test_a_code_fits_its_field() -> None:
    with pytest.raises(ValueError, match="64"):
        Code(scheme="SCT", value="1", meaning="x" * 65)
    with pytest.raises(ValueError, match="needs"):
        Code(scheme="", value="1", meaning="x")


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        records.header().sop_instance_uid = "1.2"  # type: ignore[misc]


@given(parts=st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_a_uid_is_valid_and_the_same_each_time(parts: list[str]) -> None:
    uid = stable_uid(*parts)
    assert uid == stable_uid(*parts)
    assert uid.startswith(OWN_UID_ROOT)
    assert len(uid) <= 64
    assert uid.removeprefix(OWN_UID_ROOT).isdigit()


def test_uids_and_keys_tell_their_parts_apart() -> None:
    assert stable_uid("ab", "c") != stable_uid("a", "bc")
    assert storage_key("1.2.3") != storage_key("1.2.30")
    assert storage_key("../../etc/passwd").isalnum()
    assert len(storage_key("\udcff")) == 32


@pytest.mark.parametrize(
    ("modality", "seconds"), [("CR", 0.5), ("DX", 0.5), ("CT", 60), ("MR", 60), ("US", 10), ("", 10), ("XX", 10)]
)
def test_quiet_by_modality(modality: str, seconds: float) -> None:
    assert QuietTimes(projection_s=0.5, volume_s=60, other_s=10).of(modality).total_seconds() == seconds
