"""What can wait fits beside what cannot: places, limits of an app, graphics processors."""

from collections import Counter
from dataclasses import replace

import pytest

from collega.model.app import Manifest
from collega.model.runtime import HttpSpec, Runtime
from collega.run.leftover import Leftover, too_many
from collega.testing import records

pytestmark = pytest.mark.shows("R15", "R5")


def app(app_id: str, *, at_once: int | None = None, gpus: int = 0, remote: bool = False) -> Manifest:
    made = records.manifest(app_id)
    run = replace(made.run, at_once=at_once, gpus=gpus)
    if remote:
        run = replace(run, runtime=Runtime.HTTP, http=HttpSpec(url="http://127.0.0.1/"))
    return replace(made, run=run)


LINE = (app("bleed"), app("one", at_once=1), app("seg", gpus=1), app("far", remote=True))
ROOM = Leftover({item.id: item for item in LINE}, parallel=2, parallel_remote=3, gpus=2)
PLAIN, ONE, GPU, FAR = app("plain"), app("one", at_once=1), app("net", gpus=1), app("far", remote=True)
GREEDY = app("greedy", gpus=3)


@pytest.mark.parametrize(
    ("line", "runs", "fits"),
    [
        ({}, [PLAIN] * 8, True),
        ({"bleed": 1}, [PLAIN], True),
        ({"bleed": 1}, [PLAIN] * 2, False),
        ({"bleed": 2}, [PLAIN], False),
        ({"bleed": 9}, [], True),
        ({"one": 5}, [PLAIN], True),
        ({"unknown": 2}, [PLAIN], False),
        ({"far": 9}, [PLAIN] * 4, True),
        ({"far": 2}, [FAR], True),
        ({"far": 3}, [FAR], False),
        ({}, [ONE], True),
        ({}, [ONE, ONE], False),
        ({}, [ONE, PLAIN, PLAIN], True),
        ({"one": 1}, [ONE], False),
        ({}, [GPU, GPU], True),
        ({}, [GPU, GPU, GPU], False),
        ({"seg": 1}, [GPU], True),
        ({"seg": 2}, [GPU], False),
        ({"seg": 2}, [FAR], True),
        ({}, [GREEDY], True),
    ],
)
def test_what_fits(line: dict[str, int], runs: list[Manifest], *, fits: bool) -> None:
    assert ROOM.fits(line, runs) is fits


def test_the_limit_holds_for_two_versions_together() -> None:
    newer = replace(ONE, version="9.0.0")
    assert not ROOM.fits({}, [ONE, newer])
    assert ROOM.fits({}, [newer])


@pytest.mark.parametrize(
    ("line", "runs", "count"),
    [
        ({}, [PLAIN] * 3, 0),
        ({"bleed": 1}, [PLAIN] * 3, 2),
        ({"bleed": 5}, [PLAIN] * 3, 3),
        ({"bleed": 2}, [FAR, PLAIN], 1),
        ({"seg": 1}, [GPU, GPU], 1),
        ({"bleed": 5}, [], 0),
    ],
)
def test_the_latest_end_until_the_others_fit(line: dict[str, int], runs: list[Manifest], count: int) -> None:
    assert too_many(ROOM, Counter(line), runs) == count
