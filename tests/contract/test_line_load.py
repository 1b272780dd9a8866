"""What the line is at, as runs that can wait see it: what runs, and what waits for nothing but a place."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from collega.adapters.postgres.line_load import line_load
from collega.model.job import NextStep
from collega.testing import records
from collega.testing.records import AT

pytestmark = pytest.mark.shows("R15", "R5")
# Ages in seconds of the last sign of life of two workers.
WORKERS = """INSERT INTO procrastinate_workers (last_heartbeat)
    VALUES (now() - make_interval(secs => %s)), (now() - make_interval(secs => %s)) RETURNING id"""
RUNS = """UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s
    WHERE queue_name = 'run' AND args->>'job_key' = %s RETURNING id"""


async def orders(real: Any, *apps: str, late: bool = False) -> list[str]:
    """Order a run of each app, an hour from now where it is late."""
    keys = []
    async with real.transaction() as transaction:
        (row,) = await transaction.rows("SELECT now() + interval '1 hour' AS at")
        for number, app_id in enumerate(apps):
            header = records.header(study=f"{app_id}{number}{late}")
            study = await transaction.add_study(header, records.study(header).key, AT + timedelta(seconds=number))
            job = await transaction.add_job(study, records.manifest(app_id), [header.sop_instance_uid], "digest", AT)
            await transaction.add_step(
                NextStep(step="run", arguments={"job_key": job.key}, at=row["at"] if late else None)
            )
            keys.append(job.key)
    return keys


async def load(real: Any) -> Counter[str]:
    async with real.transaction() as transaction:
        return await line_load(transaction)


async def test_what_lies_there_while_no_worker_lives_keeps_nobody_waiting(real: Any) -> None:
    await orders(real, "bleed")
    assert await load(real) == {}
    async with real.transaction() as transaction:
        await transaction.rows(WORKERS, (60, 90))
    assert await load(real) == {}


async def test_what_runs_and_what_is_due_is_counted(real: Any) -> None:
    running, held, _ = await orders(real, "bleed", "lost", "bleed")
    await orders(real, "later", late=True)
    async with real.transaction() as transaction:
        alive, dead = [row["id"] for row in await transaction.rows(WORKERS, (1, 60))]
        await transaction.rows(RUNS, (alive, running))
        await transaction.rows(RUNS, (dead, held))
        await transaction.add_step(NextStep(step="gather", arguments={"job_key": running}))
    assert await load(real) == {"bleed": 2}
