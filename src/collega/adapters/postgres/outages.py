"""Outages, the jobs that waited in them, and the notices that people get."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.app import Manifest, Stage
from collega.model.code import Text
from collega.model.outage import AppSigns, Cause, Notice, NoticeKind, NoticeState, Outage, Part, Signs, Subject

RECEIVER_LOCK = 4242
LINKS_LOCK = 4243
SIGNS = """SELECT
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s) AS receiver,
    EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '10 seconds') AS worker,
    EXISTS (SELECT FROM pacs_link l WHERE l.pacs = %s AND l.failures > 0
        AND EXISTS (SELECT FROM delivery d WHERE d.pacs = l.pacs AND d.next_at IS NOT NULL)) AS pacs_fails,
    (SELECT at FROM coverage_round ORDER BY round_key DESC LIMIT 1) AS last_round_at,
    (SELECT min(r.at) FROM coverage_round r WHERE NOT r.answered AND r.round_key > coalesce(
        (SELECT round_key FROM coverage_round WHERE answered ORDER BY round_key DESC LIMIT 1),
        '00000000-0000-0000-0000-000000000000')) AS unanswered_since"""
# A job that a person has queued again waits since then.
WAITING = """SELECT min(coalesce((SELECT max(e.at) FROM event e WHERE e.study_key = j.study_key
        AND e.job_key = j.job_key AND e.kind = 'retried'), j.created_at)) AS since
    FROM job j WHERE j.app_id = %s AND j.state IN
        ('queued', 'held', 'running', 'awaiting', 'ran', 'normalised', 'asked')"""
FAILING = """SELECT count(*) AS n, min(f.updated_at) AS since FROM (SELECT updated_at FROM job
    WHERE app_id = %(app)s AND state IN ('normalised', 'ready', 'asked', 'done') AND outcome = 'failed'
        AND updated_at > coalesce((SELECT max(updated_at) FROM job
            WHERE app_id = %(app)s AND state IN ('normalised', 'ready', 'asked', 'done')
            AND outcome <> 'failed'), '-infinity') ORDER BY updated_at LIMIT 1000) f"""
STAGES = """SELECT stage, at FROM app_stage WHERE app_id = %s AND app_version = %s
    ORDER BY app_stage_key DESC LIMIT 2"""
# A page is made in a revision's name: the study's present one, which the page compares.
CLAIM = """WITH claimed AS (
    INSERT INTO outage_job (outage_key, job_key) SELECT o.outage_key, j.job_key FROM outage o JOIN job j
        ON j.app_id = o.name AND j.state IN ('queued', 'held', 'running', 'awaiting', 'ran', 'normalised', 'asked')
    WHERE o.part = 'app' AND o.noticed_at IS NOT NULL AND o.up_since IS NULL AND o.ended_at IS NULL
        AND (o.cause <> 'failing' OR j.created_at < %s)
    ON CONFLICT DO NOTHING RETURNING job_key)
    SELECT DISTINCT s.study_key, s.revision FROM claimed JOIN job USING (job_key) JOIN study s USING (study_key)"""
TAKE = """UPDATE notice SET attempt = attempt + 1, next_at = %(until)s WHERE notice_key IN (
        SELECT notice_key FROM notice n WHERE n.next_at <= %(at)s AND n.state = 'planned' AND NOT EXISTS (
            SELECT FROM notice earlier WHERE earlier.outage_key = n.outage_key AND earlier.channel = n.channel
            AND earlier.state = 'planned' AND earlier.notice_key < n.notice_key)
        ORDER BY n.notice_key LIMIT 20 FOR UPDATE SKIP LOCKED)
    RETURNING *"""


class PostgresOutages(PostgresArrivals):
    """The part of a transaction that watching over availability uses."""

    _default_stage: Stage

    async def signs(self, apps: Sequence[Manifest], pacs: str) -> Signs:
        """Gather what bears on whether AI is available."""
        row = await self._one(SIGNS, (RECEIVER_LOCK, pacs)) or {}
        return Signs(**row, apps=[await self._app_signs(app) for app in apps])

    async def _app_signs(self, app: Manifest) -> AppSigns:
        history = await self._all(STAGES, (app.id, app.version))
        waiting = await self._one(WAITING, (app.id,)) or {}
        failing = await self._one(FAILING, {"app": app.id}) or {}
        stages = [*(Stage(row["stage"]) for row in history), self._default_stage, self._default_stage]
        return AppSigns(
            app_id=app.id,
            stage=stages[0],
            stage_since=history[0]["at"] if history else None,
            was_heard=stages[1] in {Stage.PILOT, Stage.LIVE},
            failures=failing["n"],
            failing_since=failing["since"],
            waiting_since=waiting["since"],
        )

    async def open_outages(self) -> Sequence[Outage]:
        """List the outages that have not ended."""
        return [outage(row) for row in await self._all("SELECT * FROM outage WHERE ended_at IS NULL")]

    async def save_outage(self, before: Outage | None, after: Outage) -> Outage | None:
        """Compare, then set."""
        if before is None:
            row = await self._one(
                """INSERT INTO outage (part, name, cause, down_since, seen_at, noticed_at, up_since, ended_at)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
                   ON CONFLICT (part, name) WHERE ended_at IS NULL DO NOTHING RETURNING *""",
                (
                    after.subject.part,
                    after.subject.name,
                    after.cause,
                    after.down_since,
                    after.seen_at,
                    after.noticed_at,
                    after.up_since,
                    after.ended_at,
                ),
            )
            return outage(row) if row else None
        row = await self._one(
            """UPDATE outage SET cause = %s, noticed_at = %s, up_since = %s, ended_at = %s
               WHERE outage_key = %s AND ended_at IS NULL AND noticed_at IS NOT DISTINCT FROM %s
               AND up_since IS NOT DISTINCT FROM %s RETURNING *""",
            (
                after.cause,
                after.noticed_at,
                after.up_since,
                after.ended_at,
                before.key,
                before.noticed_at,
                before.up_since,
            ),
        )
        return outage(row) if row else None

    async def claim_waiting_studies(self, before: datetime) -> Sequence[tuple[str, int]]:
        """Give the studies that wait for an app declared unavailable, each job once an outage."""
        return [(row["study_key"], row["revision"]) for row in await self._all(CLAIM, (before,))]

    async def late_jobs(self, outage: Outage) -> tuple[int, int]:
        """Count the jobs that waited in an outage, and those that still do."""
        row = await self._one(
            """SELECT count(*) AS late,
                count(*) FILTER (WHERE j.state IN
                    ('queued', 'held', 'running', 'awaiting', 'ran', 'normalised', 'asked')) AS waiting
                FROM outage_job o JOIN job j USING (job_key) WHERE o.outage_key = %s""",
            (outage.key,),
        )
        return (row["late"], row["waiting"]) if row else (0, 0)

    async def add_notice(self, notice: Notice) -> None:
        """Plan a notice, once."""
        await self._connection.execute(
            """INSERT INTO notice (outage_key, kind, channel, identity, at, next_at, heading, body)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            (
                notice.outage_key or None,
                notice.kind,
                notice.channel,
                notice.identity,
                notice.at,
                notice.at,
                Jsonb(asdict(notice.heading)),
                Jsonb(asdict(notice.body)),
            ),
        )

    async def drop_notices(self, outage_key: str) -> frozenset[str]:
        """Give up the unsent notices of an outage."""
        found = await self._all(
            """UPDATE notice SET state = 'dropped', next_at = NULL, detail = 'it was over before this went out'
               WHERE outage_key = %s AND state = 'planned' RETURNING channel, attempt""",
            (outage_key,),
        )
        return frozenset(row["channel"] for row in found if row["attempt"] == 0)

    async def take_notices(self, at: datetime, lease: timedelta) -> Sequence[Notice]:
        """Take what is due for oneself; a later notice waits for the earlier one of its outage."""
        found = await self._all(TAKE, {"at": at, "until": at + lease})
        return [_notice(row) for row in found]

    async def set_notice(
        self, notice: Notice, state: NoticeState, at: datetime, next_at: datetime | None, detail: str
    ) -> None:
        """Record how sending went."""
        await self._connection.execute(
            """UPDATE notice SET state = %s, next_at = %s, detail = %s, sent_at = CASE WHEN %s = 'sent' THEN %s END
               WHERE notice_key = %s AND attempt = %s AND state = 'planned'""",
            (state, next_at, detail, state, at, notice.key, notice.attempt),
        )


def outage(row: Mapping[str, Any]) -> Outage:
    """Read a row of the table."""
    return Outage(
        key=str(row["outage_key"]),
        subject=Subject(part=Part(row["part"]), name=row["name"]),
        cause=Cause(row["cause"]),
        down_since=row["down_since"],
        seen_at=row["seen_at"],
        noticed_at=row["noticed_at"],
        up_since=row["up_since"],
        ended_at=row["ended_at"],
    )


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        key=str(row["notice_key"]),
        outage_key=str(row["outage_key"] or ""),
        kind=NoticeKind(row["kind"]),
        channel=row["channel"],
        identity=row["identity"],
        at=row["at"],
        heading=Text(**row["heading"]),
        body=Text(**row["body"]),
        attempt=row["attempt"],
    )
