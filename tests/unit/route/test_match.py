"""Which app gets which images, why, and when its input counts as changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.app import RUNNING_STAGES, Stage
from collega.model.study import Instance, Role
from collega.route.match import Guards, Match, input_digest, match
from collega.testing import records
from collega.testing.records import AT

YEAR = timedelta(days=365)


def guards(*, now: datetime = AT, age: timedelta | None = YEAR, today: int = 0) -> Guards:
    return Guards(now=now, max_study_age=age, jobs_today=today)


def held(images: list[Instance], stage: Stage = Stage.LIVE, around: Guards | None = None, **manifest: Any) -> Match:
    study = records.study(images[0].header)
    return match(study, images, records.manifest(**manifest), stage, around or guards())


FILM = records.instance(records.header("1"))
LATERAL = records.instance(records.header("2", attributes={**records.FILM, "view_position": "LL"}))
REPORT = records.instance(records.header("3", role=Role.DERIVED))


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.shows("R32")
def test_only_some_stages_run(stage: Stage) -> None:
    found = held([FILM], stage)
    assert found.accepted is (stage in RUNNING_STAGES)
    assert found.accepted or f"its stage here is {stage}" in found.reasons[0]


def test_an_old_study_goes_to_no_app() -> None:
    found = held([FILM], around=guards(now=AT + YEAR + timedelta(seconds=1)))
    assert not found.accepted
    assert "max_study_age" in found.reasons[0]
    assert held([FILM], around=guards(now=AT + YEAR)).accepted
    assert held([FILM], around=guards(now=AT + 20 * YEAR, age=None)).accepted, "the guard is off"


def test_an_app_may_want_younger_studies_but_never_older() -> None:
    later = guards(now=AT + timedelta(days=3))
    assert not held([FILM], around=later, max_study_age_days=2).accepted
    assert held([FILM], around=later, max_study_age_days=4).accepted
    much_later = guards(now=AT + timedelta(days=500))
    assert not held([FILM], around=much_later, max_study_age_days=1000).accepted, "the site's limit stands"


def test_the_age_of_a_study_is_held_against_utc() -> None:
    """A study of 23:30 in Amsterdam on the day before summer time is an hour and a half old at 00:00 UTC."""
    made = records.header(study_at=datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    images = [records.instance(made)]
    limit = timedelta(hours=1.5)
    assert held(images, around=guards(now=datetime(2026, 3, 29, 0, 0, tzinfo=UTC), age=limit)).accepted
    assert not held(images, around=guards(now=datetime(2026, 3, 29, 0, 1, tzinfo=UTC), age=limit)).accepted


def test_a_daily_cap_stops_an_app() -> None:
    assert held([FILM], around=guards(today=4), daily_cap=5).accepted
    full = held([FILM], around=guards(today=5), daily_cap=5)
    assert not full.accepted
    assert "daily cap of 5" in full.reasons[0]


def test_every_stop_is_told() -> None:
    found = held([FILM], Stage.OFF, guards(now=AT + 2 * YEAR, today=9), daily_cap=5, accepts={"modality": ["CT"]})
    words = "\n".join(found.reasons)
    for word in ("stage", "max_study_age", "daily cap", "no: modality one of ['CT'], here: CR"):
        assert word in words


def test_reasons_show_what_was_found() -> None:
    found = held([FILM, LATERAL], accepts={"modality": ["CR"], "view": ["PA"]})
    assert found.inputs == (FILM.header.sop_instance_uid,)
    assert found.reasons == (
        "yes: modality one of ['CR'], here: CR; 2 of 2 images",
        "yes: view one of ['PA'], here: LL, PA; 1 of 2 images",
    )


def test_a_missing_value_is_named_so() -> None:
    bare = records.instance(records.header(attributes={"modality": "CR"}))
    found = held([bare], accepts={"modality": ["CR"], "body_part": ["CHEST"]})
    assert found.reasons[-1] == "no: body_part one of ['CHEST'], here: (missing)"


def test_derived_objects_reach_no_app() -> None:
    assert held([FILM, REPORT]).inputs == (FILM.header.sop_instance_uid,)
    assert held([REPORT]).reasons == ("no: the study holds no images",)


def digest(images: list[Instance], **manifest: Any) -> str:
    return input_digest(held(images, **manifest), images, records.manifest(**manifest))


FRONTAL: dict[str, Any] = {"modality": ["CR"], "view": ["PA"]}
CHANGES = {
    "another accepted image": ([FILM, records.instance(records.header("9"))], True),
    "an image that the app does not get": ([FILM, LATERAL], False),
    "a report": ([FILM, REPORT], False),
    "other pixels": ([replace(FILM, header=replace(FILM.header, pixel_digest=b"x"))], True),
    "a corrected header": ([replace(FILM, header=replace(FILM.header, header_digest=b"x"))], True),
    "a later arrival": ([replace(FILM, received_at=AT + timedelta(days=1), revision=2)], False),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_an_app_runs_again_only_where_its_own_input_changed(name: str) -> None:
    images, differs = CHANGES[name]
    assert (digest(images, accepts=FRONTAL) != digest([FILM], accepts=FRONTAL)) is differs


def test_a_new_version_of_an_app_has_a_new_input() -> None:
    assert digest([FILM]) != digest([FILM], version="1.0.1") != digest([FILM], id="other")


POOL = [
    records.instance(records.header(str(number), attributes={**records.FILM, "view_position": view}))
    for number, view in enumerate(["PA", "PA", "LL", "LL", None, "PA"])
]


@given(one=st.lists(st.sampled_from(range(6)), unique=True), two=st.lists(st.sampled_from(range(6)), unique=True))
def test_the_digest_is_a_function_of_the_accepted_images(one: list[int], two: list[int]) -> None:
    first, second = [POOL[number] for number in one], [POOL[number] for number in two]
    if not first or not second:
        return
    accepted = [set(held(images, accepts=FRONTAL).inputs) for images in (first, second)]
    same = digest(first, accepts=FRONTAL) == digest(second, accepts=FRONTAL)
    assert same is (accepted[0] == accepted[1]), "neither order nor what the app does not get matters"
