"""Many who ask at one time are answered together: whoever comes while others are answered waits for the next round.

Alone, each would have all rows of a survey written anew; together they have it once. Nobody waits for company: where
nobody is answered, a round begins at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

Ask = TypeVar("Ask")
MOST_TOGETHER = 200


class Crowd(Generic[Ask]):
    """Gathers what is asked.

    Parameters
    ----------
    answer_all : callable
        Answers a round, in its order; an answer that is an exception is raised for whoever asked.
    """

    def __init__(self, answer_all: Callable[[Sequence[Ask]], Awaitable[Sequence[Any]]]) -> None:
        self._answer_all = answer_all
        self._waiting: list[tuple[Ask, asyncio.Future[Any]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def ask(self, ask: Ask) -> Any:  # noqa: ANN401 - each kind of ask has its own kind of answer
        """Ask, and wait for the answer."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        try:
            while self._waiting:
                now, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                for (_, waits), found in zip(now, await self._round([ask for ask, _ in now]), strict=True):
                    _give(waits, found)
        finally:
            self._rounds = None

    async def _round(self, asks: Sequence[Ask]) -> Sequence[Any]:
        try:
            return await self._answer_all(asks)
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            if len(asks) == 1:
                return [error]
        # One whom the database refuses takes nobody along.
        return [answer for ask in asks for answer in await self._round([ask])]


def _give(waits: asyncio.Future[Any], found: object) -> None:
    if waits.done():  # whoever asked has gone
        return
    if isinstance(found, Exception):
        waits.set_exception(found)
    else:
        waits.set_result(found)
