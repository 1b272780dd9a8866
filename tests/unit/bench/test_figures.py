import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.figures import emit, emit_missing, emit_ratios, p95, p99
from bench.ratios import Pair, ratios, slope
from bench.send_slices import shares
from bench.slices import Batch
from hypothesis import given
from hypothesis import strategies as st

SECONDS = st.floats(min_value=1e-3, max_value=1e3)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


@pytest.mark.shows("R26")
@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=9), st.floats(min_value=0.1, max_value=10))
def test_what_slows_a_whole_pair_does_not_change_its_ratio(pairs: list[tuple[float, float]], slower: float) -> None:
    quiet = ratios([Pair(ours_s=ours, theirs_s=theirs) for ours, theirs in pairs])
    noisy = ratios([Pair(ours_s=ours * slower, theirs_s=theirs * slower) for ours, theirs in pairs])
    assert noisy == pytest.approx(quiet)
    assert [one > 1 for one in quiet] == [theirs > ours for ours, theirs in pairs]


def test_a_pair_that_took_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="seconds above 0"):
        Pair(ours_s=0.0, theirs_s=1.0)


@pytest.mark.shows("R26")
def test_a_ratio_is_met_where_its_median_reaches_it(capsys: pytest.CaptureFixture[str]) -> None:
    emit_ratios("x", [0.5, 1.2, 1.3], at_least=1.2)
    said = line(capsys)
    assert (said["value"], said["least"], said["most"], said["n"]) == (1.2, 0.5, 1.3, 3)
    assert (said["at_least"], said["met"], said["target"]) == (1.2, True, None)
    emit_ratios("x", [0.5, 1.19, 1.3], at_least=1.2)
    assert line(capsys)["met"] is False
    emit_ratios("x", [2.0])
    assert "met" not in line(capsys)


@pytest.mark.shows("R26")
def test_a_time_is_met_where_it_does_not_exceed_its_target(capsys: pytest.CaptureFixture[str]) -> None:
    emit("x", "s", 0.05, target=0.05)
    assert line(capsys)["met"] is True
    emit("x", "s", 0.051, target=0.05)
    assert line(capsys)["met"] is False


def test_a_figure_that_could_not_be_had_is_null_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    emit_missing("x", "s", "no such service")
    said = line(capsys)
    assert (said["value"], said["n"], said["why"]) == (None, 0, "no such service")
    assert "met" not in said


@given(st.lists(SECONDS, min_size=1, max_size=200))
def test_high_percentiles_are_those_of_numpy(values: list[float]) -> None:
    assert p95(values) == pytest.approx(float(np.percentile(values, 95)))
    assert p99(values) == pytest.approx(float(np.percentile(values, 99)))


@pytest.mark.shows("R26")
def test_growth_and_its_error_are_those_of_numpy() -> None:
    x = [4.0, 4.2, 4.4, 4.8, 5.5, 9.0, 20.0]
    y = [90.1, 90.4, 90.2, 90.9, 91.0, 91.9, 95.2]
    ours = slope(x, y)
    (line_slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    assert ours.value == pytest.approx(line_slope)
    assert ours.error == pytest.approx(covariance[0, 0] ** 0.5)


def test_growth_needs_two_points_and_its_error_three() -> None:
    assert slope([1, 2], [3, 5]).value == 2
    assert slope([1, 2], [3, 5]).error is None
    with pytest.raises(statistics.StatisticsError):
        slope([1], [3])


def test_every_study_goes_over_one_association(tmp_path: Path) -> None:
    batches = [Batch(folder=tmp_path, study_uid=str(number), files=()) for number in range(5)]
    dealt = shares(batches, 4)
    assert [len(share) for share in dealt] == [2, 1, 1, 1]
    assert sorted(batch.study_uid for share in dealt for batch in share) == ["0", "1", "2", "3", "4"]
