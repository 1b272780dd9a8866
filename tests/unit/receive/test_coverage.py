"""The studies of the PACS held against those that came."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.coverage import (
    OPEN_SIGHTINGS,
    Certainty,
    Here,
    PacsSeries,
    PacsStudy,
    Sighting,
    SightingState,
)
from collega.receive.coverage import Answer, compare, counted, needs_series
from collega.testing.records import AT

GRACE = timedelta(minutes=10)
YES: Mapping[str, Certainty] = {"finder": Certainty.YES}
S = SightingState


def study(uid: str = "1", *, at: datetime | None = AT, instances: int | None = 2) -> PacsStudy:
    return PacsStudy(
        study_instance_uid=uid,
        accession_number=f"ACC-{uid}",
        study_date="20260302",
        study_at=at,
        modalities=("CR",),
        attributes={},
        instances=instances,
    )


def series(uid: str = "s", instances: int | None = 2) -> PacsSeries:
    return PacsSeries(series_instance_uid=uid, attributes={"modality": "CR"}, instances=instances)


def here(uid: str = "1", *, apps: Sequence[str] = ("finder",), count: int = 2, routed: bool = True) -> Here:
    return Here(study_instance_uid=uid, routed=routed, last_received_at=AT, apps=frozenset(apps), series={"s": count})


def sighting(state: SightingState, uid: str = "1", **values: object) -> Sighting:
    made = Sighting(
        study_instance_uid=uid,
        accession_number=f"ACC-{uid}",
        modalities=("CR",),
        study_at=AT,
        first_seen_at=AT,
        state=state,
        apps=YES,
        pacs_instances=2,
        missed_at=AT if state in {S.MISSING, S.FETCHED, S.ARRIVED} else None,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def one(
    seen: PacsStudy | None = None,
    found: Here | None = None,
    before: Sighting | None = None,
    *,
    asked: PacsSeries | None = None,
    apps: Mapping[str, Certainty] = YES,
    minutes: float = 60,
) -> Sighting | None:
    """Compare one study with what is known of it."""
    seen = seen or study()
    answer = Answer(
        studies=[seen],
        series={seen.study_instance_uid: [asked]} if asked else {},
        told=frozenset(),
        first_day="20260301",
    )
    made = compare(
        answer,
        {found.study_instance_uid: found} if found else {},
        {before.study_instance_uid: before} if before else {},
        lambda _study, _series: apps,
        now=AT + timedelta(minutes=minutes),
        grace=GRACE,
    )
    return made[0] if made else None


def state(*arguments: object, **values: object) -> SightingState | None:
    found = one(*arguments, **values)  # type: ignore[arg-type]
    return found.state if found else None


@pytest.mark.shows("R31")
def test_a_study_that_never_came_is_missing_once_it_has_had_its_time() -> None:
    assert state(minutes=5) is S.ON_ITS_WAY
    missing = one(minutes=10)
    assert missing is not None
    assert (missing.state, missing.missed_at) == (S.MISSING, AT + timedelta(minutes=10))
    assert state(None, here()) is S.RECEIVED
    assert state(study(at=None), minutes=60) is S.ON_ITS_WAY, "without a time its age counts from the first sight"
    assert state(study(at=None), before=sighting(S.ON_ITS_WAY, study_at=None), minutes=10) is S.MISSING


@pytest.mark.shows("R31")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (S.ON_ITS_WAY, S.RECEIVED),
        (S.MISSING, S.ARRIVED),
        (S.FETCHED, S.FETCHED),
        (S.ARRIVED, S.ARRIVED),
        (S.NOT_WANTED, S.RECEIVED),
        (S.RECEIVED, S.RECEIVED),
    ],
)
def test_what_came_is_closed_as_what_it_is(before: SightingState, after: SightingState) -> None:
    closed = one(None, here(), sighting(before))
    assert closed is not None
    assert closed.state is after
    assert closed.closed_at is not None


@pytest.mark.shows("R31")
def test_what_no_app_accepts_is_not_missed() -> None:
    assert one(apps={}) is None
    assert state(before=sighting(S.MISSING), apps={}) is S.NOT_WANTED
    assert one(None, here(apps=())) is None, "routing has looked at it and no app wanted it"
    assert state(None, here(apps=()), sighting(S.FETCHED)) is S.NOT_WANTED


@pytest.mark.shows("R31")
def test_what_was_here_and_was_removed_is_not_missing() -> None:
    assert state(before=sighting(S.RECEIVED), minutes=6000) is S.RECEIVED


@pytest.mark.shows("R31")
def test_a_study_in_part_is_incomplete_until_the_rest_is_here() -> None:
    assert state(None, here(count=1), asked=series(instances=2)) is S.INCOMPLETE
    assert state(None, here(count=1), asked=series(instances=2), minutes=5) is S.RECEIVED
    assert state(None, here(count=1), asked=series("another", 1)) is S.INCOMPLETE
    assert state(None, here(count=2), asked=series(instances=2)) is S.RECEIVED
    assert state(None, here(count=1), asked=series(instances=None)) is S.RECEIVED
    assert state(None, here(count=2), sighting(S.INCOMPLETE), asked=series(instances=2)) is S.RECEIVED
    coming = replace(here(count=1), last_received_at=AT + timedelta(minutes=55))
    assert state(None, coming, asked=series(instances=2)) is S.RECEIVED, "it is coming in at this moment"
    assert state(None, here(count=2), sighting(S.INCOMPLETE)) is S.INCOMPLETE, "not asked again: not known"


def test_series_are_asked_for_only_where_they_can_tell_something() -> None:
    assert needs_series(study(), None, None)
    assert not needs_series(study(), here(), sighting(S.RECEIVED))
    assert needs_series(study(instances=3), here(), sighting(S.RECEIVED))
    assert needs_series(study(), here(), sighting(S.INCOMPLETE))
    assert not needs_series(study(), None, sighting(S.MISSING))
    assert needs_series(study(), None, sighting(S.MISSING, apps={"finder": Certainty.MAYBE}))


@pytest.mark.shows("R31")
def test_open_studies_that_the_pacs_did_not_name() -> None:
    known = {
        "came": sighting(S.MISSING, "came"),
        "gone": sighting(S.MISSING, "gone"),
        "old": sighting(S.MISSING, "old", study_at=AT - timedelta(days=9)),
        "closed": sighting(S.RECEIVED, "closed"),
    }
    answer = Answer(studies=[], series={}, told=frozenset(), first_day="20260301")
    found = compare(answer, {"came": here("came")}, known, lambda *_: YES, now=AT, grace=GRACE)
    states = {item.study_instance_uid: item.state for item in found}
    assert states == {"came": S.ARRIVED, "gone": S.NOT_WANTED}, "what is too old to be asked for stays as it is"


@pytest.mark.shows("R31")
def test_what_is_in_doubt_is_counted_apart() -> None:
    doubt = {"finder": Certainty.MAYBE}
    made = [
        sighting(S.MISSING, "1"),
        sighting(S.MISSING, "2", apps=doubt),
        sighting(S.RECEIVED, "3"),
        sighting(S.INCOMPLETE, "4"),
        sighting(S.ON_ITS_WAY, "5"),
        sighting(S.NOT_WANTED, "6"),
    ]
    done = counted(made, AT, Answer(studies=[study()], series={}, told=frozenset({"sex"}), first_day="20260301"))
    assert (done.eligible, done.received, done.missing, done.maybe, done.incomplete) == (4, 2, 1, 1, 1)
    assert (done.answered, done.studies, done.told) == (True, 1, frozenset({"sex"}))


STEPS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(1, 30)), min_size=1, max_size=12)


@pytest.mark.shows("R31")
@given(STEPS)
def test_a_study_that_an_app_accepts_is_never_lost_from_sight(steps: list[tuple[bool, bool, bool, int]]) -> None:
    """Whatever is named, wanted and received, in any order: a wanted study is always in exactly one state."""
    known: dict[str, Sighting] = {}
    now, came = AT, False
    for is_named, is_wanted, comes, minutes in steps:
        now += timedelta(minutes=minutes)
        came = came or comes
        apps = YES if is_wanted else {}
        answer = Answer(studies=[study()] if is_named else [], series={}, told=frozenset(), first_day="20260301")
        held = {"1": here(routed=False)} if came else {}
        for item in compare(answer, held, known, lambda *_, apps=apps: apps, now=now, grace=GRACE):
            known[item.study_instance_uid] = item
        if is_named and is_wanted:
            found = known["1"].state
            is_young = now - AT < GRACE
            allowed = {S.RECEIVED, S.ARRIVED} if came else {S.ON_ITS_WAY} if is_young else {S.MISSING}
            assert found in allowed
        for item in known.values():
            assert (item.closed_at is None) == (item.state in OPEN_SIGHTINGS)
            assert item.missed_at is not None or item.state is not S.MISSING
