"""What was gathered for apps besides the images of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.audit import PostgresAudit
from collega.errors import FencedError
from collega.model.audit import AuditEntry
from collega.model.code import Text
from collega.model.inputs import MARK_LASTS, JobInput, Why
from collega.model.job import Job

ADD = """INSERT INTO job_input (job_key, name, ordinal, required, asked_at, answer, why, text, detail)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING name"""
CHANGE = "UPDATE job_input SET answer = %s, why = %s, text = %s, detail = %s WHERE job_key = %s AND name = %s"
MARK = """INSERT INTO prior_study (study_instance_uid, job_key, at) VALUES (%s, %s, %s)
    ON CONFLICT (study_instance_uid) DO UPDATE SET job_key = EXCLUDED.job_key, at = EXCLUDED.at"""


class PostgresInputs(PostgresAudit):
    """The part of a transaction that the step ``gather`` uses."""

    async def inputs_of(self, job_key: str) -> list[JobInput]:
        """Read what was gathered for a job."""
        found = await self._all("SELECT * FROM job_input WHERE job_key = %s ORDER BY ordinal", (job_key,))
        return [_input(row) for row in found]

    async def add_inputs(self, job: Job, inputs: Sequence[JobInput]) -> None:
        """Keep what was gathered, once."""
        for ordinal, item in enumerate(inputs):
            values = (job.key, item.name, ordinal, item.required, item.asked_at, *_came(item))
            if await self._one(ADD, values) is None:
                message = f"the inputs of job {job.key} have been gathered meanwhile"
                raise FencedError(message)

    async def change_input(self, job: Job, changed: JobInput) -> None:
        """Keep another account of one input."""
        await self._connection.execute(CHANGE, (*_came(changed), job.key, changed.name))

    async def mark_prior(self, study_instance_uid: str, job_key: str, at: datetime) -> None:
        """Note that a study comes only to be looked back on."""
        await self._connection.execute(MARK, (study_instance_uid, job_key, at))

    async def is_prior(self, study_instance_uid: str, at: datetime) -> bool:
        """Tell whether it comes so."""
        query = "SELECT 1 AS marked FROM prior_study WHERE study_instance_uid = %s AND at > %s"
        return await self._one(query, (study_instance_uid, at - MARK_LASTS)) is not None

    async def note_asked(self, job: Job, at: datetime, payload: Mapping[str, object]) -> None:
        """Append one line to the audit record (fields of NEN 7513)."""
        entry = AuditEntry(event="asked elsewhere", actor=job.app_id, study_key=job.study_key, payload=payload, at=at)
        await self.add_audit(entry)


def _came(item: JobInput) -> tuple[Jsonb, Why | None, Jsonb | None, str]:
    """Give what came of it, and why the rest did not."""
    answer = Jsonb([dict(part) for part in item.answer])
    return answer, item.why, Jsonb(asdict(item.text)) if item.text else None, item.detail


def _input(row: Mapping[str, Any]) -> JobInput:
    return JobInput(
        name=row["name"],
        required=row["required"],
        asked_at=row["asked_at"],
        answer=tuple(row["answer"]),
        why=Why(row["why"]) if row["why"] else None,
        text=Text(**row["text"]) if row["text"] else None,
        detail=row["detail"],
    )
