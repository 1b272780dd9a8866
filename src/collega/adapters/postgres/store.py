"""The database as the pipeline sees it: transactions that carry the next step with them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import procrastinate
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from collega.adapters.postgres.boxes import PostgresBoxes
from collega.adapters.postgres.coverage import PostgresCoverage
from collega.adapters.postgres.inputs import PostgresInputs
from collega.adapters.postgres.keeping import PostgresKeeping
from collega.adapters.postgres.labels import PostgresLabels
from collega.adapters.postgres.leaving import PostgresLeaving
from collega.adapters.postgres.links import PostgresLinks
from collega.adapters.postgres.message_signs import PostgresMessageSigns
from collega.adapters.postgres.notices import PostgresNotices
from collega.adapters.postgres.outages import PostgresOutages
from collega.adapters.postgres.outgoing import PostgresOutgoing
from collega.adapters.postgres.packs import PostgresPacks
from collega.adapters.postgres.procedure_steps import PostgresProcedureSteps
from collega.adapters.postgres.proofs import PostgresProofs
from collega.adapters.postgres.readings import PostgresReadings
from collega.adapters.postgres.thresholds import PostgresThresholds
from collega.model.app import Stage
from collega.model.audit import Asker, AuditEntry
from collega.model.job import Event, NextStep
from collega.model.message import Message
from collega.model.trust import Allowance, Decision

# Asking elsewhere may take a minute, and so may a RIS that is away: neither an app nor the line of other studies
# waits for it.
QUEUES = {"run": "run", "gather": "gather", "tell": "tell", "notify": "tell"}
DEFAULT_QUEUE = "line"
# The share lock keeps the engine, which skips locked rows, from beginning the waiting order before
# the transaction that counts on it has committed: it would not see what it is to work on.
WAITING = """SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %(step)s AND args = %(arguments)s
    AND coalesce(scheduled_at, now()) <= coalesce(%(at)s::timestamptz, now()) LIMIT 1 FOR SHARE"""


class PostgresTransaction(
    PostgresKeeping,
    PostgresCoverage,
    PostgresOutages,
    PostgresMessageSigns,
    PostgresProcedureSteps,
    PostgresProofs,
    PostgresBoxes,
    PostgresInputs,
    PostgresThresholds,
    PostgresLinks,
    PostgresOutgoing,
    PostgresReadings,
    PostgresPacks,
    PostgresLabels,
    PostgresNotices,
    PostgresLeaving,
):
    """Everything that can be done together or not at all."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[dict[str, Any]],
        engine: procrastinate.App,
        default_stage: Stage,
        asker: Asker,
    ) -> None:
        super().__init__(connection)
        self._asker = asker
        self._engine = engine
        self._default_stage = default_stage

    async def stage_of(self, app_id: str, version: str) -> Stage:
        """Stage of an app version; the default of the site where nobody has set one."""
        row = await self._one(
            """SELECT stage FROM app_stage WHERE app_id = %s AND app_version = %s
               ORDER BY app_stage_key DESC LIMIT 1""",
            (app_id, version),
        )
        return Stage(row["stage"]) if row else self._default_stage

    async def set_stage(self, app_id: str, version: str, stage: Stage, actor: str, reason: str) -> None:
        """Add a line to the history of stages, and to the audit record."""
        values = {"app_id": app_id, "version": version, "stage": stage, "actor": actor, "reason": reason}
        await self._connection.execute(
            """INSERT INTO app_stage (app_id, app_version, stage, at, actor, reason)
               VALUES (%(app_id)s, %(version)s, %(stage)s, now(), %(actor)s, %(reason)s)""",
            values,
        )
        await self.add_audit(AuditEntry(event="app stage changed", responsible=actor, payload=values))

    async def decisions_of(self, app_id: str, version: str) -> Sequence[Decision]:
        """List what the site has decided on the rights of an app version, oldest first."""
        found = await self._all(
            """SELECT at, may_prioritise, may_rule_out, may_localise FROM app_allowance
               WHERE app_id = %s AND app_version = %s ORDER BY app_allowance_key""",
            (app_id, version),
        )
        return [Decision(at=row.pop("at"), allowance=Allowance(**row)) for row in found]

    async def set_allowance(self, app_id: str, version: str, allowance: Allowance, actor: str, reason: str) -> None:
        """Add a line to the history of rights, and to the audit record."""
        rights = asdict(allowance)
        values = {"app_id": app_id, "version": version, "actor": actor, "reason": reason, **rights}
        await self._connection.execute(
            """INSERT INTO app_allowance (app_id, app_version, may_prioritise, may_rule_out, may_localise, at, actor,
                reason) VALUES (%(app_id)s, %(version)s, %(may_prioritise)s, %(may_rule_out)s, %(may_localise)s,
                clock_timestamp(), %(actor)s, %(reason)s)""",
            values,
        )
        await self.add_audit(AuditEntry(event="app rights changed", responsible=actor, payload=values))

    async def add_event(self, event: Event) -> None:
        """Append one line to the record."""
        await self._connection.execute(
            "INSERT INTO event (at, kind, study_key, job_key, actor, payload) VALUES (%s, %s, %s, %s, %s, %s)",
            (event.at, event.kind, event.study_key, event.job_key, event.actor, Jsonb(event.payload)),
        )

    async def events_of(self, study_key: str) -> Sequence[dict[str, Any]]:
        """List the events of a study in the order of their recording."""
        return await self._all(
            "SELECT at, recorded_at, kind, job_key, actor, payload FROM event WHERE study_key = %s ORDER BY event_key",
            (study_key,),
        )

    async def add_step(self, step: NextStep) -> None:
        """Order the next step on this connection: the outbox.

        The engine's own queueing locks are not used: a step that holds one cannot be tried again
        while its twin waits, and stays "doing" for ever.
        """
        values = {"step": step.step, "at": step.at, "arguments": Jsonb(step.arguments)}
        if step.once and await self._one(WAITING, values):
            return
        deferrer = self._engine.configure_task(
            step.step,
            allow_unknown=True,
            queue=QUEUES.get(step.step, DEFAULT_QUEUE),
            lock=step.lock,
            schedule_at=step.at,
            priority=step.rank,
            connection=self._connection,
        )
        await deferrer.defer_async(**step.arguments)


CONNECT_SECONDS = 3
# Where nobody is told to have asked.
COLLEGA = Asker(actor="collega", source="collega")


def is_answering(url: str) -> bool:
    """Ask a database, over a connection of its own, whether it answers at all; blocks for seconds at most."""
    try:
        with psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, options="-c statement_timeout=3000"
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


class PostgresStore:
    """A pool of connections to one database.

    Parameters
    ----------
    url : str
        Connection string.
    default_stage : Stage
        Stage of an app version for which none was set.
    connections : int
        Most connections that this process opens for its own transactions.
    asker : callable
        Tells on whose behalf the process works at that moment, for the audit record.
    """

    def __init__(
        self, url: str, default_stage: Stage, connections: int = 8, asker: Callable[[], Asker] = lambda: COLLEGA
    ) -> None:
        self.engine = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=connections)
        )
        self.url = url
        self._default_stage = default_stage
        self._asker = asker
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            open=False,
            kwargs={"row_factory": dict_row, "autocommit": True},
        )

    async def open(self) -> None:
        """Open the pool."""
        await self._pool.open(wait=True, timeout=30)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def held_lock(self, number: int) -> AsyncIterator[Callable[[], Awaitable[None]] | None]:
        """Hold an advisory lock for the block.

        Yields
        ------
        callable or None
            Awaited, it fails once the lock is lost with its connection; None where another process
            has the lock.
        """
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (number,))).fetchone()

            async def still_held() -> None:
                await connection.execute("SELECT 1")

            yield still_held if row and row[0] else None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction; it commits at the end of the block."""
        async with self._pool.connection() as connection, connection.transaction():
            yield self._transaction(connection)

    async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages, committed when it returns.

        A statement alone is its own transaction: the server says that it is ready after it has committed, and psycopg
        waits for that. So it takes one way to the server and back where BEGIN and COMMIT would make it three.
        """
        async with self._pool.connection() as connection:
            return await self._transaction(connection).add_messages(messages)

    def _transaction(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> PostgresTransaction:
        return PostgresTransaction(connection, self.engine, self._default_stage, self._asker())
