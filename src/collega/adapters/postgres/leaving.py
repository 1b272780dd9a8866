"""What leaves the house: objections, permissions, pseudonyms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.leaving import CloudPermission, Gone, Objection, Sealed

ADD_OBJECTION = """INSERT INTO objection (issuer, patient_id, study_instance_uid, at, actor, reason)
    VALUES (%(issuer)s, %(patient_id)s, %(study_instance_uid)s, %(at)s, %(actor)s, %(reason)s) RETURNING *"""
WITHDRAW = """UPDATE objection SET withdrawn_at = %s, withdrawn_by = %s, withdrawal_reason = %s
    WHERE objection_key::text = %s AND withdrawn_at IS NULL RETURNING *"""
NAMING = """SELECT * FROM objection WHERE withdrawn_at IS NULL
    AND (patient_id = ANY(%s::text[]) AND patient_id <> ''
        OR study_instance_uid = ANY(%s::text[]) AND study_instance_uid <> '')
    ORDER BY objection_key"""
PERMIT = """INSERT INTO cloud_permission
        (app_id, is_permitted, agreement, agreed_on, sends_free_text, at, actor, reason)
    VALUES (%(app_id)s, %(is_permitted)s, %(agreement)s, %(agreed_on)s, %(sends_free_text)s, %(at)s, %(actor)s,
        %(reason)s)"""
NOTE = """INSERT INTO reidentification.pseudonym (pseudonym, kind, project, key_id, sealed, study_key, at)
    VALUES (%(pseudonym)s, %(kind)s, %(project)s, %(key_id)s, %(sealed)s, %(study_key)s, %(at)s)
    ON CONFLICT DO NOTHING"""
RESEAL = """UPDATE reidentification.pseudonym SET key_id = %(key_id)s, sealed = %(sealed)s
    WHERE (pseudonym, kind, project) = (%(pseudonym)s, %(kind)s, %(project)s)"""
GONE = """SELECT e.at, s.study_instance_uid, e.payload FROM event e JOIN study s USING (study_key)
    WHERE e.study_key = ANY(%s) AND e.kind = 'sent_outside' ORDER BY e.event_key"""

ISSUERS = """SELECT issuer FROM patient WHERE patient_id = %(id)s
    UNION SELECT survivor_issuer FROM patient_merge WHERE survivor_id = %(id)s
    UNION SELECT prior_issuer FROM patient_merge WHERE prior_id = %(id)s ORDER BY issuer"""


class PostgresLeaving(PostgresArrivals):
    """The part of a transaction that is about what leaves the house."""

    async def add_objection(self, objection: Objection) -> Objection:
        """Keep an objection; give it with its key."""
        (row,) = await self._all(ADD_OBJECTION, asdict(objection))
        return _objection(row)

    async def objections(self, *, withdrawn: bool = False) -> list[Objection]:
        """List those that stand, the latest first; with ``withdrawn`` all."""
        found = await self._all(
            "SELECT * FROM objection WHERE %s OR withdrawn_at IS NULL ORDER BY objection_key DESC", (withdrawn,)
        )
        return [_objection(row) for row in found]

    async def objections_naming(self, patient_ids: Sequence[str], study_uids: Sequence[str]) -> list[Objection]:
        """List those that stand and name one of these numbers, of whichever issuer, or one of these studies."""
        return [_objection(row) for row in await self._all(NAMING, (list(patient_ids), list(study_uids)))]

    async def withdraw_objection(self, key: str, at: datetime, actor: str, reason: str) -> Objection | None:
        """End an objection; None where none of that key stands."""
        row = await self._one(WITHDRAW, (at, actor, reason, key))
        return _objection(row) if row else None

    async def cloud_permission(self, app_id: str) -> CloudPermission | None:
        """Give the latest decision on an app."""
        row = await self._one(
            "SELECT * FROM cloud_permission WHERE app_id = %s ORDER BY cloud_permission_key DESC LIMIT 1", (app_id,)
        )
        if row is None:
            return None
        row.pop("cloud_permission_key")
        return CloudPermission(**row)

    async def set_cloud_permission(self, permission: CloudPermission) -> None:
        """Keep a decision."""
        await self._connection.execute(PERMIT, asdict(permission))

    async def note_pseudonyms(self, pseudonyms: Sequence[Sealed]) -> None:
        """Keep pseudonyms; those that are there already stay as they are."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(NOTE, [asdict(item) for item in pseudonyms])

    async def pseudonyms(self, named: Sequence[str]) -> list[Sealed]:
        """Find these pseudonyms."""
        found = await self._all(
            "SELECT * FROM reidentification.pseudonym WHERE pseudonym = ANY(%s) ORDER BY kind, project", (list(named),)
        )
        return [_sealed(row) for row in found]

    async def all_pseudonyms(self) -> list[Sealed]:
        """List every pseudonym, locked until the end of the transaction: its seal is about to be changed."""
        await self._connection.execute("LOCK TABLE reidentification.pseudonym IN EXCLUSIVE MODE")
        return [_sealed(row) for row in await self._all("SELECT * FROM reidentification.pseudonym")]

    async def reseal(self, pseudonyms: Sequence[Sealed]) -> None:
        """Put pseudonyms under another seal."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(RESEAL, [asdict(item) for item in pseudonyms])

    async def key_ids(self) -> list[str]:
        """List the keys under which pseudonyms are sealed."""
        found = await self._all("SELECT DISTINCT key_id FROM reidentification.pseudonym ORDER BY key_id")
        return [row["key_id"] for row in found]

    async def issuers_of(self, patient_id: str) -> list[str]:
        """List the issuers under which a patient's number is known, from studies and from messages."""
        return [row["issuer"] for row in await self._all(ISSUERS, {"id": patient_id})]

    async def gone(self, study_keys: Sequence[str]) -> list[Gone]:
        """List what has left of these studies, oldest first."""
        return [_gone(row) for row in await self._all(GONE, (list(study_keys),))]


def _objection(row: Mapping[str, Any]) -> Objection:
    return Objection(
        **{name: value for name, value in row.items() if name != "objection_key"} | {"key": str(row["objection_key"])}
    )


def _sealed(row: Mapping[str, Any]) -> Sealed:
    return Sealed(**{**row, "sealed": bytes(row["sealed"])})


def _gone(row: Mapping[str, Any]) -> Gone:
    payload = row["payload"]
    return Gone(
        at=row["at"],
        study_instance_uid=row["study_instance_uid"],
        app_id=payload["app"],
        to=payload["to"],
        files=payload["files"],
        bytes=payload["bytes"],
    )
