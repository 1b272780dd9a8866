"""What is found and given over DICOMweb: studies, series and objects that may be seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.audit import AuditEntry
from collega.model.dicomweb import DicomPlace, DicomQuery, Level, Match, Matching, StoredObject

Values = dict[str, Any]
STUDY = """s.study_key, s.study_instance_uid, s.study_date, s.study_time, s.accession_number, s.description,
    s.images_removed_at IS NOT NULL AS study_is_removed, p.name, p.patient_id, p.issuer, p.birth_date, p.sex"""
FROM = "study s JOIN patient p USING (patient_key)"
# Newest first, along the index study_by_day.
ORDER = "s.study_date DESC, s.study_time DESC, s.study_key"
# A page is looked up row by row, in what the machine has in memory: not by reading tables from end to end.
IN_MEMORY = """SELECT set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true)"""
# What a vendor's box sent is a result: it is seen once it was delivered, as those that we build. What it sent for no
# job is never delivered.
HIDDEN = """(EXISTS (SELECT FROM box_answer b WHERE b.sop_instance_uid = i.sop_instance_uid)
        OR EXISTS (SELECT FROM box_unasked u WHERE u.sop_instance_uid = i.sop_instance_uid))
    AND NOT EXISTS (SELECT FROM delivered_object v WHERE v.sop_instance_uid = i.sop_instance_uid)"""
HIDDEN_OF = """(SELECT count(*) FROM (
        SELECT b.sop_instance_uid FROM job j JOIN box_answer b USING (job_key) WHERE j.study_key = s.study_key
        UNION SELECT u.sop_instance_uid FROM box_unasked u WHERE u.study_key = s.study_key) b
    JOIN instance i USING (sop_instance_uid) WHERE i.series_instance_uid = r.series_instance_uid AND NOT EXISTS (
        SELECT FROM delivered_object v WHERE v.sop_instance_uid = i.sop_instance_uid))"""
RESULT = """o.study_key = s.study_key
    AND NOT EXISTS (SELECT FROM instance i WHERE i.sop_instance_uid = o.sop_instance_uid)"""
# Modality of what collega builds, by SOP class: the database keeps it of received objects only.
MODALITIES = {
    "1.2.840.10008.5.1.4.1.1.88.11": "SR",
    "1.2.840.10008.5.1.4.1.1.88.22": "SR",
    "1.2.840.10008.5.1.4.1.1.88.33": "SR",
    "1.2.840.10008.5.1.4.1.1.88.34": "SR",
    "1.2.840.10008.5.1.4.1.1.88.59": "KO",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.7": "OT",
}
MODALITY = "coalesce(%(classes)s::jsonb->>o.sop_class_uid, 'OT')"


def _number(table: str, name: str) -> str:
    """Read a number among the attributes, which may hold another kind of value."""
    value = f"{table}.attributes->'{name}'"
    return f"CASE WHEN jsonb_typeof({value}) = 'number' THEN ({value})::float END"


def _series_of(*, shadow: bool) -> str:
    """Series of the study ``s`` that may be seen, with how many objects; ``OFFSET`` keeps it from counting twice."""
    hidden = "0" if shadow else HIDDEN_OF
    results = "result_object" if shadow else "delivered_object"
    return f"""SELECT r.series_instance_uid, r.modality, r.attributes, r.instances - h.n AS series_instances
        FROM series r CROSS JOIN LATERAL (SELECT {hidden} AS n OFFSET 0) h
        WHERE r.study_key = s.study_key AND r.instances > h.n
        UNION ALL SELECT o.series_instance_uid, {MODALITY}, '{{}}'::jsonb, count(*)
        FROM {results} o WHERE {RESULT} GROUP BY 1, 2"""  # noqa: S608 - words of this module


def _objects_of(*, shadow: bool) -> str:
    """Objects of the study ``s`` that may be given."""
    seen = "true" if shadow else f"NOT ({HIDDEN})"
    results = "result_object" if shadow else "delivered_object"
    return f"""SELECT i.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid,
            coalesce(i.attributes->>'modality', '') AS modality, i.attributes, i.path, i.size,
            i.removed_at IS NOT NULL AS is_removed, i.received_at AS at
        FROM instance i WHERE i.study_key = s.study_key AND {seen}
        UNION ALL SELECT o.series_instance_uid, o.sop_instance_uid, o.sop_class_uid, '', {MODALITY}, '{{}}'::jsonb,
            o.path, 0, o.removed_at IS NOT NULL, o.created_at
        FROM {results} o WHERE {RESULT}"""  # noqa: S608 - words of this module


class _Clauses:
    """Conditions of a search, with their values."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.values: Values = {}

    def name(self, value: object) -> str:
        """Keep a value, and give the placeholder for it."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def add(self, column: str, match: Match) -> None:
        """Hold a column against a key."""
        self.texts.append(f"({_COMPARE[match.kind](self, column, match.values)})")


def _single(clauses: _Clauses, column: str, values: Sequence[str]) -> str:
    return f"{column} = {clauses.name(values[0])}"


def _wildcard(clauses: _Clauses, column: str, values: Sequence[str]) -> str:
    return f"{column} LIKE {clauses.name(_pattern(values[0]))}"


def _range(clauses: _Clauses, column: str, values: Sequence[str]) -> str:
    low, high = values
    # A time of minutes stands for all of them: what begins with the upper end is within.
    ends = ([f"{column} >= {clauses.name(low)}"] if low else []) + (
        [f"{column} < {clauses.name(high + '~')}"] if high else []
    )
    return " AND ".join([*ends, f"{column} <> ''"])


def _list(clauses: _Clauses, column: str, values: Sequence[str]) -> str:
    return f"{column} = ANY({clauses.name(list(values))})"


_COMPARE: Mapping[Matching, Callable[[_Clauses, str, Sequence[str]], str]] = {
    Matching.SINGLE: _single,
    Matching.WILDCARD: _wildcard,
    Matching.RANGE: _range,
    Matching.LIST: _list,
}


def _pattern(value: str) -> str:
    """Turn a wildcard of DICOM into one of SQL."""
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")


def _person(clauses: _Clauses, match: Match) -> str:
    """Match a name whatever its letters' case, and by its alphabetic group alone where that is all that is given."""
    value = match.values[0].upper()
    if match.kind is Matching.WILDCARD:
        return _wildcard(clauses, "upper(p.name)", (value,))
    plain, wider = clauses.name(value), clauses.name(_pattern(value) + "=%")
    return f"upper(p.name) = {plain} OR upper(p.name) LIKE {wider}"


def _modalities(clauses: _Clauses, match: Match) -> str:
    """Enter by the series that were received, and by our own results only where they can be meant."""
    received = f"""EXISTS (SELECT FROM series m WHERE m.study_key = s.study_key
        AND {_COMPARE[match.kind](clauses, "m.modality", match.values)})"""
    classes = [uid for uid, modality in MODALITIES.items() if fnmatchcase(modality, match.values[0])]
    if not classes:
        return received
    return f"""{received} OR EXISTS (SELECT FROM result_object o
        WHERE o.study_key = s.study_key AND o.sop_class_uid = ANY({clauses.name(classes)}))"""


def _study_of(table: str) -> Callable[[_Clauses, Match], str]:
    """Enter by an index of the parts of studies."""
    columns = {"series": "series_instance_uid", "instance": "sop_instance_uid"}

    def clause(clauses: _Clauses, match: Match) -> str:
        named = clauses.name(list(match.values))
        column = columns[table]
        return f"""s.study_key IN (SELECT study_key FROM {table} WHERE {column} = ANY({named})
            UNION ALL SELECT study_key FROM result_object WHERE {column} = ANY({named}))"""  # noqa: S608 - words of this module

    return clause


# What no row of a study alone can tell.
OF_PATIENT = frozenset({"PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientName"})
# Of the study, its patient or what leads to it.
_OF_STUDY: Mapping[str, str] = {
    "StudyDate": "s.study_date",
    "StudyTime": "s.study_time",
    "AccessionNumber": "s.accession_number",
    "StudyDescription": "s.description",
    "StudyInstanceUID": "s.study_instance_uid",
    "PatientID": "p.patient_id",
    "IssuerOfPatientID": "p.issuer",
    "PatientBirthDate": "p.birth_date",
    "PatientSex": "p.sex",
}
_LEADS: Mapping[str, Callable[[_Clauses, Match], str]] = {
    "PatientName": _person,
    "ModalitiesInStudy": _modalities,
    "Modality": _modalities,
    "SeriesInstanceUID": _study_of("series"),
    "SOPInstanceUID": _study_of("instance"),
}
# Of the series or the object itself.
_OF_PART: Mapping[str, str] = {
    "Modality": "r.modality",
    "SeriesInstanceUID": "r.series_instance_uid",
    "SeriesNumber": _number("r", "series_number"),
    "SeriesDescription": "r.attributes->>'series_description'",
    "BodyPartExamined": "r.attributes->>'body_part'",
    "SOPClassUID": "r.sop_class_uid",
    "SOPInstanceUID": "r.sop_instance_uid",
    "InstanceNumber": _number("r", "instance_number"),
}


def _clauses(query: DicomQuery) -> _Clauses:
    clauses = _Clauses()
    for match in query.matches:
        if match.keyword in _OF_STUDY:
            clauses.add(_OF_STUDY[match.keyword], match)
        if match.keyword in _LEADS:
            clauses.texts.append(f"({_LEADS[match.keyword](clauses, match)})")
        if match.keyword in _OF_PART:
            clauses.add(_OF_PART[match.keyword], match)
    return clauses


def _sql(query: DicomQuery, where: str, *, shadow: bool) -> str:
    """Write the statement of a page."""
    page = "LIMIT %(most)s OFFSET %(offset)s"
    if query.level is Level.STUDIES:
        # The page is found first, in the index alone where it can be; what is told of a study is looked up for it only.
        named = FROM if any(match.keyword in OF_PATIENT for match in query.matches) else "study s"
        return f"""SELECT {STUDY} FROM (SELECT s.study_key FROM {named} WHERE {where} ORDER BY {ORDER} {page}) page
            JOIN study s USING (study_key) JOIN patient p USING (patient_key) ORDER BY {ORDER}"""  # noqa: S608 - words of this module
    parts = _series_of(shadow=shadow) if query.level is Level.SERIES else _objects_of(shadow=shadow)
    number = "series_number" if query.level is Level.SERIES else "instance_number"
    uid = "series_instance_uid" if query.level is Level.SERIES else "series_instance_uid, r.sop_instance_uid"
    return f"""SELECT {STUDY}, r.* FROM {FROM} CROSS JOIN LATERAL ({parts}) r WHERE {where}
        ORDER BY {ORDER}, {_number("r", number)}, r.{uid} {page}"""  # noqa: S608 - words of this module


async def found(
    transaction: PostgresTransaction, query: DicomQuery, *, shadow: bool
) -> tuple[list[dict[str, Any]], bool]:
    """List what a search finds, and tell whether there is more.

    ``shadow`` shows results that were not delivered, too.
    """
    await transaction.rows(IN_MEMORY)
    clauses = _clauses(query)
    where = " AND ".join(clauses.texts) or "true"
    values = {**clauses.values, "classes": Jsonb(MODALITIES), "most": query.limit + 1, "offset": query.offset}
    rows = await transaction.rows(_sql(query, where, shadow=shadow), values)
    more = len(rows) > query.limit
    kept = rows[: query.limit]
    for row in kept:
        row.setdefault("is_removed", row["study_is_removed"])
    if query.level is Level.STUDIES or query.included:
        await _count(transaction, kept, shadow=shadow)
        # A study of which nothing may be seen is none.
        kept = [row for row in kept if row.get("study_series")]
    return kept, more


async def _count(transaction: PostgresTransaction, rows: Sequence[dict[str, Any]], *, shadow: bool) -> None:
    """Tell of each study its modalities, and how many series and objects it has."""
    keys = list({row["study_key"] for row in rows})
    counted = await transaction.rows(
        f"""SELECT s.study_key, count(*) AS study_series, sum(r.series_instances)::bigint AS study_instances,
            array_agg(DISTINCT r.modality) AS modalities
            FROM study s CROSS JOIN LATERAL ({_series_of(shadow=shadow)}) r
            WHERE s.study_key = ANY(%(keys)s) GROUP BY s.study_key""",  # noqa: S608 - words of this module
        {"keys": keys, "classes": Jsonb(MODALITIES)},
    )
    by_key = {row["study_key"]: row for row in counted}
    for row in rows:
        row.update(by_key.get(row["study_key"], {}))


async def objects(transaction: PostgresTransaction, place: DicomPlace, *, shadow: bool) -> list[StoredObject]:
    """List the objects of a place that may be given, series by series."""
    wanted = dict(_wanted(place))
    where = " AND ".join(f"{column} = %({name})s" for name, (column, _) in wanted.items())
    rows = await transaction.rows(
        f"""SELECT r.* FROM study s CROSS JOIN LATERAL ({_objects_of(shadow=shadow)}) r WHERE {where}
            ORDER BY r.series_instance_uid, {_number("r", "instance_number")}, r.sop_instance_uid""",  # noqa: S608 - words of this module
        {"classes": Jsonb(MODALITIES), **{name: value for name, (_, value) in wanted.items()}},
    )
    return [
        StoredObject(
            study=place.study,
            series=row["series_instance_uid"],
            instance=row["sop_instance_uid"],
            sop_class_uid=row["sop_class_uid"],
            transfer_syntax_uid=row["transfer_syntax_uid"],
            path=row["path"],
            size=row["size"],
            is_removed=row["is_removed"],
            attributes=row["attributes"],
        )
        for row in rows
    ]


def _wanted(place: DicomPlace) -> Iterator[tuple[str, tuple[str, str]]]:
    yield "study", ("s.study_instance_uid", place.study)
    if place.series:
        yield "series", ("r.series_instance_uid", place.series)
    if place.instance:
        yield "instance", ("r.sop_instance_uid", place.instance)


async def note(
    transaction: PostgresTransaction, event: str, actor: str, studies: Sequence[str], payload: Mapping[str, object]
) -> None:
    """Log who was given what."""
    await transaction.add_audit(AuditEntry(event=event, actor=actor, studies=tuple(studies), payload=payload))
