"""Jobs, attempts, results and stages."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres import rows
from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.errors import FencedError
from collega.model.app import Manifest
from collega.model.finding import AppResult, Outcome
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.study import Study, StudyState

JSON_COLUMNS = frozenset({"code", "site", "regions", "measurements"})
FINDING = """INSERT INTO finding (job_key, ordinal, finding_id, code, site, evaluation, score, scale_low, scale_high,
        direction, calibrated, threshold, images, regions, measurements)
    VALUES (%(job_key)s, %(ordinal)s, %(finding_id)s, %(code)s, %(site)s, %(evaluation)s, %(score)s, %(scale_low)s,
        %(scale_high)s, %(direction)s, %(calibrated)s, %(threshold)s, %(images)s, %(regions)s, %(measurements)s)"""


class PostgresWork(PostgresArrivals):
    """The part of a transaction that the steps use."""

    async def close_study(self, study_key: str, *, revision: int, before: StudyState, after: StudyState) -> Study:
        """Compare revision and state, then set."""
        row = await self._one(
            """UPDATE study SET state = %s, complete_at = CASE WHEN %s THEN clock_timestamp() ELSE complete_at END
               WHERE study_key = %s AND revision = %s AND state = %s RETURNING study_key""",
            (after, after is StudyState.COMPLETE, study_key, revision, before),
        )
        study = await self.study(study_key) if row else None
        if study is None:
            message = f"study {study_key} revision {revision} is no longer {before}"
            raise FencedError(message)
        return study

    async def raise_revision(self, study: Study) -> Study:
        """Compare revision and state, then count one further."""
        row = await self._one(
            """UPDATE study SET revision = revision + 1 WHERE study_key = %s AND revision = %s AND state = %s
               RETURNING study_key""",
            (study.key, study.revision, study.state),
        )
        raised = await self.study(study.key) if row else None
        if raised is None:
            message = f"study {study.key} revision {study.revision} is no longer {study.state}"
            raise FencedError(message)
        return raised

    async def add_job(self, study: Study, manifest: Manifest, inputs: Sequence[str], digest: str, at: datetime) -> Job:
        """Queue an app."""
        row = await self._one(
            """INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state,
                created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, 'queued', %s, %s) RETURNING *""",
            (study.key, study.revision, manifest.id, manifest.version, digest, list(inputs), at, at),
        )
        return rows.job(row or {})

    async def jobs_of(self, study_key: str) -> list[Job]:
        """List the jobs of a study, oldest first."""
        found = await self._all("SELECT * FROM job WHERE study_key = %s ORDER BY job_key", (study_key,))
        return [rows.job(row) for row in found]

    async def jobs(self, limit: int) -> list[dict[str, Any]]:
        """List the latest jobs with the UID of their study."""
        return await self._all(
            """SELECT j.*, s.study_instance_uid FROM job j JOIN study s USING (study_key)
               ORDER BY j.updated_at DESC LIMIT %s""",
            (limit,),
        )

    async def job(self, job_key: str) -> Job | None:
        """Find one job."""
        row = await self._one("SELECT * FROM job WHERE job_key = %s", (job_key,))
        return rows.job(row) if row else None

    async def job_named(self, job_key: str) -> Job | None:
        """Find a job by what a person typed."""
        row = await self._one("SELECT * FROM job WHERE job_key::text = %s", (job_key,))
        return rows.job(row) if row else None

    async def forget_result(self, job: Job) -> None:
        """Remove the result of a job that will run again; what was delivered of it stays on record."""
        await self._connection.execute("DELETE FROM finding WHERE job_key = %s", (job.key,))
        await self._connection.execute("DELETE FROM result WHERE job_key = %s", (job.key,))
        await self._connection.execute("DELETE FROM job_input WHERE job_key = %s", (job.key,))

    async def jobs_since(self, app_id: str, since: datetime) -> int:
        """Count an app's jobs since then."""
        row = await self._one("SELECT count(*) AS n FROM job WHERE app_id = %s AND created_at >= %s", (app_id, since))
        return int(row["n"]) if row else 0

    async def start_attempt(self, job_key: str, at: datetime) -> Job:
        """Take a queued job, or one whose worker was lost."""
        row = await self._one(
            """UPDATE job SET state = 'running', attempt = attempt + 1, updated_at = %s,
                thresholds = (SELECT coalesce(max(t.number), 0) FROM threshold t
                    WHERE t.app_id = job.app_id AND t.app_version = job.app_version)
               WHERE job_key = %s AND state IN ('queued', 'running') RETURNING *""",
            (at, job_key),
        )
        if row is None:
            message = f"job {job_key} is past running"
            raise FencedError(message)
        await self._connection.execute(
            "UPDATE attempt SET outcome = %s, ended_at = %s WHERE job_key = %s AND outcome IS NULL",
            (AttemptOutcome.LOST, at, job_key),
        )
        await self._connection.execute(
            "INSERT INTO attempt (job_key, attempt, started_at) VALUES (%s, %s, %s)", (job_key, row["attempt"], at)
        )
        return rows.job(row)

    async def end_attempt(self, job: Job, attempt: Attempt, at: datetime, after: JobState) -> None:
        """Close the attempt that ``job`` names."""
        await self.move_job(job, after=after, at=at)
        await self._connection.execute(
            """UPDATE attempt SET ended_at = %s, outcome = %s, detail = %s, isolation = %s, wall_s = %s, cpu_s = %s,
                peak_mb = %s WHERE job_key = %s AND attempt = %s""",
            (
                at,
                attempt.outcome,
                attempt.detail,
                list(attempt.isolation),
                attempt.wall_s,
                attempt.cpu_s,
                attempt.peak_mb,
                job.key,
                job.attempt,
            ),
        )

    async def failures(self, job_key: str) -> list[Attempt]:
        """List the attempts that ended without an answer."""
        found = await self._all(
            """SELECT * FROM attempt WHERE job_key = %s AND outcome NOT IN ('answered', 'lost')
               ORDER BY attempt""",
            (job_key,),
        )
        return [rows.attempt(row) for row in found]

    async def attempts_of(self, job_key: str) -> list[dict[str, Any]]:
        """List all attempts of a job with their times."""
        return await self._all("SELECT * FROM attempt WHERE job_key = %s ORDER BY attempt", (job_key,))

    async def last_attempt(self, job_key: str) -> Attempt | None:
        """How the latest ended attempt went."""
        row = await self._one(
            "SELECT * FROM attempt WHERE job_key = %s AND outcome IS NOT NULL ORDER BY attempt DESC LIMIT 1", (job_key,)
        )
        return rows.attempt(row) if row else None

    async def move_job(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        job: Job,
        *,
        after: JobState,
        at: datetime,
        outcome: Outcome | None = None,
        reason_code: str = "",
        reason: str = "",
    ) -> None:
        """Compare state and attempt, then set."""
        row = await self._one(
            """UPDATE job SET state = %s, updated_at = %s, outcome = coalesce(%s, outcome),
                reason_code = CASE WHEN %s <> '' THEN %s ELSE reason_code END,
                reason = CASE WHEN %s <> '' THEN %s ELSE reason END
               WHERE job_key = %s AND state = %s AND attempt = %s RETURNING job_key""",
            (
                after,
                at,
                outcome,
                reason_code,
                reason_code,
                reason,
                reason,
                job.key,
                job.state,
                job.attempt,
            ),
        )
        if row is None:
            message = f"job {job.key} is no longer {job.state} at attempt {job.attempt}"
            raise FencedError(message)

    async def supersede(self, job_key: str, at: datetime) -> None:
        """Put a job aside whose input has changed."""
        await self._connection.execute(
            "UPDATE job SET state = 'superseded', updated_at = %s WHERE job_key = %s AND state <> 'superseded'",
            (at, job_key),
        )

    async def add_result(self, job: Job, result: AppResult, at: datetime) -> None:
        """Keep an app's checked answer."""
        await self._connection.execute(
            """INSERT INTO result (job_key, status, outcome, reason_code, reason, notes, segments, attachments,
                verdicts, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                job.key,
                result.status,
                result.outcome,
                result.reason_code,
                Jsonb(asdict(result.reason)) if result.reason else None,
                Jsonb([asdict(note) for note in result.notes]),
                Jsonb([asdict(segment) for segment in result.segments]),
                Jsonb([asdict(attachment) for attachment in result.attachments]),
                Jsonb([asdict(verdict) for verdict in result.verdicts]),
                at,
            ),
        )
        for ordinal, finding in enumerate(result.findings):
            values = {
                name: Jsonb(value) if name in JSON_COLUMNS and value is not None else value
                for name, value in rows.finding_values(finding).items()
            }
            await self._connection.execute(FINDING, {**values, "job_key": job.key, "ordinal": ordinal})

    async def result_of(self, job_key: str) -> AppResult | None:
        """Read a kept answer."""
        row = await self._one(
            """SELECT r.*, j.app_id, j.app_version, s.study_instance_uid FROM result r JOIN job j USING (job_key)
               JOIN study s USING (study_key) WHERE r.job_key = %s""",
            (job_key,),
        )
        if row is None:
            return None
        found = await self._all("SELECT * FROM finding WHERE job_key = %s ORDER BY ordinal", (job_key,))
        return rows.result(row, tuple(rows.finding(item) for item in found))
