"""What RIS and EHR said of orders, reports and patients, and what follows from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg.types.json import Jsonb

from collega.adapters.postgres import rows
from collega.adapters.postgres.arrivals import PATIENT, STUDY
from collega.adapters.postgres.messages import PostgresMessages
from collega.model.merge import Identity, identity
from collega.model.message import (
    MergeSaid,
    OrderControl,
    OrderNumbers,
    OrderSaid,
    PatientSaid,
    ReportSaid,
    ReportStatus,
    Said,
    Word,
)
from collega.model.order import Order, Standing
from collega.model.study import Patient, Priority, Study

S = TypeVar("S", bound=Said)
# Shorter than the second after which the server looks for a deadlock: so it is always we who give way.
GIVE_WAY = "SET LOCAL lock_timeout = '400ms'"
PLACE = ("message_key", "item", "sent_at", "control_id")
TABLES: Mapping[type, tuple[str, tuple[str, ...]]] = {
    OrderSaid: ("order_said", ("issuer", "patient_id", "numbers", "said")),
    ReportSaid: ("report", ("issuer", "patient_id", "numbers", "study_instance_uid", "status", "said")),
    MergeSaid: ("patient_merge", ("survivor_issuer", "survivor_id", "prior_issuer", "prior_id")),
    PatientSaid: ("patient_said", ("issuer", "patient_id", "name", "birth_date", "sex")),
}
ORDER = (
    "numbers", "placer", "filler", "accession", "issuer", "patient_id", "standing", "status", "procedure_code",
    "procedure", "modality", "priority", "location", "requester", "study_instance_uid", "ordered_at", "scheduled_at",
    "changed_at",
)  # fmt: skip
SAME = ("status", "procedure_code", "procedure", "modality", "location", "requester", "study_instance_uid",
        "ordered_at", "scheduled_at", "changed_at")  # fmt: skip
DESCRIBE = """UPDATE patient SET name = coalesce(nullif(%(name)s, ''), name), updated_at = %(at)s,
    birth_date = coalesce(nullif(%(birth_date)s, ''), birth_date), sex = coalesce(nullif(%(sex)s, ''), sex)
    WHERE patient_key = %(patient_key)s"""
PLACE_STUDY = """UPDATE study SET identity_changed_at = %(at)s,
    came_as = nullif(coalesce(came_as, patient_key), %(patient_key)s), patient_key = %(patient_key)s
    WHERE study_key = %(study_key)s"""
NOTE_LINKS = """UPDATE study SET order_standing = %(standing)s, order_location = %(location)s,
    report_status = %(report)s WHERE study_key = %(key)s AND (order_standing, order_location, report_status)
    IS DISTINCT FROM (%(standing)s, %(location)s, %(report)s) RETURNING study_key"""
OF_PAIRS = "(SELECT * FROM unnest(%(ids)b::text[], %(issuers)b::text[]))"
MERGES = f"""SELECT * FROM patient_merge WHERE (prior_id, prior_issuer) IN {OF_PAIRS}
    UNION SELECT * FROM patient_merge WHERE (survivor_id, survivor_issuer) IN {OF_PAIRS}"""  # noqa: S608 - our own


class PostgresLinks(PostgresMessages):
    """The part of a transaction that links what was said with studies."""

    async def give_way(self) -> None:
        """Fail rather than wait long for a row."""
        await self._connection.execute(GIVE_WAY.encode())

    async def add_words(self, words: Sequence[Word[Said]]) -> None:
        """Keep what messages said; once for each message and item."""
        for kind, (table, columns) in TABLES.items():
            values = [_place(word) | _columns(word.said) for word in words if type(word.said) is kind]
            await self._insert(table, (*PLACE, *columns), values, "ON CONFLICT (message_key, item) DO NOTHING")

    async def _insert(
        self, table: str, columns: Sequence[str], values: Sequence[Mapping[str, Any]], suffix: str = ""
    ) -> None:
        if not values:
            return
        names, places = ", ".join(columns), ", ".join(_placeholder(column) for column in columns)
        query = f"INSERT INTO {table} ({names}) VALUES ({places}) {suffix}"  # noqa: S608 - names of ours
        async with self._connection.cursor() as cursor:
            await cursor.executemany(query.encode(), values)

    async def orders_said_with(self, tokens: Sequence[str]) -> Sequence[Word[OrderSaid]]:
        """List what was said of orders under any of these numbers."""
        found = await self._all("SELECT * FROM order_said WHERE numbers && %b::text[]", (list(tokens),))
        return [_word(row, _order_said(row["said"])) for row in found]

    async def tokens_of(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the numbers of the orders of these patients."""
        found = await self._all(
            f"SELECT DISTINCT unnest(numbers) AS number FROM order_said WHERE (patient_id, issuer) IN {OF_PAIRS}",  # noqa: S608 - our own
            _pairs(numbers),
        )
        return [row["number"] for row in found]

    async def replace_orders(self, tokens: Sequence[str], orders: Sequence[Order]) -> None:
        """Put orders in the place of those that have one of these numbers."""
        await self._connection.execute("DELETE FROM imaging_order WHERE numbers && %b::text[]", (list(tokens),))
        await self._insert("imaging_order", ORDER, [_order_row(order) for order in orders])

    async def orders_with(self, tokens: Sequence[str]) -> Sequence[Order]:
        """List the orders that ever had one of these numbers."""
        found = await self._all("SELECT * FROM imaging_order WHERE numbers && %b::text[]", (list(tokens),))
        return [_order(row) for row in found]

    async def orders_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[Order]:
        """List the orders that now have one of these accession numbers, or name one of these studies."""
        found = await self._all(
            """SELECT * FROM imaging_order WHERE accession <> '' AND accession = ANY(%b::text[])
               OR study_instance_uid <> '' AND study_instance_uid = ANY(%b::text[])""",
            (list(accessions), list(study_uids)),
        )
        return [_order(row) for row in found]

    async def reports_named(self, tokens: Sequence[str], study_uids: Sequence[str]) -> Sequence[Word[ReportSaid]]:
        """List the versions of reports with any of these numbers or studies."""
        found = await self._all(
            """SELECT * FROM report WHERE numbers && %b::text[]
               OR study_instance_uid <> '' AND study_instance_uid = ANY(%b::text[])""",
            (list(tokens), list(study_uids)),
        )
        return [_word(row, _report_said(row["said"])) for row in found]

    async def merges_around(self, numbers: Sequence[Identity]) -> Sequence[Word[MergeSaid]]:
        """List the merges by which these numbers hang together with others, over any number of steps."""
        known: dict[tuple[str, int], Word[MergeSaid]] = {}
        asked: set[Identity] = set()
        reach = set(numbers)
        while reach - asked:
            found = await self._all(MERGES, _pairs(sorted(reach - asked)))
            asked |= reach
            words = [_word(row, MergeSaid(survivor=_side(row, "survivor"), prior=_side(row, "prior"))) for row in found]
            known |= {(word.message_key, word.item): word for word in words}
            reach = {identity(side) for word in words for side in (word.said.prior, word.said.survivor)}
        return list(known.values())

    async def patients_said(self, numbers: Sequence[Identity]) -> Sequence[Word[PatientSaid]]:
        """List the descriptions that were sent of these patients."""
        found = await self._all(
            f"SELECT * FROM patient_said WHERE (patient_id, issuer) IN {OF_PAIRS}",  # noqa: S608 - our own
            _pairs(numbers),
        )
        return [_word(row, PatientSaid(patient=rows.patient(row))) for row in found]

    async def studies_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[str]:
        """List the keys of the studies with one of these accession numbers or UIDs."""
        found = await self._all(
            """SELECT study_key FROM study WHERE accession_number = ANY(%b::text[])
               OR study_instance_uid = ANY(%b::text[])""",
            (list(accessions), list(study_uids)),
        )
        return [row["study_key"] for row in found]

    async def studies_under(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the keys of the studies that came, or now stand, under one of these patients."""
        found = await self._all(
            f"""SELECT s.study_key FROM patient p JOIN study s ON s.patient_key = p.patient_key
                WHERE (p.patient_id, p.issuer) IN {OF_PAIRS}
                UNION SELECT s.study_key FROM patient p JOIN study s ON s.came_as = p.patient_key
                WHERE (p.patient_id, p.issuer) IN {OF_PAIRS}""",  # noqa: S608 - our own
            _pairs(numbers),
        )
        return [row["study_key"] for row in found]

    async def studies_to_meet(self, limit: int) -> Sequence[str]:
        """Take the mark from studies that came or changed; their keys."""
        found = await self._all(
            """UPDATE study SET link_due = false WHERE study_key IN (SELECT study_key FROM study WHERE link_due
               ORDER BY first_received_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING study_key""",
            (limit,),
        )
        return [row["study_key"] for row in found]

    async def lock_studies(self, keys: Sequence[str]) -> Sequence[Study]:
        """Lock these studies, and give them as they stand."""
        found = await self._all(
            f"{STUDY} WHERE s.study_key = ANY(%s) ORDER BY s.study_key FOR UPDATE OF s", (list(keys),)
        )
        return [rows.study(row) for row in found]

    async def place_study(self, study: Study, number: Identity, said: Patient | None, at: datetime) -> None:
        """Put a study under a patient."""
        known = {"name": study.patient.name, "birth_date": study.patient.birth_date, "sex": study.patient.sex}
        row = await self._one(PATIENT, {**number._asdict(), **known, "at": at})
        values = {"patient_key": row["patient_key"] if row else None, "study_key": study.key, "at": at}
        if said is not None:
            await self._connection.execute(DESCRIBE.encode(), _flat(said) | values)
        await self._connection.execute(PLACE_STUDY.encode(), values)

    async def note_links(self, study_key: str, standing: str, location: str, report: str) -> bool:
        """Note where order and report of a study stand; False where that is known."""
        values = {"key": study_key, "standing": standing, "location": location, "report": report}
        return await self._one(NOTE_LINKS, values) is not None

    async def unsign(self, study_key: str, versions: Sequence[str]) -> Sequence[str]:
        """Take back what signed a study, except these versions of its report."""
        query = "DELETE FROM report_signed WHERE study_key = %s AND version <> ALL(%s) RETURNING version"
        return [row["version"] for row in await self._all(query, (study_key, list(versions)))]

    async def sign_once(self, study_key: str, version: str) -> bool:
        """Note that a version of a report has signed a study; False where that is known."""
        query = "INSERT INTO report_signed VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING version"
        return await self._one(query, (study_key, version)) is not None


def _pairs(numbers: Sequence[Identity]) -> dict[str, list[str]]:
    return {"ids": [one.patient_id for one in numbers], "issuers": [one.issuer for one in numbers]}


def _placeholder(column: str) -> str:
    """Send a list in binary: as text each element is written and escaped by Python."""
    return f"%({column}){'b' if column == 'numbers' else 's'}"


def _place(word: Word[Said]) -> dict[str, Any]:
    return {name: getattr(word, name) for name in PLACE}


def _columns(said: Said) -> dict[str, Any]:
    if isinstance(said, MergeSaid):
        return {
            "survivor_issuer": said.survivor.issuer,
            "survivor_id": said.survivor.patient_id,
            "prior_issuer": said.prior.issuer,
            "prior_id": said.prior.patient_id,
        }
    if isinstance(said, PatientSaid):
        return _flat(said.patient)
    body = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in _flat(said).items()}
    body |= {"numbers": _flat(said.numbers), "patient": _flat(said.patient)}
    who = {"issuer": said.patient.issuer, "patient_id": said.patient.patient_id}
    kept = {"study_instance_uid": said.study_instance_uid, "status": said.status}
    return {**who, **kept, "numbers": list(said.numbers.tokens), "said": Jsonb(body)}


def _flat(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any record
    """Give a record's own values; `asdict` would copy them, which takes ten times as long."""
    return {name: getattr(record, name) for name in record.__slots__}


def _word(row: Mapping[str, Any], said: S) -> Word[S]:
    return Word(
        message_key=str(row["message_key"]),
        item=row["item"],
        sent_at=row["sent_at"],
        control_id=row["control_id"],
        said=said,
    )


def _side(row: Mapping[str, Any], name: str) -> Patient:
    return Patient(issuer=row[f"{name}_issuer"], patient_id=row[f"{name}_id"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _order_said(body: Mapping[str, Any]) -> OrderSaid:
    return OrderSaid(
        **{
            **body,
            "numbers": OrderNumbers(**body["numbers"]),
            "patient": Patient(**body["patient"]),
            "control": OrderControl(body["control"]),
            "priority": Priority(body["priority"]),
            "ordered_at": _moment(body["ordered_at"]),
            "scheduled_at": _moment(body["scheduled_at"]),
        }
    )


def _report_said(body: Mapping[str, Any]) -> ReportSaid:
    return ReportSaid(
        **{
            **body,
            "numbers": OrderNumbers(**body["numbers"]),
            "patient": Patient(**body["patient"]),
            "status": ReportStatus(body["status"]),
            "signed_at": _moment(body["signed_at"]),
        }
    )


def _order_row(order: Order) -> dict[str, Any]:
    return {
        **{name: getattr(order, name) for name in SAME},
        **_flat(order.numbers),
        "numbers": list(order.tokens),
        "issuer": order.patient.issuer,
        "patient_id": order.patient.patient_id,
        "standing": order.standing,
        "priority": order.priority,
    }


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        **{name: row[name] for name in SAME},
        numbers=OrderNumbers(placer=row["placer"], filler=row["filler"], accession=row["accession"]),
        tokens=tuple(row["numbers"]),
        patient=Patient(issuer=row["issuer"], patient_id=row["patient_id"]),
        standing=Standing(row["standing"]),
        priority=Priority(row["priority"]),
    )
