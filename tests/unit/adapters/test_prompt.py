"""An order that is given while the engine looks for work is taken up at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import procrastinate
import pytest
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.testing import InMemoryConnector
from procrastinate.worker import Worker

from collega.adapters.postgres.prompt import PromptWorker

POLL_SECONDS = 30.0


class Late(JobManager):
    """Lets somebody order work after its query has seen an empty queue, and before the answer is read."""

    def __init__(self, connector: InMemoryConnector, order: Callable[[], Awaitable[object]]) -> None:
        super().__init__(connector)
        self._order = order
        self._is_done = False

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        found = await super().fetch_job(queues, worker_id)
        if not self._is_done:
            self._is_done = True
            await asyncio.sleep(0.05)  # the worker has begun to listen
            await self._order()
            await asyncio.sleep(0.01)
        return found


async def waits_for_poll(kind: type[Worker]) -> bool:
    """Whether an order that comes during a look is still waiting three seconds later."""
    connector = InMemoryConnector()
    app = procrastinate.App(connector=connector)
    worked = asyncio.Event()

    @app.task(queue="line")
    async def work() -> None:
        worked.set()

    async with app.open_async():
        app.job_manager = Late(connector, work.defer_async)
        worker = kind(app=app, queues=["line"], fetch_job_polling_interval=POLL_SECONDS, install_signal_handlers=False)
        running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
        try:
            await asyncio.wait_for(worked.wait(), 3)
        except TimeoutError:
            return True
        finally:
            worker.stop()  # type: ignore[no-untyped-call]
            await running
    return False


@pytest.mark.shows("R26")
async def test_an_order_that_comes_while_the_engine_looks_is_taken_up_at_once() -> None:
    assert not await waits_for_poll(PromptWorker)


async def test_the_worker_of_the_engine_itself_would_wait() -> None:
    """Where this fails, `PromptWorker` is needed no more."""
    assert await waits_for_poll(Worker)
