"""A threshold moves inside the maker's range and nowhere else, and every set can be told again."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.decide.threshold import change
from collega.errors import InputError
from collega.model.threshold import ThresholdChange, in_force
from collega.testing import records
from collega.testing.records import AT

APP = records.manifest(
    findings=(
        records.finding_spec(),
        records.finding_spec(id="nodule", threshold=0.3, threshold_range=(0.2, 0.4)),
        records.finding_spec(id="fixed", threshold_range=None),
        records.finding_spec(id="bare", threshold=None),
    )
)


def moved(value: float, finding: str = "pneumonia", earlier: Sequence[ThresholdChange] = ()) -> ThresholdChange:
    return change(APP, earlier, finding, value, at=AT, actor="AI lead", reason=" fewer alarms ")


@pytest.mark.shows("R49")
def test_a_change_says_who_when_why_and_from_where() -> None:
    first = moved(0.6)
    assert first == ThresholdChange(
        app_id=APP.id,
        app_version=APP.version,
        number=1,
        finding_id="pneumonia",
        old=0.5,
        new=0.6,
        at=AT,
        actor="AI lead",
        reason="fewer alarms",
    )
    second = moved(0.35, "nodule", [first])
    assert (second.number, second.old) == (2, 0.3)
    third = moved(0.7, earlier=[second, first])
    assert (third.number, third.old) == (3, 0.6)
    sets = [dict(in_force([third, first, second], number)) for number in range(4)]
    assert sets == [{}, {"pneumonia": 0.6}, {"pneumonia": 0.6, "nodule": 0.35}, {"pneumonia": 0.7, "nodule": 0.35}]


@pytest.mark.shows("R49")
@pytest.mark.parametrize(
    ("finding", "value", "why"),
    [
        ("pneumonia", 0.95, "its maker allows 0.1 to 0.9, got 0.95; outside it would be off-label use"),
        ("pneumonia", 0.05, "its maker allows 0.1 to 0.9"),
        ("pneumonia", math.nan, "its maker allows 0.1 to 0.9, got nan"),
        ("pneumonia", math.inf, "its maker allows 0.1 to 0.9, got inf"),
        ("pneumonia", 0.5, "its threshold is 0.5 already"),
        ("fixed", 0.6, "its maker gives no range"),
        ("bare", 0.6, "its maker gives no range"),
        ("unknown", 0.6, "looks for no finding unknown; it looks for pneumonia, nodule, fixed, bare"),
    ],
)
def test_what_the_maker_does_not_allow_is_refused_with_the_reason(finding: str, value: float, why: str) -> None:
    with pytest.raises(InputError) as caught:
        moved(value, finding)
    assert why in str(caught.value)


def test_no_change_without_a_reason() -> None:
    with pytest.raises(InputError, match="say why"):
        change(APP, (), "pneumonia", 0.6, at=AT, actor="AI lead", reason="  ")


@pytest.mark.shows("R49")
@given(wanted=st.lists(st.tuples(st.sampled_from(["pneumonia", "nodule"]), st.floats(0, 1)), max_size=8))
def test_whatever_is_asked_what_is_in_force_stays_inside_the_range(wanted: list[tuple[str, float]]) -> None:
    changes: list[ThresholdChange] = []
    for finding, value in wanted:
        try:
            changes.append(moved(value, finding, changes))
        except InputError:
            continue
    assert [item.number for item in changes] == list(range(1, len(changes) + 1))
    given_to_app = APP.held_against(in_force(changes, len(changes)))
    for spec in given_to_app.findings:
        if spec.threshold is not None and spec.threshold_range is not None:
            low, high = spec.threshold_range
            assert low <= spec.threshold <= high
