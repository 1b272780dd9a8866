"""Who may start: no app keeps another waiting, no limit is passed, nothing waits for what will never be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.app import Manifest
from collega.model.runtime import HttpSpec, Runtime
from collega.run.slots import Slots
from collega.testing import records


def app(app_id: str, *, at_once: int | None = None, gpus: int = 0, remote: bool = False) -> Manifest:
    made = records.manifest(app_id)
    run = replace(made.run, at_once=at_once, gpus=gpus)
    if remote:
        run = replace(run, runtime=Runtime.HTTP, http=HttpSpec(url="http://127.0.0.1/"))
    return replace(made, run=run)


def slots(*apps: Manifest, parallel: int = 2, remote: int = 4, gpus: int = 1) -> Slots:
    return Slots({item.id: item for item in apps}, parallel=parallel, parallel_remote=remote, gpus=gpus)


@pytest.mark.shows("R5", "R66")
def test_an_app_that_hangs_on_every_place_keeps_no_other_waiting() -> None:
    places = slots(app("hangs"), app("bleed"), app("fracture"))
    places.take("hangs")
    assert places.closed() == []
    places.take("hangs")
    assert places.closed() == ["hangs"]
    places.take("bleed")
    assert places.closed() == ["bleed", "hangs"]
    places.release("hangs")
    places.release("hangs")
    assert places.closed() == []


@pytest.mark.shows("R66")
def test_a_limit_of_an_app_holds_where_places_are_free() -> None:
    places = slots(app("one", at_once=1), app("other"), parallel=8)
    places.take("one")
    assert places.closed() == ["one"]


@pytest.mark.shows("R66")
def test_those_that_wait_for_another_machine_take_no_place_to_compute() -> None:
    places = slots(app("cloudless", remote=True), app("bleed"), parallel=1, remote=3)
    for _ in range(3):
        places.take("cloudless")
    places.take("bleed")
    assert places.closed() == ["bleed", "cloudless"]
    places.release("bleed")
    assert places.closed() == ["cloudless"]


@pytest.mark.shows("R66")
def test_graphics_processors_are_given_once() -> None:
    places = slots(app("nets", gpus=1), app("net", gpus=1), app("plain"), parallel=8, gpus=1)
    places.take("nets")
    assert places.closed() == ["net", "nets"]
    places.release("nets")
    assert places.closed() == []


@pytest.mark.shows("R25")
def test_an_app_that_asks_for_more_processors_than_there_are_starts_to_be_refused() -> None:
    assert slots(app("greedy", gpus=3), gpus=1).closed() == []


@pytest.mark.shows("R25")
def test_an_app_that_is_gone_is_counted_all_the_same() -> None:
    places = slots(app("bleed"), parallel=1)
    places.take("gone")
    assert places.closed() == ["gone"]
    places.release("gone")
    assert places.closed() == []


APPS = [
    app("a"),
    app("b", at_once=2),
    app("c", gpus=1),
    app("d", gpus=2, at_once=1),
    app("e", remote=True),
    app("f", remote=True, at_once=1),
]
STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from([item.id for item in APPS])), max_size=60)


@pytest.mark.shows("R66")
@given(STEPS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 3))
def test_no_order_of_events_passes_a_limit(
    steps: list[tuple[bool, str]], parallel: int, remote: int, gpus: int
) -> None:
    places = slots(*APPS, parallel=parallel, remote=remote, gpus=gpus)
    by_id = {item.id: item.run for item in APPS}
    running: list[str] = []
    for begins, app_id in steps:
        if begins and app_id not in places.closed():
            places.take(app_id)
            running.append(app_id)
        elif not begins and app_id in running:
            places.release(app_id)
            running.remove(app_id)
        for item in APPS:
            count = running.count(item.id)
            assert count <= (item.run.at_once or 99)
            if not count and not item.run.gpus:
                assert item.id not in places.closed()
        for is_remote, most in ((False, parallel), (True, remote)):
            kind = [name for name in running if by_id[name].is_remote is is_remote]
            assert len(kind) <= most + len(set(kind)) - 1 or not kind
        fitting = [name for name in running if by_id[name].gpus <= gpus]
        assert sum(by_id[name].gpus for name in fitting) <= gpus
