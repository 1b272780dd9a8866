"""The board kept between questions, on a real database: it gives what is there, and says when it did not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from structlog.testing import capture_logs

from collega.bootstrap.reading.board import BoardContext, Part, entries
from collega.bootstrap.reading.kept_board import KeptBoard
from collega.model.app import Stage
from collega.model.finding import Evaluation
from collega.model.job import Event
from collega.model.study import Priority
from collega.read.board import Entry
from tests.contract.conftest import RealBench
from tests.contract.test_board import CONTEXT, FINDER, NOW, SECOND, add_study, answer, key, note, stage

ALL = Part(limit=50)
# Nobody is told of this: what a fault would look like.
UNTOLD = "UPDATE study SET priority = 'stat' WHERE study_key = %s RETURNING study_key"


async def real_board(real: RealBench, context: BoardContext = CONTEXT) -> list[Entry]:
    async with real.transaction() as transaction:
        return await entries(transaction, context, NOW, ALL)


@asynccontextmanager
async def hearing(board: KeptBoard) -> AsyncIterator[None]:
    """Listen for the block."""
    async with board.listening() as changes:

        async def listen() -> None:
            async for _ in changes:
                pass

        task = asyncio.create_task(listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def settled(real: RealBench, board: KeptBoard, context: BoardContext = CONTEXT) -> None:
    """Wait until the notice of the last change is here; the kept board must then be the real one."""
    wanted = await real_board(real, context)
    for _ in range(150):
        if await board.entries(NOW, ALL) == wanted:
            return
        await asyncio.sleep(0.02)
    assert await board.entries(NOW, ALL) == wanted


async def told(real: RealBench, name: str, kind: str = "normalised") -> None:
    async with real.transaction() as transaction:
        await transaction.add_event(Event(kind=kind, at=NOW, study_key=key(name)))


async def some(real: RealBench, count: int = 4) -> list[str]:
    await stage(real, FINDER, Stage.LIVE)
    await stage(real, SECOND, Stage.LIVE)
    names = [f"S{number}" for number in range(count)]
    async with real.transaction() as transaction:
        for number, name in enumerate(names):
            await add_study(transaction, name, minutes=number)
    return names


@pytest.mark.shows("R25", "R65", "R66")
async def test_whatever_happens_the_kept_board_is_the_real_one(real: RealBench) -> None:
    names = await some(real)
    board = KeptBoard(real.store, CONTEXT)
    async with hearing(board):
        await settled(real, board)
        async with real.transaction() as transaction:
            await answer(transaction, names[3])
            await transaction.add_event(Event(kind="normalised", at=NOW, study_key=key(names[3])))
        await settled(real, board)
        assert (await board.entries(NOW, ALL))[0].order.key == key(names[3]), "AI has raised it"
        async with real.transaction() as transaction:
            await add_study(transaction, "new", minutes=9)
            await answer(transaction, "new", SECOND, Evaluation.ABSENT)
            await transaction.set_priority(key(names[2]), Priority.STAT, "order")
            await transaction.add_event(Event(kind="normalised", at=NOW, study_key=key("new")))
            await transaction.add_event(Event(kind="routed", at=NOW, study_key=key(names[2])))
        await settled(real, board)
        for kind in ("opened", "signed", "reopened", "unsigned"):
            await note(real, names[1], kind, 20)
            await settled(real, board)
        async with real.transaction() as transaction:
            (job,) = await transaction.jobs_of(key(names[3]))
            await transaction.supersede(job.key, NOW)
            await transaction.add_event(Event(kind="superseded", at=NOW, study_key=key(names[3])))
        await settled(real, board)
        assert await board.check(NOW, late_s=0) == 0


@pytest.mark.shows("R32")
async def test_a_change_of_stage_or_of_an_app_makes_all_of_it_anew(real: RealBench) -> None:
    names = await some(real)
    apps = {FINDER.id: FINDER, SECOND.id: SECOND}
    context = replace(CONTEXT, catalogue=apps)
    async with real.transaction() as transaction:
        await answer(transaction, names[3])
    board = KeptBoard(real.store, context)
    async with hearing(board):
        assert (await board.entries(NOW, ALL))[0].order.key == key(names[3])
        await stage(real, FINDER, Stage.SHADOW)
        shadowed = await board.entries(NOW, ALL)  # at once: the stage is asked for at each question
        assert [entry.order.key for entry in shadowed] == [key(name) for name in names]
        assert not any(entry.apps for entry in shadowed)
        await stage(real, FINDER, Stage.LIVE)
        apps[FINDER.id] = replace(
            FINDER, findings=tuple(replace(one, urgency=Priority.STAT) for one in FINDER.findings)
        )
        await settled(real, board, context)


@pytest.mark.shows("R25")
async def test_what_it_was_not_told_is_put_right_and_logged(real: RealBench, database: str) -> None:
    names = await some(real)
    board = KeptBoard(real.store, CONTEXT)
    async with hearing(board):
        await settled(real, board)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(UNTOLD, (key(names[2]),))
        assert (await board.entries(NOW, ALL))[0].order.key == key(names[0]), "nobody has told"
        with capture_logs() as logs:
            assert await board.check(NOW, late_s=0) == 1
        assert [(one["event"], one["studies"]) for one in logs] == [
            ("the board kept what the database does not hold", 1)
        ]
        assert await board.entries(NOW, ALL) == await real_board(real)
        assert (await board.entries(NOW, ALL))[0].order.key == key(names[2])
        with capture_logs() as logs:
            assert await board.check(NOW, late_s=0) == 0
        assert not logs


async def test_a_change_that_was_told_meanwhile_is_no_fault(real: RealBench, database: str) -> None:
    names = await some(real)
    board = KeptBoard(real.store, CONTEXT)
    async with hearing(board):
        await settled(real, board)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(UNTOLD, (key(names[2]),))
        checking = asyncio.create_task(board.check(NOW, late_s=0.5))
        await told(real, names[2])
        assert await checking == 0
        assert await board.entries(NOW, ALL) == await real_board(real)


@pytest.mark.shows("R25")
async def test_while_it_does_not_hear_each_question_is_the_databases(real: RealBench, database: str) -> None:
    names = await some(real)
    board = KeptBoard(real.store, CONTEXT)
    async with hearing(board):
        await settled(real, board)
    for name in (names[3], names[2]):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(UNTOLD, (key(name),))
        assert await board.entries(NOW, ALL) == await real_board(real)
    async with hearing(board):
        assert await board.entries(NOW, ALL) == await real_board(real), "nothing of before is taken for true"


async def test_hours_back_are_left_behind_in_steps(real: RealBench) -> None:
    names = await some(real)
    board = KeptBoard(real.store, CONTEXT)
    later = NOW + timedelta(hours=CONTEXT.settings.hours_back)
    async with hearing(board):
        await settled(real, board)
        async with real.transaction() as transaction:
            await transaction.rows(
                "UPDATE study SET last_received_at = %s WHERE study_key = %s RETURNING 1",
                (later - timedelta(minutes=1), key(names[1])),
            )
        await told(real, names[1])
        await settled(real, board)
        await board.check(later, late_s=0)
        assert [entry.order.key for entry in await board.entries(later, ALL)] == [key(names[1])]
