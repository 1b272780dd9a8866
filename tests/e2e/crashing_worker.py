"""A real worker that is killed at one chosen point of one step, on its first passage there.

With the arguments ``STUDY_UID STEP TRANSACTION before|after`` it kills itself (SIGKILL) before or
after the commit of that transaction of that step, counted from 1, when the step works on that study.
Everything else is what ``collega serve --role worker`` does.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from collega.adapters.postgres.engine import Engine
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.line.working import build_world, slots
from collega.bootstrap.site import database
from collega.config import Settings, load
from collega.pipeline import find_forgotten, give_up, steps


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where the worker is to die."""

    study: str
    step: str
    transaction: int
    moment: str


@dataclass(kw_only=True)
class Passage:
    """One run of the chosen step: its transactions, and those since it works on the chosen study."""

    arguments: Mapping[str, object]
    all_transactions: int = 0
    transactions: int = 0


PASSAGE: ContextVar[Passage | None] = ContextVar("passage", default=None)


class CrashingStore(PostgresStore):
    """A store whose commits can be the last thing that this process does."""

    def __init__(self, url: str, settings: Settings, point: Point) -> None:
        super().__init__(url, settings.default_stage)
        self._point = point

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction; count it where it belongs to the chosen passage."""
        passage = PASSAGE.get()
        async with super().transaction() as transaction:
            is_chosen = passage is not None and await self._is_chosen(transaction, passage)
            yield transaction
            self._die(is_chosen=is_chosen, moment="before")
        self._die(is_chosen=is_chosen, moment="after")

    async def _is_chosen(self, transaction: PostgresTransaction, passage: Passage) -> bool:
        # Each step reads first and writes then, one after the other: only a reading one begins a passage.
        passage.all_transactions += 1
        begins = passage.all_transactions % 2 == 1
        if passage.transactions or (begins and await concerns(transaction, passage.arguments, self._point.study)):
            passage.transactions += 1
        return passage.transactions == self._point.transaction

    def _die(self, *, is_chosen: bool, moment: str) -> None:
        if is_chosen and self._point.moment == moment:
            os.kill(os.getpid(), signal.SIGKILL)


async def concerns(transaction: PostgresTransaction, arguments: Mapping[str, object], study_uid: str) -> bool:
    """Whether a step works on the chosen study."""
    if "pacs" in arguments:
        due = await transaction.rows(
            "SELECT 1 FROM delivery d JOIN result_object o USING (sop_instance_uid) "
            "WHERE o.study_instance_uid = %s AND d.next_at <= now()",
            (study_uid,),
        )
        return bool(due)
    job = await transaction.job(str(arguments["job_key"])) if "job_key" in arguments else None
    study = await transaction.study(job.study_key if job else str(arguments.get("study_key")))
    return study is not None and study.study_instance_uid == study_uid


def marked(step: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Mark the passages of the chosen step."""

    async def passing(**arguments: object) -> None:
        token = PASSAGE.set(Passage(arguments=arguments))
        try:
            await step(**arguments)
        finally:
            PASSAGE.reset(token)

    return passing


async def work(settings: Settings, url: str, point: Point) -> None:
    """Be a worker until the chosen point."""
    store = CrashingStore(url, settings, point)
    await store.open()
    world, runner = build_world(settings, store)
    runner.start()

    async def surrender(step: str, arguments: Mapping[str, object], error: Exception) -> None:
        await give_up(world, step, arguments, error)

    async def look_round() -> None:
        await find_forgotten(world)

    bound = steps(world)
    bound[point.step] = marked(bound[point.step])
    engine = Engine(store.engine, bound, surrender, look_round=look_round, places=slots(settings, world))
    await engine.run(asyncio.Event())


def main() -> None:
    """Read the point from the command line, then work."""
    study, step, transaction, moment = sys.argv[1:]
    point = Point(study=study, step=step, transaction=int(transaction), moment=moment)
    settings = load()
    with database(settings, migrates=False) as url:
        asyncio.run(work(settings, url, point))
