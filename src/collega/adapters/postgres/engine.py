"""procrastinate as the engine: workers, retries, take-over of what a dead worker held."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import procrastinate
import structlog
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from collega.adapters.postgres.prompt import PromptWorker
from collega.adapters.postgres.run_worker import FairManager, Places, RunWorker
from collega.adapters.postgres.store import DEFAULT_QUEUE, QUEUES
from collega.errors import FencedError, TransientError

Handler: TypeAlias = Callable[..., Awaitable[None]]
GiveUp: TypeAlias = Callable[[str, Mapping[str, object], Exception], Awaitable[None]]

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 8.0
# Short, since the end of a step that held a lock is not notified: the next look finds what it left waiting.
POLL_SECONDS = 0.2
SWEEP_SECONDS = 2.0
LOOK_ROUND_SECONDS = 30.0
TRIES = 5
MOST_RUNS = 256
NAMED = {"study_key": "study", "job_key": "job"}

_log = structlog.get_logger()


class Waits(BaseRetryStrategy):
    """Waits between the tries of a step: 1, 4, 9, ... seconds, for ever where a peer is at fault."""

    def get_retry_decision(self, *, exception: BaseException, job: procrastinate.jobs.Job) -> RetryDecision | None:
        """Decide when to try again; None where the step is given up."""
        if isinstance(exception, asyncio.CancelledError):  # this worker is stopping: hand the step back
            return RetryDecision(retry_at=datetime.now(UTC))
        if not isinstance(exception, TransientError) and job.attempts >= TRIES:
            return None
        seconds = min((job.attempts + 1) ** 2, 300)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=seconds))


class Engine:
    """Runs the steps of the pipeline in this process.

    Parameters
    ----------
    app : procrastinate.App
        The engine of the store, so that orders and work meet in one database.
    steps : Mapping
        Step name to coroutine function.
    give_up : callable
        Called when a step has failed for the last time, so that it is shown and not just logged.
    look_round : callable
        Called now and then, to find what has been forgotten.
    places : Places
        Which apps may start now.
    """

    def __init__(
        self,
        app: procrastinate.App,
        steps: Mapping[str, Handler],
        give_up: GiveUp,
        *,
        look_round: Callable[[], Awaitable[None]],
        places: Places,
    ) -> None:
        self._app = app
        self._give_up = give_up
        self._look_round = look_round
        # The queue itself never holds an app back: who may start is for ``places`` to say.
        self._workers = (
            (DEFAULT_QUEUE, 4, PromptWorker),
            (QUEUES["run"], MOST_RUNS, RunWorker),
            (QUEUES["gather"], 8, PromptWorker),
            (QUEUES["tell"], 8, PromptWorker),
        )
        app.job_manager = FairManager(app.connector, QUEUES["run"], places)
        for name, handler in steps.items():
            self._register(name, handler)

    def _register(self, name: str, handler: Handler) -> None:
        @self._app.task(name=name, pass_context=True, retry=Waits())
        async def task(context: JobContext, /, **arguments: object) -> None:
            # Keys of ours, which every line that the step logs then carries.
            known = {word: arguments[key] for key, word in NAMED.items() if key in arguments}
            structlog.contextvars.bind_contextvars(step=name, **known)
            try:
                await handler(**arguments)
            except FencedError as fenced:
                _log.info("step already done elsewhere", why=str(fenced))
            except TransientError as error:
                _log.warning("step will be tried again", why=str(error))
                raise
            except Exception as error:  # the edge of the process: recorded on the job, then decided
                _log.exception("step failed", attempt=context.job.attempts)
                if context.job.attempts + 1 < TRIES:
                    raise
                await self._give_up(name, arguments, error)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what is running then is finished or handed back."""
        async with self._app.open_async():
            workers = [
                asyncio.create_task(
                    worker(
                        app=self._app,
                        queues=[queue],
                        concurrency=concurrency,
                        name=queue,
                        install_signal_handlers=False,
                        fetch_job_polling_interval=POLL_SECONDS,
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=STALLED_SECONDS,
                        shutdown_graceful_timeout=5.0,
                        delete_jobs="successful",  # the record of what happened is the event table
                    ).work()
                )
                for queue, concurrency, worker in self._workers
            ]
            keepers = [asyncio.create_task(self._sweep()), asyncio.create_task(self._keep_looking_round())]
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({stopping, *keepers, *workers}, return_when=asyncio.FIRST_COMPLETED)
            ended = [task for task in (*workers, *keepers) if task.done()]
            for task in (*workers, *keepers, stopping):
                task.cancel()
            await asyncio.gather(*workers, *keepers, stopping, return_exceptions=True)
            for task in ended:
                task.result()

    async def _sweep(self) -> None:
        """Hand the work of silent workers to live ones."""
        manager = self._app.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                _log.warning("taking over a step of a lost worker", step=job.task_name, job=job.id)
                await self._hand_on(job)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _hand_on(self, job: procrastinate.jobs.Job) -> None:
        """Let a lost step be done again."""
        try:
            await self._app.job_manager.retry_job(job)
        except ConnectorException as error:  # another worker was quicker
            _log.info("step already taken over", step=job.task_name, job=job.id, why=type(error).__name__)

    async def _keep_looking_round(self) -> None:
        while True:
            await asyncio.sleep(LOOK_ROUND_SECONDS)
            await self._look_round()
