"""From the idea to the approval: how long it takes, with what is still on its way."""

from datetime import date, timedelta

import pytest

from collega.value.baseline import changes
from collega.value.way import Noted, Step, as_figure, duration, ways

TODAY = date(2026, 11, 29)
BEGUN = date(2025, 1, 1)


def noted(case: str, step: Step, days: int) -> Noted:
    return Noted(case=case, step=step, on=BEGUN + timedelta(days=days))


@pytest.mark.shows("R18", "R19")
def test_a_case_on_its_way_counts_with_its_days_so_far_and_a_missing_signature_is_named() -> None:
    told = [
        noted("bleed", Step.IDEA, 0),
        noted("bleed", Step.LEGAL, 200),
        noted("bleed", Step.APPROVED, 540),
        noted("bleed", Step.APPROVED, 548),  # the day was noted wrong at first
        noted("chest", Step.IDEA, 100),
        noted("lung", Step.IDEA, 120),
        noted("lung", Step.DROPPED, 150),
        noted("later", Step.IDEA, 5000),
        noted("lost", Step.APPROVED, 10),
    ]
    found = {way.case: way for way in ways(told, TODAY)}
    assert list(found) == ["bleed", "chest", "lung", "lost"]
    assert (found["bleed"].days, found["bleed"].is_approved) == (548, True)
    assert found["bleed"].unsigned == (Step.SECURITY, Step.SAFETY)
    assert (found["chest"].days, found["chest"].is_approved) == ((TODAY - BEGUN).days - 100, False)
    assert (found["lung"].days, found["lung"].is_dropped) == (30, True)
    assert found["lost"].days is None
    one = duration(list(found.values()), TODAY)
    assert (one.cases, one.approved, one.dropped, one.since, one.until) == (3, 1, 1, BEGUN, TODAY)
    # Of two that had not been dropped by then, one was approved after 548 days: half of all.
    assert (one.median, one.low, one.high) == (548, 548, None)


@pytest.mark.shows("R18", "R70")
def test_what_comes_after_a_baseline_is_held_against_it() -> None:
    def site(days: int) -> list[Noted]:
        return [
            noted(str(case), step, start)
            for case in range(30)
            for step, start in ((Step.IDEA, 0), (Step.APPROVED, days + 10 * case))
        ]

    slow, quick = (as_figure(duration(ways(site(days), TODAY), TODAY)) for days in (400, 100))
    (change,) = changes([slow], [quick])
    assert (change.kpi, change.n, change.difference, change.verdict) == ("days_idea_to_approval", 30, -300, "lower")
