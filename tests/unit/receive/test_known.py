"""What may be answered before the database knows it: only what is surely new to a study that is coming in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.ids import storage_key
from collega.model.study import InstanceHeader, Patient, Role
from collega.receive.known import FRESH, MOST_STUDIES, KnownStudies
from collega.testing import records
from collega.testing.fakes import BEGINNING

pytestmark = pytest.mark.shows("R31")


def image(number: int, study: str = "1.2.1", **values: object) -> InstanceHeader:
    header = replace(records.header(), study_instance_uid=study, sop_instance_uid=f"{study}.{number}", role=Role.IMAGE)
    return replace(header, **values)  # type: ignore[arg-type] # values of that record


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def known(forgotten: list[str]) -> KnownStudies:
    known = KnownStudies(forgotten.append)
    known.learn(image(1), "study", {"1.2.1.1", "1.2.1.2"}, BEGINNING)
    return known


def test_a_new_image_of_a_known_study_is_surely_new_once(known: KnownStudies) -> None:
    assert known.claim(image(3), BEGINNING)
    assert not known.claim(image(3), BEGINNING)


def test_an_image_that_could_not_be_kept_may_come_again(known: KnownStudies) -> None:
    assert known.claim(image(3), BEGINNING)
    known.unclaim(image(3))
    assert known.claim(image(3), BEGINNING)


@pytest.mark.parametrize(
    "why",
    [
        lambda: image(1),
        lambda: image(3, study="1.2.9"),
        lambda: image(3, role=Role.DERIVED),
        lambda: image(3, patient=Patient(issuer="", patient_id="somebody else")),
    ],
    ids=["it is recorded", "its study is not known", "it is no image", "it is of another patient"],
)
def test_all_else_waits_for_the_database(known: KnownStudies, why: Callable[[], InstanceHeader]) -> None:
    assert not known.claim(why(), BEGINNING)


def test_what_was_known_long_ago_is_asked_again(known: KnownStudies) -> None:
    assert not known.claim(image(3), BEGINNING + FRESH + timedelta(seconds=1))


def test_old_studies_are_forgotten_but_none_of_which_something_waits(forgotten: list[str]) -> None:
    known = KnownStudies(forgotten.append)
    for number in range(MOST_STUDIES):
        known.learn(image(1, study=f"1.{number}"), f"key {number}", set(), BEGINNING)
    assert known.claim(image(2, study="1.0"), BEGINNING)
    for number in range(MOST_STUDIES, 2 * MOST_STUDIES):
        known.learn(image(1, study=f"1.{number}"), f"key {number}", set(), BEGINNING)
    assert "key 0" not in forgotten
    assert len(forgotten) == MOST_STUDIES
    known.recorded("1.0", 1)
    known.forget_all()
    assert "key 0" in forgotten


def test_what_is_no_longer_fresh_takes_no_memory(known: KnownStudies, forgotten: list[str]) -> None:
    known.learn(image(1, study="1.2.5"), "later", set(), BEGINNING + FRESH + timedelta(seconds=1))
    assert forgotten == ["study"]


@given(comes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=60))
def test_nothing_is_claimed_twice_in_whatever_order(comes: list[tuple[int, int]]) -> None:
    known = KnownStudies(lambda key: None)  # noqa: ARG005 - nothing hangs on it here
    for study in range(3):
        header = image(0, study=f"1.2.{study}")
        known.learn(header, storage_key(f"1.2.{study}"), {header.sop_instance_uid}, BEGINNING)
    claimed = [
        (study, number) for study, number in comes if known.claim(image(number, study=f"1.2.{study}"), BEGINNING)
    ]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == {(study, number) for study, number in comes if study < 3 and number > 0}
