"""Performed procedure steps of modalities."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.errors import FencedError
from collega.model.evidence import SeriesSaid
from collega.model.merge import Identity
from collega.model.procedure_step import ProcedureStep, StepState

ADD = """INSERT INTO procedure_step
        (sop_instance_uid, state, study_instance_uids, source, created_at, changed_at, series, began, ended, issuer,
        patient_id)
    VALUES (%(uid)s, %(state)s, %(studies)s, %(source)s, %(created)s, %(changed)s, %(series)s,
        %(began)s, %(ended)s, %(issuer)s, %(patient_id)s)
    ON CONFLICT (sop_instance_uid) DO NOTHING RETURNING sop_instance_uid"""
SET = """UPDATE procedure_step SET state = %(state)s, changed_at = %(changed)s, series = %(series)s,
        ended = %(ended)s
    WHERE sop_instance_uid = %(uid)s AND state = %(before)s AND changed_at = %(seen)s RETURNING sop_instance_uid"""


class PostgresProcedureSteps(PostgresArrivals):
    """The part of a transaction that the services for modalities use."""

    async def procedure_step(self, sop_instance_uid: str) -> ProcedureStep | None:
        """Find a step."""
        row = await self._one("SELECT * FROM procedure_step WHERE sop_instance_uid = %s", (sop_instance_uid,))
        return _step(row) if row else None

    async def save_procedure_step(self, before: ProcedureStep | None, after: ProcedureStep) -> None:
        """Compare, then set."""
        values = {
            "uid": after.sop_instance_uid,
            "state": after.state,
            "studies": list(after.study_instance_uids),
            "source": after.source,
            "created": after.created_at,
            "changed": after.changed_at,
            "began": after.began,
            "ended": after.ended,
            "series": Jsonb([asdict(item) for item in after.series]),
            **after.patient._asdict(),
        }
        if before is not None:
            values |= {"before": before.state, "seen": before.changed_at}
        if await self._one(SET if before else ADD, values) is None:
            message = "the procedure step has changed meanwhile"
            raise FencedError(message)


def _step(row: Mapping[str, Any]) -> ProcedureStep:
    return ProcedureStep(
        sop_instance_uid=row["sop_instance_uid"],
        state=StepState(row["state"]),
        study_instance_uids=tuple(row["study_instance_uids"]),
        source=row["source"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        began=row["began"],
        ended=row["ended"],
        patient=Identity(row["issuer"], row["patient_id"]),
        series=tuple(
            SeriesSaid(
                series_instance_uid=item["series_instance_uid"],
                sop_instance_uids=tuple(item["sop_instance_uids"]),
                count=item["count"],
            )
            for item in row["series"]
        ),
    )
