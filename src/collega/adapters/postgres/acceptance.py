"""Runs of `collega site check`, their reports and answers; what a check asks of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction
from collega.adapters.postgres.views import health
from collega.model.acceptance import Answer, PersonAnswer
from collega.model.audit import AuditEntry
from collega.model.host import DatabaseFacts, ScannerClock

BEGIN = """INSERT INTO acceptance_run (run_key, started_at, actor, accession_number, pacs)
    VALUES (%s, %s, %s, %s, %s) RETURNING run_key"""
END = "INSERT INTO acceptance_report (run_key, ended_at, report) VALUES (%s, %s, %s) RETURNING run_key"
ANSWER = """INSERT INTO acceptance_answer (run_key, step, answer, actor, remark, at)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING run_key"""
LATEST = "SELECT run_key::text, report FROM acceptance_report ORDER BY ended_at DESC LIMIT 1"
NAMED = "SELECT run_key::text, report FROM acceptance_report WHERE run_key::text = %s"
ANSWERS = "SELECT step, answer, actor, remark, at FROM acceptance_answer WHERE run_key = %s ORDER BY answer_key"
UNENDED = """SELECT run_key::text, started_at, accession_number FROM acceptance_run
    LEFT JOIN acceptance_report USING (run_key) WHERE ended_at IS NULL AND run_key::text <> %s
    AND NOT EXISTS (SELECT FROM event WHERE kind = 'test_taken_back' AND payload->>'run' = run_key::text)
    ORDER BY started_at"""
NOTED = """SELECT run_key::text, started_at FROM acceptance_run WHERE %s IN (run_key::text, '')
    ORDER BY started_at DESC LIMIT 1"""
# Study dates are what there is of a scanner's clock for every study; a study that came before it began was
# dated by a clock ahead of ours.
SCANNERS = """SELECT e.actor AS caller, coalesce(i.station, '') AS station, count(*) AS studies,
    min(extract(epoch FROM s.first_received_at - s.study_at))::float8 AS smallest_s
    FROM study s JOIN event e ON e.study_key = s.study_key AND e.kind = 'received'
    LEFT JOIN LATERAL (SELECT max(attributes->>'station') AS station FROM instance
        WHERE study_key = s.study_key AND role = 'image') i ON true
    WHERE s.study_at IS NOT NULL AND s.first_received_at > now() - interval '7 days'
    GROUP BY e.actor, i.station ORDER BY smallest_s"""
CLOCK = "SELECT clock_timestamp() AS now, current_setting('server_version') AS version"
HEARD = """SELECT payload FROM event WHERE kind = 'test_committed' AND recorded_at >= %s"""


async def begin_run(  # noqa: PLR0913 - one row, one call
    transaction: PostgresTransaction, *, run: str, at: datetime, actor: str, accession: str, pacs: str
) -> None:
    """Note that a check begins, before it touches the PACS."""
    await transaction.rows(BEGIN, (run, at, actor, accession, pacs))
    entry = AuditEntry(event="site check", responsible=actor, payload={"run": run, "pacs": pacs})
    await transaction.add_audit(entry)


async def end_run(transaction: PostgresTransaction, *, run: str, at: datetime, report: dict[str, Any]) -> None:
    """Keep the report of a check."""
    await transaction.rows(END, (run, at, Jsonb(report)))


async def add_answer(transaction: PostgresTransaction, run: str, answer: PersonAnswer, source: str) -> None:
    """Keep what a person has answered; earlier answers stay beside it."""
    values = (run, answer.step, answer.answer, answer.by, answer.remark, answer.at)
    await transaction.rows(ANSWER, values)
    payload = {"run": run, "step": answer.step, "answer": answer.answer, "source": source}
    await transaction.add_audit(AuditEntry(event="site check answered", responsible=answer.by, payload=payload))


async def kept_report(
    transaction: PostgresTransaction, run: str = ""
) -> tuple[dict[str, Any], tuple[PersonAnswer, ...]] | None:
    """Read the latest report, or that of a run, with its answers."""
    rows = await (transaction.rows(NAMED, (run,)) if run else transaction.rows(LATEST, ()))
    if not rows:
        return None
    answers = await transaction.rows(ANSWERS, (rows[0]["run_key"],))
    return rows[0]["report"], tuple(
        PersonAnswer(
            step=row["step"], answer=Answer(row["answer"]), by=row["actor"], at=row["at"], remark=row["remark"]
        )
        for row in answers
    )


async def noted_run(transaction: PostgresTransaction, run: str) -> tuple[str, datetime] | None:
    """Find a run, ended or not, the latest where none is named: its key and when it began."""
    rows = await transaction.rows(NOTED, (run,))
    return (rows[0]["run_key"], rows[0]["started_at"]) if rows else None


async def facts(transaction: PostgresTransaction, *, run: str, embedded: bool, now: datetime) -> DatabaseFacts:
    """Tell what a check wants to know of the database."""
    clock = (await transaction.rows(CLOCK, ()))[0]
    alive = await health(transaction)
    unended = await transaction.rows(UNENDED, (run,))
    return DatabaseFacts(
        version=clock["version"].split(" ")[0],
        embedded=embedded,
        offset_s=(clock["now"] - now).total_seconds(),
        receiver=alive["receiver"],
        worker=alive["worker"],
        scanners=tuple(ScannerClock(**row) for row in await transaction.rows(SCANNERS, ())),
        unended=tuple((row["run_key"], row["started_at"], row["accession_number"]) for row in unended),
    )


async def heard_commitments(transaction: PostgresTransaction, since: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """Return what the receiver has heard of the test patient's objects since a moment: committed, failed."""
    payloads: Sequence[dict[str, Any]] = await transaction.rows(HEARD, (since,))
    done = {uid for row in payloads for uid in row["payload"]["committed"]}
    failed = {uid for row in payloads for uid in row["payload"]["failed"]}
    return frozenset(done), frozenset(failed)
