"""What a FHIR search asks of the database: page by page along keys that never change, so that new studies shift none.

What an app may be heard to say is not decided here: it comes as the list of ``told`` (app, version, state, outcome).
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from collega.adapters.postgres.dicomweb_views import HIDDEN
from collega.adapters.postgres.store import PostgresTransaction
from collega.errors import InputError
from collega.formats.fhir_parts import ADDRESSES, DICOM_UID, Frame
from collega.formats.fhir_search import CURSOR, Kind, Prefix, Search, Span, Token
from collega.model.finding import Outcome
from collega.model.job import JobState

Clause: TypeAlias = tuple[str, tuple[Any, ...]]
SEPARATOR = "\x1f"
NEVER: Clause = ("false", ())

_PATIENT = "patient p"
_STUDY = "study s LEFT JOIN patient p USING (patient_key)"
# Each of these rows is there: what is joined from the left is left out by the planner where nothing is asked of it.
_REST = f"LEFT JOIN result r USING (job_key) LEFT JOIN ({_STUDY}) USING (study_key)"
_JOB = f"job j {_REST}"
_FINDING = f"finding f JOIN job j USING (job_key) {_REST}"
_CHANGED = "greatest(s.last_received_at, s.complete_at, s.identity_changed_at)"
_OF_STUDY = f"""s.study_key, s.patient_key, s.study_instance_uid, s.accession_number, s.description, s.study_at,
    s.state, s.images_removed_at IS NOT NULL AS are_images_removed, s.first_received_at, {_CHANGED} AS changed_at"""
_OF_JOB = """j.job_key, j.study_key, s.patient_key, s.accession_number, s.study_at, s.priority, j.app_id, j.app_version,
    j.state, j.outcome, j.reason_code, r.reason, j.created_at, j.updated_at AS changed_at, r.created_at AS answered_at,
    (SELECT min(a.started_at) FROM attempt a WHERE a.job_key = j.job_key) AS started_at,
    (SELECT max(a.ended_at) FROM attempt a WHERE a.job_key = j.job_key) AS ended_at"""
_TOLD = "j.app_id || %s || j.app_version || %s || j.state || %s || coalesce(j.outcome, '') = ANY(%s)"
# Where only few jobs can be meant, the condition of the index that holds those alone.
_NO_ANSWER = "j.outcome IN ('failed', 'not_suitable')"
_OPEN = "j.state IN ('queued', 'running', 'awaiting', 'ran', 'offered', 'held', 'ready')"
_NO_ANSWERS = frozenset({Outcome.FAILED, Outcome.NOT_SUITABLE})
_OPEN_STATES = frozenset(JobState) - {
    JobState.NORMALISED,
    JobState.ASKED,
    JobState.DONE,
    JobState.SUPERSEDED,
    JobState.DISCARDED,
}
_ABSENCES = "(f.evaluation <> 'absent' OR j.app_id || %s || j.app_version = ANY(%s))"

SERIES = f"""SELECT study_key, series_instance_uid, coalesce(max(attributes->>'modality'), '') AS modality,
    coalesce(max(attributes->>'series_description'), '') AS description, count(*) AS instances
    FROM instance i WHERE study_key = ANY(%s) AND role <> 'own' AND NOT ({HIDDEN})
    GROUP BY study_key, series_instance_uid ORDER BY min(received_at), series_instance_uid"""  # noqa: S608 - words of that module
FINDINGS = "SELECT * FROM finding WHERE job_key = ANY(%s) ORDER BY job_key, ordinal"
# Each version once, by hops along the index and not by a walk through every job.
VERSIONS = """WITH RECURSIVE hop AS (
    (SELECT app_id, app_version FROM job ORDER BY app_id, app_version LIMIT 1)
    UNION ALL SELECT n.app_id, n.app_version FROM hop CROSS JOIN LATERAL (
        SELECT app_id, app_version FROM job WHERE (app_id, app_version) > (hop.app_id, hop.app_version)
        ORDER BY app_id, app_version LIMIT 1) n)
    SELECT app_id, app_version FROM hop"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What may be told: ``told`` as in `told_key`, and ``ruling_out`` as in `version_key`."""

    told: Sequence[str] = ()
    ruling_out: Sequence[str] = ()


def version_key(app_id: str, version: str) -> str:
    """Name an app version."""
    return f"{app_id}{SEPARATOR}{version}"


def told_key(app_id: str, version: str, state: str, outcome: str) -> str:
    """Name what an app version says of a job in one state with one outcome, empty where there is none."""
    return SEPARATOR.join((app_id, version, state, outcome))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """How one kind is read; ``place`` are the columns of its order, each with what reads it from a cursor."""

    columns: str
    source: str
    place: tuple[tuple[str, Callable[[str], Any]], ...]
    changed: str
    dates: Mapping[str, str]
    key: Callable[[Sequence[str]], Clause]


def _uuid(text: str) -> uuid.UUID:
    found = uuid.UUID(text)
    if str(found) != text:
        message = f"{text!r} is not written as a key is"
        raise ValueError(message)
    return found


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        message = f"{text!r} has no zone"
        raise ValueError(message)
    return found


def _text(text: str) -> str:
    if "\0" in text:
        message = "a NUL, which the database does not take"
        raise ValueError(message)
    return text


def _ordinal(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - an integer of the database
        message = f"{text!r} is no ordinal"
        raise ValueError(message)
    return int(text)


def _uuids(values: Sequence[str]) -> list[uuid.UUID]:
    return [found for value in values if (found := _read(_uuid, value)) is not None]


def _read(reader: Callable[[str], Any], value: str) -> Any:  # noqa: ANN401 - what the reader gives
    try:
        return reader(value)
    except ValueError:
        return None


def _finding_keys(values: Sequence[str]) -> Clause:
    found = []
    for value in values:
        job, _, number = value.rpartition(".")
        key, ordinal = _read(_uuid, job), _read(_ordinal, number)
        if key is not None and ordinal is not None:
            found += [key, ordinal]
    pairs = ", ".join(["(%s::uuid, %s::integer)"] * (len(found) // 2))
    return (f"(f.job_key, f.ordinal) IN ({pairs})", tuple(found)) if found else NEVER


def _job_keys(values: Sequence[str]) -> Clause:
    return "j.job_key = ANY(%s)", (_uuids(values),)


_TABLES: Mapping[Kind, _Table] = {
    Kind.IMAGING_STUDY: _Table(
        columns=_OF_STUDY,
        source=_STUDY,
        place=(("s.first_received_at", _moment), ("s.study_key", _text)),
        changed=_CHANGED,
        dates={"date": "s.study_at", "started": "s.study_at"},
        key=lambda values: ("s.study_key = ANY(%s)", (list(values),)),
    ),
    Kind.OBSERVATION: _Table(
        columns=f"{_OF_JOB}, f.*",
        source=_FINDING,
        place=(("f.job_key", _uuid), ("f.ordinal", _ordinal)),
        changed="j.updated_at",
        dates={"date": "s.study_at"},
        key=_finding_keys,
    ),
    Kind.DIAGNOSTIC_REPORT: _Table(
        columns=_OF_JOB,
        source=_JOB,
        place=(("j.job_key", _uuid),),
        changed="j.updated_at",
        dates={"date": "s.study_at"},
        key=_job_keys,
    ),
    Kind.TASK: _Table(
        columns=_OF_JOB,
        source=_JOB,
        place=(("j.job_key", _uuid),),
        changed="j.updated_at",
        dates={"date": "j.created_at", "authored-on": "j.created_at", "modified": "j.updated_at"},
        key=_job_keys,
    ),
    Kind.PATIENT: _Table(
        columns="p.*, p.updated_at AS changed_at",
        source=_PATIENT,
        place=(("p.patient_key", _uuid),),
        changed="p.updated_at",
        dates={},
        key=lambda values: ("p.patient_key = ANY(%s)", (_uuids(values),)),
    ),
}
_COMPARE: Mapping[Prefix, str] = {
    Prefix.EQ: "{0} >= %s AND {0} < %s",
    Prefix.GE: "{0} >= %s",
    Prefix.GT: "{0} >= %s",
    Prefix.LE: "{0} < %s",
    Prefix.LT: "{0} < %s",
}


async def page(
    transaction: PostgresTransaction, search: Search, frame: Frame, heard: Heard, states: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Read one page and one row more; each row has its ``place``.

    ``states`` are study states with a 0 or 1 for removed images, where a status is asked for; None for any.
    """
    table, order = _TABLES[search.kind], _order(search)
    where, values = _where(search, frame, heard, states)
    places = ", ".join(f"{column} AS place_{number}" for number, (column, _) in enumerate(order.place))
    direction = " DESC" if order.newest_first else ""
    columns = ", ".join(f"{column}{direction}" for column, _ in order.place)
    rows = await transaction.rows(
        f"SELECT {table.columns}, {places} FROM {table.source} WHERE {where} ORDER BY {columns} LIMIT %s",  # noqa: S608 - our columns
        (*values, search.count + 1),
    )
    for row in rows:
        named = [row.pop(f"place_{number}") for number in range(len(order.place))]
        row["place"] = tuple(item.isoformat() if isinstance(item, datetime) else str(item) for item in named)
    return rows


async def total(
    transaction: PostgresTransaction, search: Search, frame: Frame, heard: Heard, states: Sequence[str] | None
) -> int:
    """Count what a search would find on all its pages."""
    where, values = _where(search, frame, heard, states)
    query = f"SELECT count(*) AS n FROM {_TABLES[search.kind].source} WHERE {where}"  # noqa: S608 - our columns
    (row,) = await transaction.rows(query, values)
    return int(row["n"])


async def series(transaction: PostgresTransaction, keys: Sequence[str]) -> list[dict[str, Any]]:
    """List the series of these studies, without our own results."""
    return await transaction.rows(SERIES, (list(keys),))


async def findings(transaction: PostgresTransaction, keys: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """List the findings of these jobs."""
    return await transaction.rows(FINDINGS, (list(keys),))


async def versions(transaction: PostgresTransaction) -> list[tuple[str, str]]:
    """List every app version that has had a job."""
    return [(row["app_id"], row["app_version"]) for row in await transaction.rows(VERSIONS)]


async def job_row(transaction: PostgresTransaction, key: str) -> dict[str, Any] | None:
    """Read which version a job is of and where it stands; ``key`` may be anything."""
    found = _read(_uuid, key)
    query = "SELECT app_id, app_version, state FROM job WHERE job_key = %s"
    return next(iter(await transaction.rows(query, (found,))), None) if found else None


def _where(search: Search, frame: Frame, heard: Heard, states: Sequence[str] | None) -> tuple[str, list[Any]]:
    clauses = list(_clauses(search, frame, heard, states))
    return " AND ".join(f"({text})" for text, _ in clauses) or "true", [item for _, given in clauses for item in given]


def _clauses(search: Search, frame: Frame, heard: Heard, states: Sequence[str] | None) -> Iterator[Clause]:
    table = _TABLES[search.kind]
    if "job j" in table.source:
        yield _TOLD, (SEPARATOR, SEPARATOR, SEPARATOR, list(heard.told))
        yield from _rare(heard)
    if search.kind is Kind.OBSERVATION:
        yield _ABSENCES, (SEPARATOR, list(heard.ruling_out))
    if states is not None:
        yield "s.state || (s.images_removed_at IS NOT NULL)::integer = ANY(%s)", (list(states),)
    for values in search.ids:
        yield table.key(values)
    for name, values in search.references:
        is_patient = name in {"patient", "subject"}
        column, keys = ("s.patient_key", _uuids(values)) if is_patient else ("s.study_key", list(values))
        yield f"{column} = ANY(%s)", (keys,)
    for name, spans in search.dates:
        column = table.changed if name == "_lastUpdated" else table.dates[name]
        yield _any([_date(column, span) for span in spans])
    for name, tokens in search.tokens:
        reader = _TOKENS.get(name)
        if reader is not None:
            yield _any([reader(search.kind, token, frame) for token in tokens])
    if search.after:
        yield _after(_order(search), search.after)


def _rare(heard: Heard) -> Iterator[Clause]:
    parts = [key.split(SEPARATOR) for key in heard.told]
    if {part[3] for part in parts} <= _NO_ANSWERS:
        yield _NO_ANSWER, ()
    if {part[2] for part in parts} <= _OPEN_STATES:
        yield _OPEN, ()


def _any(clauses: Sequence[Clause]) -> Clause:
    return " OR ".join(f"({text})" for text, _ in clauses), tuple(item for _, given in clauses for item in given)


def _date(column: str, span: Span) -> Clause:
    ends = {
        Prefix.EQ: (span.low, span.high),
        Prefix.GE: (span.low,),
        Prefix.GT: (span.high,),
        Prefix.LE: (span.high,),
        Prefix.LT: (span.low,),
    }
    return _COMPARE[span.prefix].format(column), ends[span.prefix]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    place: tuple[tuple[str, Callable[[str], Any]], ...]
    newest_first: bool = True


def _order(search: Search) -> _Order:
    """Choose along what a search is paged: a date that it names, so that an index leads to the page at once.

    Along changes the oldest comes first: what changes meanwhile moves on to a later page, and is not missed.
    """
    table = _TABLES[search.kind]
    if not search.dates:
        return _Order(place=table.place)
    name = search.dates[0][0]
    column = table.changed if name == "_lastUpdated" else table.dates[name]
    key = tuple(item for item in table.place if item[1] is not _moment)
    return _Order(place=((column, _moment), *key), newest_first=column != table.changed)


def _after(order: _Order, place: Sequence[str]) -> Clause:
    values = [_read(reader, text) for (_, reader), text in zip(order.place, place, strict=False)]
    if len(place) != len(order.place) or None in values:
        message = f"{CURSOR}: it is of another search"
        raise InputError(message)
    columns = ", ".join(column for column, _ in order.place)
    sign = "<" if order.newest_first else ">"
    # The first condition follows from the second, and is one that an index can be entered by.
    text = f"{order.place[0][0]} {sign}= %s AND ({columns}) {sign} ({', '.join(['%s'] * len(values))})"
    return text, (values[0], *values)


def _number(_kind: Kind, token: Token, frame: Frame) -> Clause:
    """Find a patient by number; one without a number is found by none."""
    if token.system is None:
        return "p.patient_id = %s AND p.patient_id <> ''", (token.value,)
    if token.system and token.system == frame.patient_system:
        return "p.patient_id = %s AND p.patient_id <> '' AND p.issuer = ANY(%s)", (token.value, ["", frame.issuer])
    return "p.patient_id = %s AND p.patient_id <> '' AND p.issuer = %s", (token.value, token.system)


def _accession(_kind: Kind, token: Token, frame: Frame) -> Clause:
    if token.system not in {None, frame.accession_system}:
        return NEVER
    return "s.accession_number = %s AND s.accession_number <> ''", (token.value,)


def _identifier(kind: Kind, token: Token, frame: Frame) -> Clause:
    if kind is Kind.PATIENT:
        return _number(kind, token, frame)
    uid: Clause = ("s.study_instance_uid = %s", (token.value.removeprefix("urn:oid:"),))
    if token.system == DICOM_UID:
        return uid
    by_number = _accession(kind, token, frame)
    return _any([uid, by_number]) if token.system is None else by_number


def _code(_kind: Kind, token: Token, _frame: Frame) -> Clause:
    if token.system is None:
        return "f.code->>'value' = %s", (token.value,)
    schemes = [scheme for scheme, address in ADDRESSES.items() if address == token.system]
    if token.system:
        return "f.code->>'value' = %s AND f.code->>'scheme' = ANY(%s)", (token.value, schemes)
    return "f.code->>'value' = %s AND f.code->>'scheme' <> ALL(%s)", (token.value, list(ADDRESSES))


# What stands in none of these, such as a status, is not of the database: `bootstrap` has turned it into what is told.
_TOKENS: Mapping[str, Callable[[Kind, Token, Frame], Clause]] = {
    "patient": _number,
    "subject": _number,
    "patient.identifier": _number,
    "patient:identifier": _number,
    "identifier": _identifier,
    "accession": _accession,
    "based-on:identifier": _accession,
    "basedon:identifier": _accession,
    "code": _code,
}
