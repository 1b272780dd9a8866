"""The board kept between questions gives what a board from nothing gives, whatever has changed meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.read.test_words import NOW, ZONE, app, entry
from tests.unit.read.test_worklist import KEEP, NOON, studies

from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.read.board import AppLine
from collega.read.kept_order import KeptOrder
from collega.read.kept_words import KeptWords
from collega.read.shown import Reader, shown
from collega.read.worklist import Candidate, in_order, in_view

changes = st.lists(st.tuples(studies, st.booleans()), max_size=30)
lines = st.lists(
    st.builds(
        app,
        outcome=st.none() | st.sampled_from(Outcome),
        state=st.none() | st.sampled_from(JobState),
        expected_at=st.integers(-300, 300).map(lambda seconds: NOW + timedelta(seconds=seconds)),
        unavailable_since=st.none() | st.just(NOW - timedelta(hours=3)),
    ),
    max_size=3,
)
# A quarter of an hour around a midnight and around noon.
seconds = st.lists(st.integers(-200, 900) | st.integers(35_500, 36_500), min_size=1, max_size=6)


@pytest.mark.shows("R65", "R66")
@given(
    st.lists(studies, unique_by=lambda study: study.key, max_size=12),
    changes,
    st.integers(0, 5) | st.just(10**30),
    st.integers(0, 9),
)
def test_after_any_changes_the_kept_order_is_the_one_from_nothing(
    first: list[Candidate], later: list[tuple[Candidate, bool]], offset: int, limit: int
) -> None:
    kept, real = KeptOrder(first), {study.key: study for study in first}
    for study, is_gone in later:
        kept.put(study.key, None if is_gone else study)
        real.pop(study.key, None)
        if not is_gone:
            real[study.key] = study
    wanted = [study for study in in_order(real.values()) if in_view(study, NOON, KEEP)]
    assert kept.part(NOON, KEEP, limit, offset) == wanted[offset : offset + limit]
    assert kept.studies == real
    assert not kept.differing(KeptOrder(real.values()))


@given(st.lists(studies, unique_by=lambda study: study.key, min_size=1, max_size=6))
def test_what_differs_is_named(some: list[Candidate]) -> None:
    changed = replace(some[0], received_at=some[0].received_at - timedelta(seconds=1))
    assert KeptOrder(some).differing(KeptOrder([changed, *some[1:]])) == {some[0].key}
    assert KeptOrder(some).differing(KeptOrder(some[1:])) == {some[0].key}
    assert KeptOrder(some[1:]).differing(KeptOrder(some)) == {some[0].key}


@pytest.mark.shows("R65", "R66")
@given(lines, seconds, st.sampled_from(["nl", "en"]))
def test_kept_words_are_those_that_would_be_written_now(apps: list[AppLine], later: list[int], language: str) -> None:
    words, line = KeptWords(), entry(*apps)
    for moment in sorted(later):
        reader = Reader(language=language, zone=ZONE, now=NOW + timedelta(seconds=moment))
        assert words.of([line], reader) == [shown(line, reader)]


def test_a_line_that_has_changed_has_new_words() -> None:
    words, reader = KeptWords(), Reader(language="en", zone=ZONE, now=NOW)
    before, after = entry(app()), entry(app(Outcome.FOUND))
    assert words.of([before], reader) == [shown(before, reader)]
    assert words.of([after], reader) == [shown(after, reader)]
