"""Rounds of asking the PACS, and the studies that it has."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.coverage import OPEN_SIGHTINGS, Certainty, Here, Round, Sighting, SightingState

HERE = """SELECT s.study_instance_uid, s.state = 'routed' AS routed, s.last_received_at,
    coalesce((SELECT array_agg(DISTINCT j.app_id) FROM job j
        WHERE j.study_key = s.study_key AND j.state <> 'superseded'), '{}') AS apps,
    coalesce(CASE WHEN s.study_instance_uid = ANY(%s) THEN (SELECT jsonb_object_agg(c.series, c.n) FROM (
        SELECT i.series_instance_uid AS series, count(*) AS n FROM instance i WHERE i.study_key = s.study_key
        GROUP BY 1) c) END, '{}') AS series
    FROM study s WHERE s.study_instance_uid = ANY(%s)"""
SAVE = """INSERT INTO coverage_study (study_instance_uid, accession_number, modalities, study_at, first_seen_at, state,
        apps, pacs_instances, missed_at, closed_at, tries, detail)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (study_instance_uid) DO UPDATE SET accession_number = EXCLUDED.accession_number,
        modalities = EXCLUDED.modalities, study_at = EXCLUDED.study_at, state = EXCLUDED.state, apps = EXCLUDED.apps,
        pacs_instances = EXCLUDED.pacs_instances, missed_at = EXCLUDED.missed_at, closed_at = EXCLUDED.closed_at,
        tries = EXCLUDED.tries, detail = EXCLUDED.detail"""


class PostgresCoverage(PostgresArrivals):
    """The part of a transaction that coverage uses."""

    async def lock_coverage(self) -> None:
        """Hold off others who would record a round; readers go on."""
        await self._connection.execute("LOCK TABLE coverage_round IN SHARE ROW EXCLUSIVE MODE")

    async def last_round(self) -> Round | None:
        """Read the round that was recorded last."""
        row = await self._one("SELECT * FROM coverage_round ORDER BY round_key DESC LIMIT 1")
        return _round(row) if row else None

    async def told_attributes(self, since: datetime) -> frozenset[str]:
        """Gather the attributes that the PACS was seen to fill."""
        found = await self._all("SELECT DISTINCT unnest(told) AS name FROM coverage_round WHERE at >= %s", (since,))
        return frozenset(row["name"] for row in found)

    async def add_round(self, done: Round) -> None:
        """Record a round."""
        await self._connection.execute(
            """INSERT INTO coverage_round (at, answered, reason, studies, eligible, received, missing, maybe,
                incomplete, told) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                done.at,
                done.answered,
                done.reason,
                done.studies,
                done.eligible,
                done.received,
                done.missing,
                done.maybe,
                done.incomplete,
                sorted(done.told),
            ),
        )

    async def note_fetched(self) -> None:
        """Count one fetched study with the last round."""
        await self._connection.execute(
            """UPDATE coverage_round SET fetched = fetched + 1
               WHERE round_key = (SELECT round_key FROM coverage_round ORDER BY round_key DESC LIMIT 1)"""
        )

    async def here(self, study_instance_uids: Collection[str], counted: Collection[str] = ()) -> Mapping[str, Here]:
        """Tell what collega has of studies."""
        found = await self._all(HERE, (list(counted), list(study_instance_uids)))
        return {
            row["study_instance_uid"]: Here(
                study_instance_uid=row["study_instance_uid"],
                routed=row["routed"],
                last_received_at=row["last_received_at"],
                apps=frozenset(row["apps"]),
                series=row["series"],
            )
            for row in found
        }

    async def count_received(self, first_day: str, last_day: str) -> int:
        """Count the received studies of some days."""
        row = await self._one(
            "SELECT count(*) AS n FROM study WHERE study_date BETWEEN %s AND %s", (first_day, last_day)
        )
        return row["n"] if row else 0

    async def sightings(self, study_instance_uids: Collection[str]) -> Mapping[str, Sighting]:
        """Read the sightings of studies, and all open ones."""
        found = await self._all(
            "SELECT * FROM coverage_study WHERE study_instance_uid = ANY(%s) OR state = ANY(%s)",
            (list(study_instance_uids), sorted(OPEN_SIGHTINGS)),
        )
        return {row["study_instance_uid"]: _sighting(row) for row in found}

    async def save_sighting(self, sighting: Sighting) -> None:
        """Record how a study was found."""
        await self._connection.execute(
            SAVE,
            (
                sighting.study_instance_uid,
                sighting.accession_number,
                list(sighting.modalities),
                sighting.study_at,
                sighting.first_seen_at,
                sighting.state,
                Jsonb({app: str(certainty) for app, certainty in sighting.apps.items()}),
                sighting.pacs_instances,
                sighting.missed_at,
                sighting.closed_at,
                sighting.tries,
                sighting.detail,
            ),
        )


def _round(row: Mapping[str, Any]) -> Round:
    return Round(
        at=row["at"],
        answered=row["answered"],
        reason=row["reason"],
        studies=row["studies"],
        eligible=row["eligible"],
        received=row["received"],
        missing=row["missing"],
        maybe=row["maybe"],
        incomplete=row["incomplete"],
        fetched=row["fetched"],
        told=frozenset(row["told"]),
    )


def _sighting(row: Mapping[str, Any]) -> Sighting:
    return Sighting(
        study_instance_uid=row["study_instance_uid"],
        accession_number=row["accession_number"],
        modalities=tuple(row["modalities"]),
        study_at=row["study_at"],
        first_seen_at=row["first_seen_at"],
        state=SightingState(row["state"]),
        apps={app: Certainty(certainty) for app, certainty in row["apps"].items()},
        pacs_instances=row["pacs_instances"],
        missed_at=row["missed_at"],
        closed_at=row["closed_at"],
        tries=row["tries"],
        detail=row["detail"],
    )
