"""What a site's own studies tell: needs, measured inputs, the time before an app."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.unit.value.cases import FULL, case_of, written

from collega.bootstrap.worth.needs import corrected_normal
from collega.cli.roi_labels import for_case
from collega.stats.label_error import Side, label_error
from collega.value.baseline import changes, figures, frozen_hash, wanted
from collega.value.case import Distribution, Source
from collega.value.house import House
from collega.value.measured import as_input, measure
from collega.value.opportunity import Bounds, Ranged, Verdict, opportunities
from collega.value.read_case import read_case
from collega.value.rewrite import with_inputs

N = 400
NAN = float("nan")


def house(seed: int = 1, *, wait_min: float = 20, reading_min: float = 6, exam: str = "CT · HEAD") -> House:
    """Studies of four weeks: every fourth at night, the second half with the app shown."""
    stream = np.random.default_rng(seed)
    received = np.sort(stream.uniform(0, 28 * 86400, N))
    opened = received + stream.exponential(wait_min * 60, N)
    shown = np.arange(N) >= N // 2
    return House(
        since=date(2026, 11, 1),
        until=date(2026, 11, 29),
        days=28.0,
        exam=np.full(N, exam),
        hours=np.where(np.arange(N) % 4 == 0, "night", "day"),
        received=received,
        opened=opened,
        signed=opened + stream.gamma(4, reading_min * 60 / 4, N),
        visible=np.where(np.arange(N) % 10 == 0, opened + 60, received + 1),
        is_shown=shown,
        calls=(np.arange(N) % 20 == 0).astype(np.float64),
        normal=(np.arange(N) % 3 == 0).astype(np.float64),
        found=np.where(np.arange(N) % 2 == 0, NAN, (np.arange(N) % 10 == 1).astype(np.float64)),
    )


@pytest.mark.shows("R41", "R9")
def test_inputs_are_measured_with_interval_and_date() -> None:
    case = case_of(FULL)
    found = {one.key: one for one in measure(house(), case)}
    assert found["population.volume_per_year"].value == pytest.approx(N / 28 * 365.25)
    assert found["population.share_night"].counts == (100, N)
    assert found["population.prevalence"].counts == (40, 200)
    assert found["population.share_in_time"].counts is not None
    assert found["population.share_in_time"].counts[1] == 200
    before, waited = found["roles.radiologist.minutes_before"], found["roles.radiologist.minutes_waited"]
    assert before.low is not None
    assert before.value is not None
    assert before.high is not None
    assert before.low < before.value < before.high
    assert before.value == pytest.approx(6, abs=0.6)
    assert waited.value == pytest.approx(0.1, abs=0.05)
    assert found["calls.per_night_study_before"].value == pytest.approx(0.2)
    item = as_input(found["population.share_night"], house(), case)
    assert item is not None
    assert (item.source, item.on, item.distribution) == (Source.MEASURED, date(2026, 11, 29), Distribution.BETA)
    assert item.origin == "this site, 400 studies from 2026-11-01 to 2026-11-29"


def test_what_was_not_measured_says_why() -> None:
    silent = replace(house(), calls=np.zeros(N), opened=np.full(N, NAN), found=np.full(N, NAN))
    found = {one.key: one for one in measure(silent, case_of(FULL))}
    assert found["calls.per_night_study_before"].why_not == "no call was ever logged in this span"
    assert "with a label for the finding: 0 studies" in found["population.prevalence"].why_not
    assert found["roles.radiologist.minutes_before"].value is None
    assert measure(silent.only(np.arange(N) < 3), case_of(FULL))[0].why_not == "fewer than 20 studies"
    small = case_of({"population": {"volume_per_year": 1}})
    assert "calls.per_night_study_before" not in {one.key for one in measure(silent, small)}


def test_a_case_takes_what_was_measured_and_keeps_its_other_lines() -> None:
    text = written(FULL) + "\n# the end\n"
    case = read_case(text, "case.toml")
    items = [item for one in measure(house(), case) if (item := as_input(one, house(), case)) is not None]
    fresh = with_inputs(text, items)
    again = read_case(fresh, "case.toml")
    assert again.inputs["population.share_night"].counts == (100, N)
    assert again.inputs["roles.radiologist.minutes_after"].source is Source.MEASURED
    assert again.inputs["price.money_per_study"] == case.inputs["price.money_per_study"]
    assert fresh.rstrip().endswith("# the end")
    table = '[population.share_night]\nvalue = 0.2\nsource = "expert"\nfrom = "x"\ndate = 2026-01-01\n'
    own = written({"population": {"volume_per_year": 9}}) + table
    item = next(one for one in items if one.key == "population.share_night")
    assert read_case(with_inputs(own, [item]), "c").inputs["population.share_night"].counts == (100, N)
    bare = written({"population": {"volume_per_year": 9}})
    assert "share_night" in read_case(with_inputs(bare, [item]), "c").inputs["population.share_night"].name


@pytest.mark.shows("R44", "R6")
def test_needs_are_ranked_and_no_problem_is_an_answer() -> None:
    long = house(2, wait_min=90, exam="CT · CHEST")
    fast = house(3, wait_min=3, reading_min=2, exam="CT · embolism")
    names = [name for name in House.__slots__ if isinstance(getattr(long, name), np.ndarray)]
    columns: dict[str, Any] = {name: np.concatenate([getattr(long, name), getattr(fast, name)]) for name in names}
    both = replace(long, **columns)
    first, second = opportunities(both, Bounds(), as_it_is)
    assert (first.exam, second.exam) == ("CT · CHEST", "CT · embolism")
    assert Verdict.WAIT in first.verdicts
    assert second.verdicts == (Verdict.NO_PROBLEM,)
    assert first.wait_p90_min.low is not None
    assert first.abnormal_waiting_hours == pytest.approx(1.5 * N / 28 * 365.25 * 2 / 3, rel=0.2)
    unknown = replace(fast, opened=np.full(N, NAN), signed=np.full(N, NAN))
    assert opportunities(unknown, Bounds(), as_it_is)[0].verdicts == (Verdict.UNKNOWN,)
    assert opportunities(fast.only(np.arange(N) < 9), Bounds(), as_it_is)[0].verdicts == (Verdict.TOO_FEW,)
    films = replace(fast, normal=(np.arange(N) % 4 > 0).astype(np.float64), days=14.0)
    assert opportunities(films, Bounds(hours_per_year=9999), as_it_is)[0].verdicts == (Verdict.FILTER,)


@pytest.mark.shows("R44", "R35")
def test_no_advice_and_no_case_rests_on_a_share_whose_labels_error_is_unknown() -> None:
    films = replace(house(3, wait_min=3, reading_min=2), normal=(np.arange(N) % 4 > 0).astype(np.float64), days=14.0)
    bounds = Bounds(hours_per_year=9999)
    (unknown,) = opportunities(films, bounds, lambda normal: corrected_normal(normal, None))
    assert unknown.verdicts == (Verdict.FILTER_UNCHECKED,)
    assert (unknown.normal.value, unknown.normal_corrected.value, unknown.abnormal_waiting_hours) == (0.75, None, None)
    # Of the 300 that the label calls normal, 100 are not.
    error = label_error(
        Side(frame=100, weights=(1.0,) * 100, is_present=(True,) * 100),
        Side(frame=300, weights=(1.0,) * 300, is_present=(True,) * 100 + (False,) * 200),
    )
    (known,) = opportunities(films, bounds, lambda normal: corrected_normal(normal, error))
    assert known.normal_corrected.value == pytest.approx(0.5)
    assert Verdict.FILTER not in known.verdicts
    raw = next(one for one in measure(house(), case_of(FULL)) if one.key == "population.prevalence")
    refused = for_case(raw, None)
    assert (refused.value, refused.why_not) == (None, "label error unknown: no label check of these labels is done")
    taken = for_case(raw, error)
    assert taken.value == pytest.approx(0.2 / 0.5, abs=1e-6)
    item = as_input(taken, house(), case_of(FULL))
    assert item is not None
    again = read_case(with_inputs(written(FULL), [item]), "case.toml").inputs["population.prevalence"]
    assert again.value == pytest.approx(0.4)
    assert (again.counts, again.distribution) == (None, Distribution.BETA)


def as_it_is(share: Ranged) -> Ranged:
    """Take labels to be without error."""
    return share


@pytest.mark.shows("R70", "R41")
def test_a_baseline_says_how_many_studies_it_needs_and_holds_what_came_later_against_it() -> None:
    before = figures(house(4, wait_min=40))
    need = {one.kpi: one.studies for one in wanted(house(4, wait_min=40), 0.1)}
    # An exponential wait has a spread as large as its mean: (1.96 / 0.1)^2 studies.
    assert need["wait_minutes"] == pytest.approx(384, rel=0.25)
    later = {one.kpi: one for one in changes(before, figures(house(5, wait_min=15)))}
    assert later["wait_minutes"].verdict == "lower"
    assert later["reading_minutes"].verdict == "no difference shown"
    few = figures(house(6).only(np.arange(N) < 5))
    assert {one.verdict for one in changes(before, few)} == {"not enough studies"}
    content = {"name": "a", "figures": [1.5], "sha256": "x"}
    assert frozen_hash(content) == frozen_hash({"figures": [1.5], "name": "a"}) != frozen_hash({"figures": [1.6]})
