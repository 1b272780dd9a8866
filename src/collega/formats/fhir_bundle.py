"""What a FHIR R4 server answers besides resources: Bundle, OperationOutcome, CapabilityStatement."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from collega.formats.fhir_parts import Part, instant, pruned
from collega.formats.fhir_search import CURSOR, PARAMETERS, Kind, Search

FHIR_VERSION = "4.0.1"
# R4 SearchParamType of what we read a value as.
TYPES = {"id": "token", "token": "token", "number": "token", "date": "date", "who": "reference", "study": "reference"}
WORDS = {
    "accession": "accession number of the study; not of the standard",
    "patient": "id of a Patient, or issuer|number; an empty issuer is none",
    "subject": "as patient",
    "date": "of Observation and DiagnosticReport: when the images were made; of Task: authored-on",
}


def operation_outcome(code: str, words: str, severity: str = "error") -> Part:
    """Write what went wrong, as an issue of one type (R4 IssueType)."""
    made: Part = pruned(
        {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": severity, "code": code, "diagnostics": words}],
        }
    )
    return made


def search_set(found: Iterable[Part], links: Sequence[tuple[str, str]], base: str) -> Part:
    """Write the Bundle of one page."""
    entries = [
        {"fullUrl": f"{base}/{item['resourceType']}/{item['id']}", "resource": item, "search": {"mode": "match"}}
        for item in found
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links],
        **({"entry": entries} if entries else {}),
    }


def total_set(total: int, links: Sequence[tuple[str, str]]) -> Part:
    """Write the Bundle of a search of which only the number is wanted."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }


def links_of(search: Search, base: str, following: str) -> list[tuple[str, str]]:
    """Give the links of a page: to itself with what was understood, and to the next one where there is one."""
    shown = [*search.shown, ("_summary", "count") if search.only_total else ("_count", str(search.count))]
    address = f"{base}/{search.kind}"
    found = [("self", f"{address}?{urlencode(shown)}")]
    return [*found, ("next", f"{address}?{urlencode([*shown, (CURSOR, following)])}")] if following else found


def capability_statement(version: str, base: str, started_at: datetime) -> Part:
    """Write what the server does (R4 CapabilityStatement, kind instance)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(started_at.astimezone(UTC)),
        "kind": "instance",
        "software": {"name": "collega", "version": version},
        "implementation": {"description": "Results of apps that read images; read only", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Only apps of stage live are heard. Also _count, _summary=count, _format=json.",
                "resource": [_resource(kind) for kind in Kind],
            }
        ],
    }


def _resource(kind: Kind) -> Part:
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [
            pruned({"name": name, "type": TYPES[type_], "documentation": WORDS.get(name)})
            for name, type_ in PARAMETERS[kind].items()
            if ":" not in name and "." not in name
        ],
    }
