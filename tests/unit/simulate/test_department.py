"""A department is fitted to its own times, held against them, and only then asked what AI would do."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from collega.errors import InputError
from collega.formats.csv_table import read_table
from collega.simulate.department import HOURS, PARTS, Department, Law, Part, as_json, department_of
from collega.simulate.fit import fit
from collega.simulate.fit_check import check_as_json, check_fit, check_runs, must_fit
from collega.simulate.readings import Readings, readings_of, readings_of_events
from collega.simulate.summary import changed, groups_of
from collega.simulate.week import App, WhatIf, draw, simulate_weeks
from collega.testing.reading_times import BEGIN, department, measured

pytestmark = pytest.mark.shows("R9", "R65")
BLEED = App(name="bleed", prevalence=0.1, sensitivity=0.9, fpf=0.05, minutes=4, exams=("CT",))


@pytest.fixture(scope="module")
def twelve_weeks() -> Readings:
    return measured(department(), 12, seed=3)


def test_a_fit_finds_the_department_again_and_its_waits(twelve_weeks: Readings) -> None:
    real, found = department(), fit(twelve_weeks)
    assert found.week_cases == pytest.approx(real.week_cases, rel=0.03)
    assert found.load == pytest.approx(real.load, rel=0.08)
    day = slice(9, 16)
    assert np.mean(found.readers[day]) == pytest.approx(np.mean(real.readers[day]), abs=0.3)
    assert {(kind.name, kind.is_urgent) for kind in found.kinds} == {("CT", False), ("CT", True), ("X-ray", False)}
    check = check_fit(twelve_weeks, check_runs(found)[0])
    assert check.fits, check.problems
    everything = check.held[0]
    assert everything.low is not None
    assert everything.high is not None
    assert everything.low < everything.high
    assert must_fit({"check": check_as_json(check)}, "d", anyway=False) == []


def test_the_mix_follows_the_hour_and_a_holiday_is_a_sunday_or_the_fit_does_not_hold() -> None:
    by_part = {
        Part.DAY: (0.15, 0.84, 0.01), Part.EVENING: (0.3, 0.65, 0.05), Part.NIGHT: (0.62, 0.2, 0.18),
        Part.WEEKEND: (0.35, 0.55, 0.1),
    }  # fmt: skip
    real = replace(department(), mix=tuple(by_part[part] for part in PARTS))
    days = frozenset(date(2026, month, day) for month, day in ((9, 10), (9, 24), (10, 9), (10, 20), (11, 2), (11, 18)))
    readings = measured(real, 12, seed=3, holidays=days)
    found = fit(readings)
    assert found.holidays == 0.5
    names = [(kind.name, kind.is_urgent) for kind in found.kinds]
    shares = dict(zip(names, found.shares[[11, 2]].T, strict=True))
    assert shares["X-ray", False] == pytest.approx((0.84, 0.2), abs=0.1)
    assert found.load == pytest.approx(real.load, rel=0.08)
    check = check_fit(readings, check_runs(found)[0])
    assert check.fits, check.problems
    assert department_of(as_json(found), "d.json") == found
    flat = check_fit(readings, check_runs(replace(found, mix=()))[0])
    assert {one.part for one in flat.held if one.fits is False} == {"day", "weekend"}
    unaware = replace(readings, holidays=frozenset())
    assert not check_fit(unaware, check_runs(fit(unaware))[0]).fits


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"mix": ((1.0, 0.0, 0.0),)}, "mix: 168 lists of shares"),
        ({"mix": ((0.5, 0.5, 0.0),) * 7 + ((0.5, 0.4, 0.0),) * 161}, "mix, hour 7: .* which make 1 together"),
        ({"mix": ((1.2, -0.2, 0.0),) * HOURS}, "mix, hour 0"),
        ({"holidays": 6.0}, "holidays: working days"),
    ],
)
def test_a_mix_that_does_not_sum_is_named_by_its_hour(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        replace(department(), **wrong)
    assert department_of({"version": 1} | _without(as_json(department()), "mix", "holidays"), "d.json") == department()


def _without(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in (*names, "version")}


def test_waits_that_no_queue_explains_are_seen_and_no_what_if_is_answered() -> None:
    readings = measured(department(), 12, seed=3, idle_minutes=25)
    check = check_fit(readings, check_runs(fit(measured(department(), 12, seed=3)))[0])
    assert not check.fits
    told = {"check": check_as_json(check)}
    with pytest.raises(InputError, match="not the measured one"):
        must_fit(told, "d.json", anyway=False)
    assert must_fit(told, "d.json", anyway=True)
    with pytest.raises(InputError, match="never held against"):
        must_fit({}, "d.json", anyway=True)


def test_too_little_is_not_fitted(twelve_weeks: Readings) -> None:
    first = twelve_weeks.arrived < (BEGIN + timedelta(days=5)).timestamp()
    few = replace(
        twelve_weeks,
        **{name: getattr(twelve_weeks, name)[first] for name in ("arrived", "opened", "signed", "exam", "is_urgent")},
    )
    with pytest.raises(InputError, match="too little to fit"):
        fit(few)


def test_flagged_cases_gain_and_the_missed_pay_with_numbers_that_the_same_seed_repeats() -> None:
    asked = WhatIf(department=department(), apps=(BLEED,))
    runs = list(simulate_weeks(asked, 80, seed=2))
    groups = groups_of(runs)
    assert groups["bleed: diseased"]["difference"].mean < -3 * groups["bleed: diseased"]["difference"].se
    assert groups["bleed: missed"]["difference"].mean >= 0
    assert groups["urgent"]["difference"].mean == pytest.approx(0, abs=0.05)
    assert {"day", "evening", "night", "weekend"} <= groups.keys()
    assert next(simulate_weeks(asked, 80, seed=2)).groups == runs[0].groups


def test_an_app_that_always_fails_changes_nothing_and_neither_does_a_late_one() -> None:
    for useless in (replace(BLEED, failures=1.0), replace(BLEED, minutes=100_000.0)):
        asked = WhatIf(department=department(), apps=(useless,))
        groups = groups_of(list(simulate_weeks(asked, 4, seed=2)))
        assert groups["all"]["no_ai"] == groups["all"]["with_ai"]


def test_of_several_apps_the_first_goes_before_the_second() -> None:
    second = App(name="nodule", prevalence=0.1, sensitivity=0.9, fpf=0.05)
    first = App(name="bleed", prevalence=0.1, sensitivity=0.9, fpf=0.05)
    busy = changed(department(), volume=1.1)
    groups = groups_of(list(simulate_weeks(WhatIf(department=busy, apps=(first, second)), 80, seed=2)))
    assert groups["bleed: diseased"]["with_ai"].mean < groups["nodule: diseased"]["with_ai"].mean


def test_apps_and_readers_do_not_change_which_cases_come() -> None:
    seeds = (np.random.SeedSequence(1), np.random.SeedSequence(1))
    weeks = np.tile(np.arange(HOURS), 2)
    alone = draw(WhatIf(department=department()), weeks, seeds[0])
    helped = draw(WhatIf(department=changed(department(), more_readers=1), apps=(BLEED,)), weeks, seeds[1])
    assert np.array_equal(alone.arrival, helped.arrival)
    assert np.array_equal(alone.reading, helped.reading)


@pytest.mark.parametrize("law", Law)
def test_reading_times_have_their_mean_under_every_law(law: Law) -> None:
    kind = department().kinds[0]
    drawn = kind.minutes(law, np.random.default_rng(1), 200_000)
    assert drawn.mean() == pytest.approx(kind.mean, rel=0.02)


def test_more_work_than_readers_do_is_refused_and_so_is_what_is_no_department() -> None:
    with pytest.raises(InputError, match="would grow for ever"):
        WhatIf(department=changed(department(), volume=4))
    with pytest.raises(InputError, match="no exam MR"):
        WhatIf(department=department(), apps=(replace(BLEED, exams=("MR",)),))
    with pytest.raises(InputError, match="sensitivity is a share"):
        replace(BLEED, sensitivity=12)
    with pytest.raises(InputError, match="--volume"):
        changed(department(), volume=0)
    senseless: list[Any] = [[], {"version": 99}, {"version": 1, "rates": [1]}]
    for wrong in senseless:
        with pytest.raises(InputError, match=r"d\.json"):
            department_of(wrong, "d.json")
    with pytest.raises(InputError, match="one for each hour"):
        Department(rates=(-1.0,) * HOURS, readers=(1.0,) * HOURS, kinds=department().kinds)
    assert department_of(as_json(department()), "d.json") == department()


def test_tables_are_read_by_the_clocks_of_the_site_and_errors_name_line_and_column() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    table = "arrived,opened,signed,exam,urgent\n2026-11-02 08:30,2026-11-02T08:40,2026-11-02T08:50,CT,ja\n"
    found = readings_of(read_table(table, "t.csv", ()), zone)
    assert (found.opened - found.arrived).tolist() == [600.0]
    assert found.hours_of(found.arrived).tolist() == [8]
    assert found.is_urgent.tolist() == [True]
    with pytest.raises(InputError, match=r"t\.csv, line 3, column arrived"):
        readings_of(read_table(table + "soon,,,CT,nee\n", "t.csv", ()), zone)
    events = (
        "study,kind,corrected_at\na,received_last,2026-11-02T07:30:00+00:00\na,opened,2026-11-02T07:45:00+00:00\n"
        "a,opened,2026-11-02T09:00:00+00:00\na,signed,2026-11-02T07:50:00+00:00\nb,opened,2026-11-02T07:00:00+00:00\n"
    )
    told = readings_of_events(read_table(events, "e.csv", ()), zone)
    assert (told.opened - told.arrived).tolist() == [900.0]
    assert (told.signed - told.opened).tolist() == [300.0]
