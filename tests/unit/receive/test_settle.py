"""When a study is all here: released, then quiet."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from collega.receive.settle import EVIDENCE, Settling

QUIET = 0.06


class Ends:
    """Takes note of each completion; ``answer`` may ask to look again."""

    def __init__(self, answer: Callable[[int], datetime | None] = lambda _: None) -> None:
        self._answer = answer
        self.began = time.monotonic()
        self.calls: list[tuple[str, str, float]] = []
        self.fails = 0

    async def complete(self, study_key: str, evidence: str) -> datetime | None:
        self.calls.append((study_key, evidence, time.monotonic() - self.began))
        if self.fails:
            self.fails -= 1
            raise ConnectionError
        return self._answer(len(self.calls))


def quiet(seconds: float = QUIET) -> timedelta:
    return timedelta(seconds=seconds)


async def test_a_study_is_complete_when_released_and_quiet() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.arrived("a", "study", quiet())
    await asyncio.sleep(3 * QUIET)
    assert ends.calls == [], "an open association may bring more"
    ends.began = time.monotonic()
    settling.released("a")
    await asyncio.sleep(3 * QUIET)
    ((key, evidence, after),) = ends.calls
    assert (key, evidence) == ("study", "association released")
    assert after >= QUIET - 0.005


async def test_the_longest_quiet_time_of_a_study_counts() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.arrived("a", "study", quiet(0.01))
    settling.arrived("a", "study", quiet(0.15))
    settling.arrived("a", "study", quiet(0.01))
    settling.released("a")
    await asyncio.sleep(0.08)
    assert ends.calls == []
    await asyncio.sleep(0.15)
    assert len(ends.calls) == 1


async def test_another_image_starts_the_quiet_time_anew() -> None:
    settling = Settling((ends := Ends()).complete)
    for name in "abc":
        settling.arrived(name, "study", quiet())
        settling.released(name)
        await asyncio.sleep(QUIET / 2)
    assert ends.calls == []
    await asyncio.sleep(2 * QUIET)
    assert len(ends.calls) == 1


async def test_all_associations_must_have_ended() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.arrived("a", "study", quiet())
    settling.arrived("b", "study", quiet())
    settling.released("a")
    await asyncio.sleep(2 * QUIET)
    assert ends.calls == []
    settling.released("b")
    await asyncio.sleep(2 * QUIET)
    assert len(ends.calls) == 1


async def test_an_association_that_moved_on_is_weaker_evidence() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.arrived("a", "first", quiet())
    settling.arrived("a", "second", quiet())
    await asyncio.sleep(QUIET * (EVIDENCE["association moved on"] - 1))
    assert ends.calls == []
    await asyncio.sleep(QUIET * 3)
    assert [(key, evidence) for key, evidence, _ in ends.calls] == [("first", "association moved on")]
    settling.released("a")
    await asyncio.sleep(2 * QUIET)
    assert ("second", "association released") in [call[:2] for call in ends.calls]


async def test_a_sender_that_interleaves_closes_no_study_early() -> None:
    settling = Settling((ends := Ends()).complete)
    for _ in range(6):
        for key in ("first", "second"):
            settling.arrived("a", key, quiet())
            await asyncio.sleep(QUIET)
    assert ends.calls == []


async def test_after_a_restart_a_study_is_taken_up() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.resume("study", quiet())
    await asyncio.sleep(2 * QUIET)
    assert [call[:2] for call in ends.calls] == [("study", "receiver restarted")]


async def test_an_image_after_a_restart_takes_over_the_watch() -> None:
    settling = Settling((ends := Ends()).complete)
    settling.arrived("a", "study", quiet())
    settling.resume("study", quiet())
    await asyncio.sleep(3 * QUIET)
    assert ends.calls == []


async def test_it_looks_again_when_asked_to() -> None:
    ends = Ends(lambda count: datetime.now(UTC) + quiet() if count == 1 else None)
    settling = Settling(ends.complete)
    settling.arrived("a", "study", quiet(0.01))
    settling.released("a")
    await asyncio.sleep(0.01 + 3 * QUIET)
    assert len(ends.calls) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_database_that_is_away_does_not_make_it_forget() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the failure is told there: expected
    ends = Ends()
    ends.fails = 1
    settling = Settling(ends.complete)
    settling.arrived("a", "study", quiet(0.01))
    settling.released("a")
    await asyncio.sleep(1.2)
    assert len(ends.calls) == 2


async def test_an_image_that_comes_while_it_is_being_closed_is_not_forgotten() -> None:
    """The new image comes and its association ends while the first look is still under way."""
    look, looked = asyncio.Event(), []

    async def slow(study_key: str, evidence: str) -> datetime | None:
        looked.append((study_key, evidence))
        if len(looked) == 1:
            await look.wait()
            return None
        return datetime.now(UTC) + quiet() if len(looked) == 2 else None

    settling = Settling(slow)
    settling.arrived("a", "study", quiet(0.01))
    settling.released("a")
    await asyncio.sleep(0.04)
    settling.arrived("b", "study", quiet())
    settling.released("b")
    look.set()
    await asyncio.sleep(5 * QUIET)
    assert len(looked) == 3, "the second look asked for a third"
