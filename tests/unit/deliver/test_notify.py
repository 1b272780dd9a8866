"""Telling a peer what is in the PACS: when all is there, once for each set, again while it is away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from collega.model.delivery import SendOutcome
from collega.model.policy import AvailabilityPolicy
from collega.pipeline import find_forgotten
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
pytestmark = pytest.mark.shows("R31", "R59")
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"
RULES = AvailabilityPolicy(peer="RIS", retry_first=timedelta(seconds=5), retry_most=timedelta(minutes=10))


def told_house(house: Make) -> House:
    here = house()
    here.policy = replace(here.policy, availability=RULES)
    return here


async def result(here: House, seed: int = 1) -> None:
    await here.receive(film(seed))
    await here.answer()


def kinds(here: House) -> list[str]:
    return [event.kind for event in here.store.memory.events if event.kind.startswith("availability")]


async def test_a_peer_is_told_once_of_all_that_is_there(house: Make) -> None:
    here = told_house(house)
    await result(here)
    await here.work(timedelta(hours=1))
    (said,) = here.told.heard
    assert {item.sop_instance_uid for item in said.objects} == {
        item.object.reference.sop_instance_uid for item in here.deliveries
    }
    assert said.retrieve_aet == "PACS"
    assert kinds(here) == ["availability_told"]


async def test_nobody_is_told_of_what_the_pacs_does_not_show(house: Make) -> None:
    here = told_house(house)
    here.sink.hides = True
    await result(here)
    await here.work(timedelta(hours=1))
    assert here.told.heard == []
    here.sink.hides = False
    await here.work(timedelta(hours=1))
    assert len(here.told.heard) == 1


async def test_it_waits_for_the_rest_and_tells_of_less_where_the_rest_is_refused(house: Make) -> None:
    here = told_house(house)
    here.sink.answers[SR_CLASS] = SendOutcome.LATER
    await result(here)
    await here.work(timedelta(minutes=1))
    assert here.told.heard == []
    here.sink.answers = dict.fromkeys((SR_CLASS, "1.2.840.10008.5.1.4.1.1.88.33"), SendOutcome.REFUSED)
    await here.work(timedelta(hours=1))
    (said,) = here.told.heard
    assert [item.sop_class_uid for item in said.objects] == ["1.2.840.10008.5.1.4.1.1.7"]


async def test_a_peer_that_is_away_is_told_later_and_ever_less_often_tried(house: Make) -> None:
    here = told_house(house)
    here.told.away = True
    for seed in (1, 2, 3):
        await result(here, seed)
        await here.work()
    await here.work(timedelta(hours=1))
    failures = [event for event in here.store.memory.events if event.kind == "destination_unreachable"]
    assert 5 <= len(failures) <= 14
    here.told.away = False
    here.store.memory.steps = [step for step in here.store.memory.steps if step.step != "notify"]
    await find_forgotten(here.world())
    await here.work(timedelta(minutes=11))
    assert len(here.told.heard) == 3
    assert here.store.memory.links["ian:RIS"] == (0, None)


async def test_a_refusal_is_told_and_not_repeated(house: Make) -> None:
    here = told_house(house)
    here.told.refuses = True
    await result(here)
    await here.work(timedelta(hours=2))
    assert kinds(here) == ["availability_refused"]
