"""What retention asks of the database, and what it records there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from collega.adapters.postgres import rows
from collega.adapters.postgres.deliveries import PostgresDeliveries
from collega.model.delivery import DeliveryState
from collega.model.job import JobState
from collega.model.keeping import DeliveryFact, Kept, Removal, StudyFacts
from collega.model.study import StudyState

# Steps that wait or run, by the study that they work on.
BUSY = """WITH order_of AS (SELECT args FROM procrastinate_jobs WHERE status IN ('todo', 'doing')),
    busy AS (
        SELECT args->>'study_key' AS study_key FROM order_of WHERE args ? 'study_key'
        UNION SELECT j.study_key FROM order_of JOIN job j ON j.job_key = (args->>'job_key')::uuid
        UNION SELECT o.study_key FROM order_of
            JOIN result_object o ON o.sop_instance_uid = args->>'sop_instance_uid')"""
# The removal itself is no activity: else it would put off the next one.
FACTS = """SELECT s.study_key, s.state, s.last_received_at, greatest(s.last_received_at, (SELECT max(at)
        FROM event e WHERE e.study_key = s.study_key AND e.kind <> 'files_removed')) AS last_activity_at,
    ARRAY(SELECT state FROM job j WHERE j.study_key = s.study_key) AS jobs,
    ARRAY(SELECT DISTINCT d.state || CASE WHEN d.next_at IS NULL THEN '' ELSE ' waits' END
        FROM result_object o JOIN delivery d USING (sop_instance_uid) WHERE o.study_key = s.study_key) AS deliveries,
    EXISTS (SELECT FROM busy b WHERE b.study_key = s.study_key) AS has_open_step,
    EXISTS (SELECT FROM hold h WHERE h.study_key = s.study_key AND h.released_at IS NULL) AS is_held"""
# What would be removed of a study: column that says it was, and the count of its files and bytes.
FILES = {
    Kept.IMAGES: """, (SELECT count(*) FROM instance i WHERE i.study_key = s.study_key AND i.removed_at IS NULL)
        AS files, (SELECT coalesce(sum(size), 0) FROM instance i WHERE i.study_key = s.study_key
        AND i.removed_at IS NULL) AS size""",
    Kept.RESULTS: """, (SELECT count(*) FROM result_object o WHERE o.study_key = s.study_key AND o.removed_at IS NULL)
        AS files, 0 AS size""",
    Kept.RUNS: ", 0 AS files, 0 AS size",
}
NOT_REMOVED = {Kept.IMAGES: "s.images_removed_at IS NULL", Kept.RESULTS: "s.results_removed_at IS NULL"}
MARK = {
    Kept.IMAGES: (
        "UPDATE study SET images_removed_at = %(at)s WHERE study_key = %(key)s",
        "UPDATE instance SET removed_at = %(at)s WHERE study_key = %(key)s AND removed_at IS NULL",
    ),
    Kept.RESULTS: (
        "UPDATE study SET results_removed_at = %(at)s WHERE study_key = %(key)s",
        "UPDATE result_object SET removed_at = %(at)s WHERE study_key = %(key)s AND removed_at IS NULL",
    ),
}
# Files that a removal takes: a result that is marked, a quarantined file that no later row names.
PATHS = """SELECT path FROM result_object WHERE study_key = %(study_key)s AND removed_at IS NOT NULL
    AND %(kind)s = 'results'
    UNION SELECT q.path FROM quarantine q WHERE q.quarantine_key = %(quarantine_key)s AND NOT EXISTS
        (SELECT FROM quarantine other WHERE other.path = q.path AND other.removed_at IS NULL)"""


class PostgresKeeping(PostgresDeliveries):
    """The part of a transaction that retention uses."""

    async def facts_after(self, kind: Kept, after: tuple[datetime, str] | None, limit: int) -> list[StudyFacts]:
        """List studies that still have files of a kind, in the order of their last object, page by page."""
        at, key = after or (None, None)
        found = await self._all(
            f"""{BUSY} {FACTS} {FILES[kind]} FROM study s WHERE {NOT_REMOVED[kind]}
                AND (%(at)s::timestamptz IS NULL OR (s.last_received_at, s.study_key) > (%(at)s, %(key)s))
                ORDER BY s.last_received_at, s.study_key LIMIT %(limit)s""",
            {"at": at, "key": key, "limit": limit},
        )
        return [_facts(row) for row in found]

    async def facts_of(self, kind: Kept, study_key: str) -> StudyFacts | None:
        """Read the facts of one study, which is locked."""
        await self._one("SELECT FROM study WHERE study_key = %s FOR UPDATE", (study_key,))
        row = await self._one(f"{BUSY} {FACTS} {FILES[kind]} FROM study s WHERE study_key = %s", (study_key,))
        return _facts(row) if row else None

    async def studies_of_jobs(self, job_keys: Sequence[str]) -> dict[str, str]:
        """Tell to which study each job belongs; a job that is not known is left out."""
        found = await self._all(
            "SELECT job_key::text, study_key FROM job WHERE job_key::text = ANY(%s)", (list(job_keys),)
        )
        return {row["job_key"]: row["study_key"] for row in found}

    async def old_quarantine(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """List key and path of what was set apart before then and is kept for no open case."""
        found = await self._all(
            """SELECT q.quarantine_key::text AS key, q.path FROM quarantine q WHERE q.removed_at IS NULL
                AND q.path LIKE 'quarantine/%%' AND q.at < %s AND NOT EXISTS (SELECT FROM hold h
                JOIN study s USING (study_key) WHERE s.study_instance_uid = q.study_instance_uid
                AND h.released_at IS NULL) ORDER BY q.at LIMIT %s""",
            (before, limit),
        )
        return [(row["key"], row["path"]) for row in found]

    async def mark_removed(self, kind: Kept, facts: StudyFacts, length: timedelta, at: datetime) -> Removal:
        """Say that files of a study are removed; the files themselves go after this has committed."""
        for statement in MARK[kind]:
            await self._connection.execute(statement.encode(), {"at": at, "key": facts.study_key})
        return await self._add_removal(kind, at, length, facts.files, facts.size, study_key=facts.study_key)

    async def mark_quarantine_removed(self, key: str, size: int, length: timedelta, at: datetime) -> Removal:
        """Say that a file that was set apart is removed."""
        await self._connection.execute("UPDATE quarantine SET removed_at = %s WHERE quarantine_key = %s", (at, key))
        return await self._add_removal(Kept.QUARANTINE, at, length, 1, size, quarantine_key=key)

    async def _add_removal(  # noqa: PLR0913 - the columns of one row
        self,
        kind: Kept,
        at: datetime,
        length: timedelta,
        files: int,
        size: int,
        *,
        study_key: str | None = None,
        quarantine_key: str | None = None,
    ) -> Removal:
        row = await self._one(
            """INSERT INTO removal (kind, study_key, quarantine_key, files, bytes, days, at)
               VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING *""",
            (kind, study_key, quarantine_key, files, size, length.total_seconds() / 86400, at),
        )
        return _removal(row or {}, ())

    async def open_removals(self, limit: int) -> list[Removal]:
        """List decisions whose files may still be there."""
        found = await self._all("SELECT * FROM removal WHERE done_at IS NULL ORDER BY removal_key LIMIT %s", (limit,))
        return [_removal(row, ()) for row in found]

    async def begin_removal(self, key: str) -> Removal | None:
        """Lock a decision and its study while the files go; None where they are gone."""
        row = await self._one("SELECT * FROM removal WHERE removal_key = %s AND done_at IS NULL", (key,))
        if row is None:
            return None
        if row["study_key"]:
            await self._one("SELECT FROM study WHERE study_key = %s FOR UPDATE", (row["study_key"],))
        found = await self._all(PATHS, row)
        return _removal(row, tuple(item["path"] for item in found))

    async def end_removal(self, key: str, at: datetime) -> None:
        """Note that the files are gone."""
        await self._connection.execute("UPDATE removal SET done_at = %s WHERE removal_key = %s", (at, key))

    async def restore_instance(self, sop_instance_uid: str, study_key: str) -> None:
        """Note that a removed object has come again."""
        await self._connection.execute(
            "UPDATE instance SET removed_at = NULL WHERE sop_instance_uid = %s", (sop_instance_uid,)
        )
        await self._connection.execute("UPDATE study SET images_removed_at = NULL WHERE study_key = %s", (study_key,))

    async def hold_study(self, study_key: str, reason: str, actor: str, at: datetime) -> None:
        """Keep a study whatever the rule says."""
        await self._connection.execute(
            "INSERT INTO hold (study_key, reason, actor, at) VALUES (%s, %s, %s, %s)", (study_key, reason, actor, at)
        )

    async def release_study(self, study_key: str, at: datetime) -> int:
        """End every hold of a study; returns how many there were."""
        found = await self._all(
            "UPDATE hold SET released_at = %s WHERE study_key = %s AND released_at IS NULL RETURNING hold_key",
            (at, study_key),
        )
        return len(found)


def _facts(row: rows.Row) -> StudyFacts:
    said = [value.split(" ") for value in row["deliveries"]]
    return StudyFacts(
        study_key=row["study_key"],
        state=StudyState(row["state"]),
        last_activity_at=row["last_activity_at"],
        jobs=tuple(JobState(state) for state in row["jobs"]),
        deliveries=tuple(DeliveryFact(state=DeliveryState(words[0]), waits=len(words) > 1) for words in said),
        has_open_step=row["has_open_step"],
        is_held=row["is_held"],
        received_at=row["last_received_at"],
        files=row["files"],
        size=int(row["size"]),
    )


def _removal(row: dict[str, Any], paths: tuple[str, ...]) -> Removal:
    return Removal(key=str(row["removal_key"]), kind=Kept(row["kind"]), study_key=row["study_key"], paths=paths)
