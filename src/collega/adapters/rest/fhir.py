"""Records of a patient from a FHIR R4 server, by search (R4 3.1.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collega.adapters.rest.client import RestClient
from collega.errors import PeerError
from collega.formats import fhir
from collega.model.code import Code
from collega.model.inputs import Observed, Reported, Told, Why
from collega.model.reference import Followed
from collega.model.study import Patient

ACCEPT = "application/fhir+json"
MOST_PAGES = 20
MOST_RESOURCES = 1000
PER_PAGE = "100"
# Diagnostic service sections (HL7 v2 table 0074): radiology.
# What may tell what became of a patient, and by which parameter it is looked for (R4, each resource's own page).
FOLLOW_UP = (("Condition", "code"), ("Observation", "code"), ("DiagnosticReport", "conclusion"))
RADIOLOGY = fhir.token("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD")


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """How the numbers of patients in DICOM are known to the server.

    ``system`` is their address there; ``issuer`` whose numbers they are in DICOM, empty where there is one issuer.
    """

    system: str
    issuer: str = ""


class FhirRecords:
    """Asks one server; see `collega.ports.inputs.Records`.

    Parameters
    ----------
    client : RestClient
    numbers : Numbers
    zone : ZoneInfo
        Zone of days without a time.
    """

    def __init__(self, client: RestClient, numbers: Numbers, zone: ZoneInfo) -> None:
        self._client = client
        self._numbers = numbers
        self._zone = zone

    def observations(self, patient: Patient, codes: Sequence[Code], since: datetime | None) -> Told[Observed]:
        """List results under any of these codes."""
        found = self._about(patient, "Observation", {"code": fhir.code_tokens(codes)}, since)
        items = [item for resource in found.items for item in fhir.observed(resource, self._zone)]
        return Told(items=tuple(items), why=found.why, detail=found.detail)

    def reports(self, patient: Patient, since: datetime | None) -> Told[Reported]:
        """List reports of imaging."""
        found = self._about(patient, "DiagnosticReport", {"category": RADIOLOGY}, since)
        items = [item for resource in found.items if (item := fhir.reported(resource, self._zone)) is not None]
        return Told(items=tuple(items), why=found.why, detail=found.detail)

    def followed(self, patient: Patient, codes: Sequence[Code]) -> Told[Followed]:
        """List what conditions, results and reports say of what these codes mean."""
        wanted, found = fhir.code_tokens(codes), list[Followed]()
        for kind, parameter in FOLLOW_UP:
            told = self._about(patient, kind, {parameter: wanted}, None)
            if told.why is not None:
                return Told(why=told.why, detail=told.detail)
            read = (fhir.followed(resource, codes, self._zone) for resource in told.items)
            found += [one for one in read if one is not None]
        return Told(items=tuple(found))

    def _about(
        self, patient: Patient, kind: str, query: Mapping[str, str], since: datetime | None
    ) -> Told[fhir.Resource]:
        """Search for what is about a patient; nothing is used of an answer in which somebody else's things stand."""
        who = self._who(patient)
        if isinstance(who, Why):
            return Told(why=who)
        asked: dict[str, str | list[str]] = {**query, "patient": who, "_count": PER_PAGE}
        if since is not None:
            asked["date"] = f"ge{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        found = self._pages(self._client.address(kind, asked), kind)
        if not all(fhir.is_about(resource, who) for resource in found):
            return Told(why=Why.OTHER_PATIENT, detail=f"a {kind} in the answer is of another patient")
        return Told(items=tuple(found))

    def _who(self, patient: Patient) -> str | Why:
        """Give the id that the server has given to a patient."""
        if self._numbers.issuer and patient.issuer not in {"", self._numbers.issuer}:
            return Why.OTHER_ISSUER
        asked = {"identifier": fhir.token(self._numbers.system, patient.patient_id)}
        found = self._pages(self._client.address("Patient", asked), "Patient")
        if not found:
            return Why.UNKNOWN_PATIENT
        person = found[0]
        born = str(person.get("birthDate") or "").replace("-", "")
        is_theirs = fhir.has_identifier(person, self._numbers.system, patient.patient_id)
        is_born_then = not born or not patient.birth_date or patient.birth_date.startswith(born)
        # Two persons under one number: which of them is meant cannot be known.
        if len(found) > 1 or not is_theirs or not is_born_then or not str(person.get("id") or ""):
            return Why.OTHER_PATIENT
        return str(person["id"])

    def _pages(self, address: str, kind: str) -> list[fhir.Resource]:
        """Follow a search to its end; a search without an end is no answer."""
        found: list[fhir.Resource] = []
        seen: set[str] = set()
        while address:
            seen.add(address)
            bundle = self._client.json(address, ACCEPT)
            if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
                message = "the server of records answers a search with something else than a Bundle"
                raise PeerError(message)
            found += fhir.resources(bundle, kind)
            address = fhir.next_page(bundle)
            if address in seen or len(seen) >= MOST_PAGES or len(found) > MOST_RESOURCES:
                message = f"the server of records gives no end of a search ({len(seen)} pages, {len(found)} found)"
                raise PeerError(message)
        return found
