"""What the receiver records: patients, studies, objects, quarantine."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from collega.adapters.postgres import rows
from collega.model.study import Instance, InstanceHeader, Priority, Study, StudyState

STUDY = """SELECT s.*, p.issuer, p.patient_id, p.name, p.birth_date, p.sex, c.issuer AS came_issuer,
    c.patient_id AS came_id FROM study s JOIN patient p USING (patient_key)
    LEFT JOIN patient c ON c.patient_key = s.came_as"""
INSTANCE = """SELECT i.*, i.revision AS instance_revision, s.study_instance_uid, s.accession_number, s.study_date,
    s.study_time, s.description, s.study_at, p.issuer, p.patient_id, p.name, p.birth_date, p.sex
    FROM instance i JOIN study s USING (study_key) JOIN patient p USING (patient_key)"""
PATIENT = """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
    VALUES (%(issuer)s, %(patient_id)s, %(name)s, %(birth_date)s, %(sex)s, %(at)s)
    ON CONFLICT (issuer, patient_id) WHERE patient_id <> ''
    DO UPDATE SET updated_at = EXCLUDED.updated_at RETURNING patient_key"""

PRIORITY_OF_IMAGES = """UPDATE study SET dicom_priority = %(priority)s,
    priority = CASE WHEN priority_source IN ('', 'dicom') THEN %(priority)s ELSE priority END,
    priority_source = CASE priority_source WHEN '' THEN 'dicom' ELSE priority_source END
    WHERE study_key = %(study_key)s"""
# An order that says nothing of it leaves the word to the images.
PRIORITY_OF_ORDER = """UPDATE study SET
    priority = CASE %(priority)s WHEN 'unknown' THEN dicom_priority ELSE %(priority)s END,
    priority_source = CASE WHEN %(priority)s <> 'unknown' THEN %(source)s WHEN dicom_priority <> 'unknown' THEN 'dicom'
        ELSE '' END
    WHERE study_key = %(study_key)s"""


class PostgresArrivals:
    """The part of a transaction that the receiver uses."""

    def __init__(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
        self._connection = connection

    async def _one(self, query: str, values: Any = ()) -> dict[str, Any] | None:  # noqa: ANN401 - SQL parameters
        return await (await self._connection.execute(query.encode(), values)).fetchone()

    async def _all(self, query: str, values: Any = ()) -> list[dict[str, Any]]:  # noqa: ANN401 - SQL parameters
        return await (await self._connection.execute(query.encode(), values)).fetchall()

    async def rows(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """Read rows for a view."""
        return await self._all(query, values)

    async def run(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run a statement that answers nothing."""
        await self._connection.execute(query.encode(), values)

    async def study_by_uid(self, study_instance_uid: str, *, lock: bool = False) -> Study | None:
        """Find a study by its UID."""
        suffix = " FOR UPDATE OF s" if lock else ""
        row = await self._one(f"{STUDY} WHERE s.study_instance_uid = %s{suffix}", (study_instance_uid,))
        return rows.study(row) if row else None

    async def study(self, study_key: str, *, lock: bool = False) -> Study | None:
        """Find a study by its key."""
        suffix = " FOR UPDATE OF s" if lock else ""
        row = await self._one(f"{STUDY} WHERE s.study_key = %s{suffix}", (study_key,))
        return rows.study(row) if row else None

    async def studies(self, limit: int) -> list[Study]:
        """List the studies that came last."""
        found = await self._all(f"{STUDY} ORDER BY s.last_received_at DESC LIMIT %s", (limit,))
        return [rows.study(row) for row in found]

    async def studies_in(self, state: StudyState) -> list[Study]:
        """List the studies in one state, oldest first."""
        found = await self._all(f"{STUDY} WHERE s.state = %s ORDER BY s.last_received_at", (state,))
        return [rows.study(row) for row in found]

    async def instance(self, sop_instance_uid: str) -> Instance | None:
        """Find a stored object."""
        row = await self._one(f"{INSTANCE} WHERE i.sop_instance_uid = %s", (sop_instance_uid,))
        return rows.instance(row) if row else None

    async def instances(self, study_key: str) -> list[Instance]:
        """List the objects of a study in the order of their arrival."""
        found = await self._all(
            f"{INSTANCE} WHERE i.study_key = %s ORDER BY i.received_at, i.sop_instance_uid", (study_key,)
        )
        return [rows.instance(row) for row in found]

    async def add_study(self, header: InstanceHeader, key: str, at: datetime) -> Study:
        """Record a study; a twin that another association has just recorded is taken instead."""
        await self._one(
            """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
                description, study_at, state, first_received_at, last_received_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'receiving', %s, %s)
               ON CONFLICT DO NOTHING RETURNING study_key""",
            (
                key,
                header.study_instance_uid,
                await self._patient(header, at),
                header.accession_number,
                header.study_date,
                header.study_time,
                header.study_description,
                header.study_at,
                at,
                at,
            ),
        )
        study = await self.study_by_uid(header.study_instance_uid, lock=True)
        if study is None:
            message = "the study that was just recorded is not there"
            raise RuntimeError(message)
        return study

    async def _patient(self, header: InstanceHeader, at: datetime) -> object:
        patient = header.patient
        row = await self._one(
            PATIENT,
            {
                "issuer": patient.issuer,
                "patient_id": patient.patient_id,
                "name": patient.name,
                "birth_date": patient.birth_date,
                "sex": patient.sex,
                "at": at,
            },
        )
        return row["patient_key"] if row else None

    async def known_among(self, sop_instance_uids: Sequence[str]) -> set[str]:
        """Say which objects are recorded."""
        found = await self._all(
            "SELECT sop_instance_uid FROM instance WHERE sop_instance_uid = ANY(%s)", (list(sop_instance_uids),)
        )
        return {row["sop_instance_uid"] for row in found}

    async def uids_of(self, study_key: str) -> set[str]:
        """UIDs of a study's objects."""
        found = await self._all("SELECT sop_instance_uid FROM instance WHERE study_key = %s", (study_key,))
        return {row["sop_instance_uid"] for row in found}

    async def add_instances(self, instances: Sequence[Instance]) -> None:
        """Record durable objects."""
        # COPY: beside the thread of an association, each microsecond of Python is one that its sender may wait for.
        async with (
            self._connection.cursor() as cursor,
            cursor.copy(
                """COPY instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
                    transfer_syntax_uid, role, attributes, notes, pixel_digest, header_digest, path, size, received_at,
                    acquired_at) FROM STDIN"""
            ) as copy,
        ):
            for instance in instances:
                await copy.write_row(_row(instance))

    async def correct_instance(self, instance: Instance) -> None:
        """Replace the header and the file of a known object."""
        header = instance.header
        await self._connection.execute(
            """UPDATE instance SET attributes = %s, notes = %s, header_digest = %s, path = %s, size = %s,
                series_instance_uid = %s, acquired_at = %s, removed_at = NULL WHERE sop_instance_uid = %s""",
            (
                Jsonb(dict(header.attributes)),
                list(header.notes),
                header.header_digest,
                instance.path,
                instance.size,
                header.series_instance_uid,
                header.acquired_at,
                header.sop_instance_uid,
            ),
        )

    async def touch_study(self, study_key: str, *, revision: int, at: datetime, state: StudyState) -> None:
        """Note an arrival."""
        await self._connection.execute(
            """UPDATE study SET revision = %s, last_received_at = %s, state = %s, images_removed_at = NULL
               WHERE study_key = %s""",
            (revision, at, state, study_key),
        )

    async def set_priority(self, study_key: str, priority: Priority, source: str) -> None:
        """Record how soon the study is to be read, by its images or by an order."""
        await self._connection.execute(
            (PRIORITY_OF_IMAGES if source == "dicom" else PRIORITY_OF_ORDER).encode(),
            {"priority": priority, "source": source, "study_key": study_key},
        )

    async def update_identity(self, study_key: str, header: InstanceHeader, at: datetime) -> None:
        """Take over a corrected description of patient and study."""
        patient = header.patient
        await self._connection.execute(
            """UPDATE study SET accession_number = %s, study_date = %s, study_time = %s, description = %s,
                study_at = %s, identity_changed_at = %s, link_due = true WHERE study_key = %s""",
            (
                header.accession_number,
                header.study_date,
                header.study_time,
                header.study_description,
                header.study_at,
                at,
                study_key,
            ),
        )
        await self._connection.execute(
            """UPDATE patient p SET name = %s, birth_date = %s, sex = %s, updated_at = %s
               FROM study s WHERE s.study_key = %s AND p.patient_key = s.patient_key""",
            (patient.name, patient.birth_date, patient.sex, at, study_key),
        )

    async def quarantine(  # noqa: PLR0913 - one row, one call
        self,
        *,
        kind: str,
        code: str,
        text: str,
        at: datetime,
        study_instance_uid: str = "",
        sop_instance_uid: str = "",
        job_key: str | None = None,
        path: str = "",
        source: str = "",
    ) -> None:
        """Keep a record of what was set apart."""
        await self._connection.execute(
            """INSERT INTO quarantine
                (at, kind, code, text, study_instance_uid, sop_instance_uid, job_key, path, source)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (at, kind, code, text, study_instance_uid, sop_instance_uid, job_key, path, source),
        )

    async def quarantined(self, study_instance_uid: str | None = None) -> list[dict[str, Any]]:
        """List what was set apart, newest first."""
        return await self._all(
            """SELECT at, kind, code, text, study_instance_uid, sop_instance_uid, job_key, path, source FROM quarantine
               WHERE %(uid)s::text IS NULL OR study_instance_uid = %(uid)s ORDER BY at DESC LIMIT 1000""",
            {"uid": study_instance_uid},
        )


def _row(instance: Instance) -> tuple[object, ...]:
    header = instance.header
    return (
        header.sop_instance_uid,
        instance.study_key,
        instance.revision,
        header.series_instance_uid,
        header.sop_class_uid,
        header.transfer_syntax_uid,
        header.role,
        Jsonb(dict(header.attributes)),
        list(header.notes),
        header.pixel_digest,
        header.header_digest,
        instance.path,
        instance.size,
        instance.received_at,
        header.acquired_at,
    )
