"""What became of orders before an app, and why."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collega.measure.order_coverage import AppWork, Fate, OrderFacts, fate, order_figures
from collega.model.coverage import Certainty
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.order import Standing

pytestmark = pytest.mark.shows("R31")
AT = datetime(2026, 11, 24, 11, tzinfo=UTC)


def order(
    *,
    standing: Standing = Standing.ORDERED,
    made: bool = True,
    decision: str = "",
    work: AppWork | None = None,
    pacs: dict[str, Certainty] | None = None,
    received: bool = False,
) -> OrderFacts:
    return OrderFacts(
        accession="A1",
        at=AT,
        standing=standing,
        is_received=received or work is not None or bool(decision),
        is_made=made,
        decisions={"a": decision} if decision else {},
        work={"a": work} if work else {},
        pacs_apps=pacs,
    )


def done(outcome: Outcome, reason: str = "") -> OrderFacts:
    return order(work=AppWork(state=JobState.DONE, outcome=outcome, reason=reason))


FATES = {
    "found": (done(Outcome.FOUND), Fate.SEEN, "the app has answered"),
    "nothing found": (done(Outcome.NOTHING_FOUND), Fate.SEEN, "the app has answered"),
    "not suitable": (done(Outcome.NOT_SUITABLE, "lateral view"), Fate.NOT_SUITABLE, "lateral view"),
    "failed": (done(Outcome.FAILED, "timed out"), Fate.FAILED, "timed out"),
    "held": (order(work=AppWork(state=JobState.HELD)), Fate.STOPPED, "the app was stopped"),
    "queued": (order(work=AppWork(state=JobState.QUEUED)), Fate.WAITING, "it is on its way"),
    "no rule": (order(decision="no: modality is MR"), Fate.NO_RULE, "no: modality is MR"),
    "not routed yet": (order(received=True), Fate.WAITING, "it is on its way"),
    "cancelled": (order(standing=Standing.CANCELLED), Fate.CANCELLED, "the order was cancelled"),
    "cancelled, yet here": (
        order(standing=Standing.CANCELLED, work=AppWork(state=JobState.DONE, outcome=Outcome.FOUND)),
        Fate.SEEN,
        "the app has answered",
    ),
    "not made": (order(made=False), Fate.NOT_MADE, "nobody says that it was made"),
    "never arrived": (order(pacs={"a": Certainty.YES}), Fate.NEVER_ARRIVED, "the PACS has it, and it never arrived"),
    "for another app": (order(pacs={"b": Certainty.YES}), Fate.NO_RULE, "no rule matches what the PACS tells of it"),
}


@pytest.mark.parametrize("name", FATES)
def test_an_order_has_a_fate_and_a_reason(name: str) -> None:
    facts, expected, why = FATES[name]
    assert fate(facts, "a") == (expected, why)


def test_an_order_without_images_and_one_in_doubt_are_told_apart() -> None:
    assert fate(order(), "a")[0] is Fate.NO_IMAGES
    assert fate(order(pacs={"a": Certainty.MAYBE}), "a")[0] is Fate.MAYBE


def test_coverage_is_what_was_seen_of_what_should_have_been() -> None:
    facts = [item for item, _, _ in FATES.values()]
    day, whole = order_figures(facts, ["a"], ZoneInfo("Europe/Amsterdam"))
    assert (day.hours, whole.hours) == ("day", "all")
    assert (whole.expected, whole.fates["seen"]) == (7, 3)
    assert whole.coverage == pytest.approx(3 / 7)
    assert whole.low < 3 / 7 < whole.high
    assert sum(whole.fates.values()) == len(facts)


def test_no_order_is_no_full_coverage() -> None:
    (_, whole) = order_figures([order(made=False)], ["a"], ZoneInfo("Europe/Amsterdam"))
    assert (whole.expected, whole.coverage) == (0, None)
