"""A crowd is answered in rounds: each its own answer, one that is refused takes nobody along, none is forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from collega.bootstrap.survey.crowd import MOST_TOGETHER, Crowd
from collega.errors import InputError

pytestmark = pytest.mark.shows("R11", "R29")


async def test_who_comes_while_others_are_answered_shares_the_next_round() -> None:
    rounds: list[Sequence[int]] = []

    async def answer_all(asks: Sequence[int]) -> list[int]:
        rounds.append(asks)
        await asyncio.sleep(0.01)
        return [10 * one for one in asks]

    crowd: Crowd[int] = Crowd(answer_all)
    assert await crowd.ask(7) == 70  # alone: at once
    everybody = range(MOST_TOGETHER + 50)
    assert await asyncio.gather(*(crowd.ask(one) for one in everybody)) == [10 * one for one in everybody]
    assert [len(one) for one in rounds] == [1, MOST_TOGETHER, 50]


async def test_one_whom_the_database_refuses_takes_nobody_along() -> None:
    async def answer_all(asks: Sequence[int]) -> list[object]:
        await asyncio.sleep(0)
        if 3 in asks:
            message = "down"
            raise ConnectionError(message)
        return [InputError("no answer") if one == 1 else one for one in asks]

    crowd: Crowd[int] = Crowd(answer_all)
    found = await asyncio.gather(*(crowd.ask(one) for one in range(5)), return_exceptions=True)
    assert [found[0], found[2], found[4]] == [0, 2, 4]
    assert (type(found[1]), type(found[3])) == (InputError, ConnectionError)
    assert await crowd.ask(6) == 6


async def test_who_has_gone_keeps_nobody_waiting() -> None:
    async def answer_all(asks: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.01)
        return list(asks)

    crowd: Crowd[int] = Crowd(answer_all)
    gone, stays = (asyncio.create_task(crowd.ask(one)) for one in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 2
    assert gone.cancelled()
