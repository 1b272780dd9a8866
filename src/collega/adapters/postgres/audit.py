"""The audit record: lines are added in the transaction of what they tell of, and chained when it commits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.audit import PEOPLE, Asker, AuditEntry, AuditLine, AuditOutcome, Subject
from collega.model.audit_chain import Head, Link
from collega.model.merge import Identity

ADD = """INSERT INTO audit (at, event, patient_key, study_key, studies, actor, address, responsible, source, outcome,
        payload)
    VALUES (coalesce(%(at)s, now()), %(event)s, (SELECT patient_key FROM study WHERE study_key = %(study_key)s),
        %(study_key)s, %(studies)s, %(actor)s, %(address)s, %(responsible)s, %(source)s, %(outcome)s, %(payload)s)"""
# The fields of a line as the chain has them; migration 0022 writes them in the same order.
CHAIN = """SELECT c.number, c.audit_key, c.hash, a.audit_key IS NOT NULL AS is_here, audit_moment(a.at) AS at,
    audit_moment(a.recorded_at) AS recorded_at, a.event, a.patient_key::text, a.study_key,
    array_to_string(a.studies, ' ') AS studies, a.actor, a.address, a.responsible, a.source, a.outcome::text,
    a.payload::text
    FROM audit_chain c LEFT JOIN audit a USING (audit_key) ORDER BY c.number"""
UNCHAINED = """SELECT a.audit_key FROM audit a
    WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.audit_key = a.audit_key) ORDER BY a.audit_key"""
HEAD = "SELECT number, hash FROM audit_chain ORDER BY number DESC LIMIT 1"
BATCH = 5000
LINE = """SELECT c.number, encode(c.hash, 'hex') AS hash, a.at, a.event, a.study_key, a.studies, a.patient_key, a.actor,
    a.address, a.responsible, a.source, a.outcome, a.payload
    FROM audit_chain c JOIN audit a USING (audit_key)"""
ABOUT = """SELECT s.study_key, s.study_instance_uid, s.accession_number, p.patient_id, p.issuer, p.name AS patient_name
    FROM study s JOIN patient p USING (patient_key) WHERE s.study_key = ANY(%s)"""
OF_PATIENT = """WITH who AS (SELECT patient_key FROM patient WHERE patient_id = %(patient)s),
    seen AS (SELECT study_key FROM study JOIN who USING (patient_key))"""
IS_OF_PATIENT = """(a.patient_key IN (SELECT patient_key FROM who) OR a.study_key IN (SELECT study_key FROM seen)
    OR a.studies && ARRAY(SELECT study_key FROM seen)
    OR a.payload ? 'people'
        AND a.payload->'people' @> jsonb_build_array(jsonb_build_object('patient_id', %(patient)s::text)))"""
# The name as it is known now: from images, else from what the RIS has said last.
PEOPLE_NAMED = """SELECT n.issuer, n.patient_id, coalesce(nullif((SELECT name FROM patient p
            WHERE p.patient_id = n.patient_id AND p.issuer = n.issuer LIMIT 1), ''),
        nullif((SELECT name FROM patient_said s WHERE s.patient_id = n.patient_id AND s.issuer = n.issuer
            ORDER BY sent_at DESC LIMIT 1), ''),
        (SELECT said->'patient'->>'name' FROM order_said o WHERE o.patient_id = n.patient_id AND o.issuer = n.issuer
            ORDER BY sent_at DESC LIMIT 1), '') AS patient_name
    FROM unnest(%s::text[], %s::text[]) AS n (issuer, patient_id)"""


class PostgresAudit(PostgresArrivals):
    """The part of a transaction that is about the audit record."""

    _asker: Asker

    async def add_audit(self, entry: AuditEntry) -> None:
        """Add a line; it exists if and only if this transaction commits, and has its place in the chain then."""
        asker = self._asker
        values = {
            "at": entry.at,
            "event": entry.event,
            "study_key": entry.study_key,
            "studies": list(entry.studies),
            "actor": entry.actor or asker.actor,
            "address": entry.address or ("" if entry.actor else asker.address),
            "responsible": entry.responsible,
            "source": asker.source,
            "outcome": entry.outcome,
            "payload": Jsonb(entry.content),
        }
        await self._connection.execute(ADD, values)

    async def audit_head(self) -> Head | None:
        """Give the last line of the chain."""
        row = await self._one(HEAD)
        return Head(number=row["number"], hash=bytes(row["hash"])) if row else None

    async def audit_hash(self, number: int) -> bytes | None:
        """Give the hash at a place in the chain; None where the chain does not reach it."""
        row = await self._one("SELECT hash FROM audit_chain WHERE number = %s", (number,))
        return bytes(row["hash"]) if row else None

    async def audit_lines(
        self, *, patient: str = "", actor: str = "", since: datetime | None = None, limit: int = 1000
    ) -> list[AuditLine]:
        """List lines, the latest first: of a patient's number, of whoever did it or answers for it, or all."""
        conditions = [
            *([IS_OF_PATIENT] if patient else []),
            *(["(a.actor = %(actor)s OR a.responsible = %(actor)s)"] if actor else []),
            *(["a.at >= %(since)s"] if since else []),
        ]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        values = {"patient": patient, "actor": actor, "since": since, "limit": limit}
        found = await self._all(
            f"{OF_PATIENT if patient else ''} {LINE} {where} ORDER BY c.number DESC LIMIT %(limit)s", values
        )
        return await self._with_subjects(found)

    async def audit_after(self, number: int, limit: int) -> list[AuditLine]:
        """List the lines after a place in the chain, in its order."""
        found = await self._all(f"{LINE} WHERE c.number > %s ORDER BY c.number LIMIT %s", (number, limit))
        return await self._with_subjects(found)

    async def audit_sent(self, repository: str) -> int:
        """Give the number of the last line that a repository was told."""
        row = await self._one("SELECT number FROM audit_sent WHERE repository = %s", (repository,))
        return row["number"] if row else 0

    async def mark_audit_sent(self, repository: str, number: int, at: datetime) -> None:
        """Note how far a repository has been told."""
        await self._connection.execute(
            """INSERT INTO audit_sent (repository, number, at) VALUES (%s, %s, %s)
               ON CONFLICT (repository) DO UPDATE SET number = EXCLUDED.number, at = EXCLUDED.at""",
            (repository, number, at),
        )

    async def _with_subjects(self, found: Sequence[Mapping[str, Any]]) -> list[AuditLine]:
        keys = sorted({key for row in found for key in _studies(row)})
        about = {row["study_key"]: row for row in await self._all(ABOUT, (keys,))} if keys else {}
        numbers = sorted({number for row in found for number in _people(row)})
        columns = [one.issuer for one in numbers], [one.patient_id for one in numbers]
        named = await self._all(PEOPLE_NAMED, columns) if numbers else []
        people = {Identity(row["issuer"], row["patient_id"]): Subject(**row) for row in named}
        return [_line(row, about, people) for row in found]


def _studies(row: Mapping[str, Any]) -> list[str]:
    return [*([row["study_key"]] if row["study_key"] else []), *row["studies"]]


def _people(row: Mapping[str, Any]) -> list[Identity]:
    return [Identity(**number) for number in row["payload"].get(PEOPLE, ())]


def _line(
    row: Mapping[str, Any], about: Mapping[str, Mapping[str, Any]], people: Mapping[Identity, Subject]
) -> AuditLine:
    """Make a line; a study that is here tells whose it is, else the number by which its patient was named."""
    subjects = [_subject(about[key]) for key in _studies(row) if key in about]
    return AuditLine(
        number=row["number"],
        hash=row["hash"],
        at=row["at"],
        event=row["event"],
        actor=row["actor"],
        address=row["address"],
        responsible=row["responsible"],
        source=row["source"],
        outcome=AuditOutcome(row["outcome"]),
        payload=row["payload"],
        subjects=tuple(subjects or (people[number] for number in _people(row))),
    )


def _subject(row: Mapping[str, Any]) -> Subject:
    return Subject(**{name: value for name, value in row.items() if name != "study_key"})


class ChainReader:
    """One moment of the chain, read bit by bit."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    def length(self) -> int:
        """Give the number of the last line."""
        row = self._connection.execute(HEAD).fetchone()
        return row["number"] if row else 0

    def links(self) -> Iterator[Link]:
        """Give every place of the chain, in order."""
        with self._connection.cursor(name="chain") as cursor:
            cursor.itersize = BATCH
            for row in cursor.execute(CHAIN.encode()):
                number, key, digest, is_here, *fields = row.values()
                yield Link(number=number, key=key, hash=bytes(digest), fields=tuple(fields) if is_here else None)

    def unchained(self) -> Iterator[int]:
        """Give the keys of lines that have no place in the chain."""
        with self._connection.cursor(name="unchained") as cursor:
            for row in cursor.execute(UNCHAINED.encode()):
                yield row["audit_key"]


@contextmanager
def chain_reader(url: str) -> Iterator[ChainReader]:
    """Hold one moment of the chain for the block; nobody who writes waits for it."""
    with psycopg.Connection[dict[str, Any]].connect(url, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield ChainReader(connection)
