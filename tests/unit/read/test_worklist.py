"""The order of the worklist: AI may raise a study, and nothing that it says or fails to say lowers one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.finding import Outcome
from collega.model.study import Priority
from collega.read.worklist import BY_PRIORITY, Candidate, Place, Said, in_order, in_view, sort_key

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEEP = timedelta(minutes=15)
moments = st.integers(0, 600).map(lambda minutes: NOON - timedelta(minutes=minutes))
says = st.builds(
    Said,
    outcome=st.none() | st.sampled_from(Outcome),
    at=moments,
    orders=st.booleans(),
    urgency=st.sampled_from([Priority.STAT, Priority.HIGH]),
)
studies = st.builds(
    Candidate,
    key=st.text("abcdef", min_size=1, max_size=6),
    priority=st.sampled_from(Priority),
    received_at=moments,
    opened_at=st.none() | moments,
    signed_at=st.none() | moments,
    reopened_at=st.none() | moments,
    said=st.lists(says, max_size=4).map(tuple),
)
lists = st.lists(studies, unique_by=lambda study: study.key, max_size=12)


def study(key: str = "a", priority: Priority = Priority.UNKNOWN, minutes: int = 0, *said: Said) -> Candidate:
    return Candidate(key=key, priority=priority, received_at=NOON - timedelta(minutes=minutes), said=said)


def found(*, orders: bool = True, at: datetime = NOON, urgency: Priority = Priority.HIGH) -> Said:
    return Said(outcome=Outcome.FOUND, at=at, orders=orders, urgency=urgency)


@pytest.mark.shows("R65")
@given(studies)
def test_no_word_of_ai_lowers_a_study(one: Candidate) -> None:
    assert sort_key(one) <= sort_key(replace(one, said=()))


@pytest.mark.shows("R65")
@given(lists, st.data())
def test_nobody_is_overtaken_because_of_what_ai_says_of_oneself(waiting: list[Candidate], data: st.DataObject) -> None:
    """A study's place among the others, with and without its own AI, the others unchanged."""
    if not waiting:
        return
    one = data.draw(st.sampled_from(waiting))
    others = [study for study in waiting if study is not one]
    place = in_order([one, *others]).index(one)
    bare = replace(one, said=())
    assert place <= in_order([bare, *others]).index(bare)


@pytest.mark.shows("R65", "R25")
@given(lists)
def test_only_something_found_by_an_app_that_may_order_changes_the_order(waiting: list[Candidate]) -> None:
    silent = [
        replace(one, said=tuple(said for said in one.said if said.orders and said.outcome is Outcome.FOUND))
        for one in waiting
    ]
    assert [one.key for one in in_order(waiting)] == [one.key for one in in_order(silent)]


@given(lists, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_the_studies_came(waiting: list[Candidate], dice: object) -> None:
    shuffled = list(waiting)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    ordered = in_order(waiting)
    assert ordered == in_order(shuffled)
    assert sorted(one.key for one in ordered) == sorted(one.key for one in waiting)
    assert all(sort_key(first) < sort_key(second) for first, second in pairwise(ordered))


@pytest.mark.shows("R65")
def test_the_order_in_an_example() -> None:
    waiting = [
        study("low", Priority.LOW, 600),
        study("routine", Priority.ROUTINE, 10),
        study("unknown", Priority.UNKNOWN, 20),
        study("high", Priority.HIGH, 1),
        study("raised", Priority.LOW, 5, found()),
        study("stat", Priority.STAT),
        study("bleed", Priority.LOW, 2, found(), found(urgency=Priority.STAT)),
        study("pilot", Priority.ROUTINE, 15, found(orders=False)),
    ]
    order = ["bleed", "stat", "raised", "high", "unknown", "pilot", "routine", "low"]
    assert [one.key for one in in_order(waiting)] == order


def test_each_priority_has_a_place_and_an_unknown_one_is_no_low_one() -> None:
    assert set(BY_PRIORITY) == set(Priority)
    assert BY_PRIORITY[Priority.UNKNOWN] == Place.ROUTINE < BY_PRIORITY[Priority.LOW]


def test_a_signed_study_stands_below_all_that_are_open() -> None:
    signed = replace(study("signed", Priority.STAT, 30), signed_at=NOON)
    assert [one.key for one in in_order([signed, study("low", Priority.LOW)])] == ["low", "signed"]


def test_images_after_the_signature_open_a_study_again_and_it_waits_from_then() -> None:
    signed = replace(study("a", minutes=60), signed_at=NOON - timedelta(minutes=30))
    again = replace(signed, reopened_at=NOON - timedelta(minutes=5))
    before = replace(signed, reopened_at=NOON - timedelta(minutes=45))
    assert (signed.is_signed, again.is_signed, before.is_signed) == (True, False, True)
    assert again.waiting_since == NOON - timedelta(minutes=5)
    assert before.waiting_since == NOON - timedelta(minutes=60)


@pytest.mark.parametrize(("minutes", "stays"), [(14, True), (15, False), (600, False)])
def test_a_signed_study_goes_after_a_while(minutes: int, stays: bool) -> None:
    signed = replace(study(), signed_at=NOON - timedelta(minutes=minutes))
    assert in_view(signed, NOON, KEEP) is stays


def test_an_open_study_stays_however_long_it_waits() -> None:
    assert in_view(study(minutes=100_000), NOON, KEEP)


def test_what_ai_finds_after_the_signature_is_kept_in_view() -> None:
    late = found(at=NOON - timedelta(minutes=1))
    signed = replace(study("a", Priority.LOW, 90, late), signed_at=NOON - timedelta(minutes=60))
    assert signed.found_after_signing
    assert in_view(signed, NOON, KEEP)
    unheard = replace(signed, said=(replace(late, orders=False),))
    assert not unheard.found_after_signing
    assert not in_view(unheard, NOON, KEEP)
