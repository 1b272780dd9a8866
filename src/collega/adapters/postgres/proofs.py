"""Evidence of completeness, and the pauses of scanners."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.evidence import Evidence, EvidenceKind, Scanner, SeriesSaid

ADD = """INSERT INTO evidence (kind, study_instance_uid, at, source, reference, series)
    VALUES (%s, %s, %s, %s, %s, %s)"""
SETTLE = """UPDATE evidence SET study_instance_uid = %s
    WHERE study_instance_uid = '' AND kind = %s AND at = %s AND source = %s AND reference = %s AND series = %s"""
OBJECTS = """SELECT i.sop_instance_uid, s.study_instance_uid FROM instance i JOIN study s USING (study_key)
    WHERE i.sop_instance_uid = ANY(%s)"""
FORGET = """DELETE FROM scanner_pause WHERE scanner = %(name)s AND modality = %(modality)s AND pause_key NOT IN (
    SELECT pause_key FROM scanner_pause WHERE scanner = %(name)s AND modality = %(modality)s
    ORDER BY pause_key DESC LIMIT %(keep)s)"""


class PostgresProofs(PostgresArrivals):
    """The part of a transaction that is about completeness."""

    async def add_evidence(self, evidence: Evidence) -> None:
        """Keep one word."""
        values = (evidence.kind, evidence.study_instance_uid, evidence.at, evidence.source, evidence.reference)
        await self._connection.execute(ADD, (*values, _series(evidence)))

    async def evidence_of(self, study_instance_uid: str) -> list[Evidence]:
        """List what was said of a study."""
        found = await self._all(
            "SELECT * FROM evidence WHERE study_instance_uid = %s ORDER BY evidence_key", (study_instance_uid,)
        )
        return [_evidence(row) for row in found]

    async def evidence_without_study(self, since: datetime, limit: int) -> list[Evidence]:
        """List the latest words of which no study is known."""
        found = await self._all(
            """SELECT * FROM evidence WHERE study_instance_uid = '' AND at >= %s
               ORDER BY evidence_key DESC LIMIT %s""",
            (since, limit),
        )
        return [_evidence(row) for row in reversed(found)]

    async def settle_evidence(self, evidence: Evidence, study_instance_uid: str) -> None:
        """Say to which study a word belongs."""
        values = (evidence.kind, evidence.at, evidence.source, evidence.reference, _series(evidence))
        await self._connection.execute(SETTLE, (study_instance_uid, *values))

    async def studies_of_objects(self, sop_instance_uids: Collection[str]) -> dict[str, str]:
        """Tell the study of each object that is here."""
        found = await self._all(OBJECTS, (list(sop_instance_uids),))
        return {row["sop_instance_uid"]: row["study_instance_uid"] for row in found}

    async def study_of_step(self, reference: str) -> str:
        """Tell of which study a reference speaks."""
        row = await self._one(
            """SELECT study_instance_uid FROM evidence
               WHERE reference = %s AND reference <> '' AND study_instance_uid <> '' ORDER BY evidence_key LIMIT 1""",
            (reference,),
        )
        return str(row["study_instance_uid"]) if row else ""

    async def add_pauses(self, longest: Mapping[Scanner, timedelta], at: datetime, keep: int) -> None:
        """Keep the longest pauses of one study."""
        for scanner, pause in longest.items():
            await self._connection.execute(
                "INSERT INTO scanner_pause (scanner, modality, longest_s, at) VALUES (%s, %s, %s, %s)",
                (scanner.name, scanner.modality, pause.total_seconds(), at),
            )
            await self._connection.execute(FORGET, {**scanner._asdict(), "keep": keep})

    async def pauses(self) -> list[tuple[Scanner, timedelta]]:
        """List the pauses that are kept."""
        found = await self._all("SELECT scanner, modality, longest_s FROM scanner_pause ORDER BY pause_key")
        return [
            (Scanner(name=row["scanner"], modality=row["modality"]), timedelta(seconds=row["longest_s"]))
            for row in found
        ]


def _series(evidence: Evidence) -> Jsonb:
    return Jsonb([asdict(said) for said in evidence.series])


def _evidence(row: Mapping[str, Any]) -> Evidence:
    series = tuple(
        SeriesSaid(**{**said, "sop_instance_uids": tuple(said["sop_instance_uids"])}) for said in row["series"]
    )
    return Evidence(
        kind=EvidenceKind(row["kind"]),
        study_instance_uid=row["study_instance_uid"],
        at=row["at"],
        source=row["source"],
        series=series,
        reference=row["reference"],
    )
