"""What a simulated RIS sends: orders, and signed reports in Dutch; patients of nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.formats.hl7.write import MARKS, composite, moment, segment, text

VERSION = "2.4"
# What a radiologist writes of a finding that is there; of every other one it is the text of a normal study.
ABNORMAL: Mapping[str, str] = {
    "consolidation": "Consolidatie in de rechter onderkwab, passend bij pneumonie.",
    "pneumonia-like-opacity": "Consolidatie in de rechter onderkwab, passend bij pneumonie.",
    "solitary-nodule": "Solitaire nodus van 14 mm in de linker bovenkwab. Advies: CT-thorax.",
    "pleural-effusion": "Pleuravocht links.",
    "haemorrhage": "Acute intracraniële bloeding links frontaal.",
    "cervical-fracture": "Fractuur van C5, zonder dislocatie.",
    "embolism": "Segmentale longembolie in de rechter onderkwab.",
    "nodule": "Nodus van 8 mm in de rechter bovenkwab.",
    "diffuse-disease": "Diffuse interstitiële afwijkingen.",
    "malignancy": "Verdachte massa in de rechter mamma, BI-RADS 4.",
    "stenosis": "Significante stenose van de LAD.",
    "bone-lesion": "Lytische laesie in Th8.",
}
NORMAL = "Geen aanwijzingen voor acute pathologie. Geen vergelijking met eerder onderzoek."
ADDENDUM = "Addendum: telefonisch besproken met de aanvrager."
CORRECTION = "Gecorrigeerd verslag: de zijde was verwisseld. De conclusie blijft staan."


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested:
    """An examination as the RIS knows it; ``priority`` and ``location`` as it writes them."""

    accession: str
    patient_id: str
    name: str
    procedure: str
    modality: str
    study_instance_uid: str = ""
    priority: str = "R"
    location: str = "POLI"


def order(said: Requested, control: str, at: datetime, control_id: str) -> bytes:
    """Write ORM^O01 with an order control: NW, XO or CA."""
    request = {
        1: "1",
        2: text(f"P{said.accession}"),
        3: text(f"F{said.accession}"),
        4: composite(said.procedure, said.procedure, "L"),
        18: text(said.accession),
        24: text(said.modality),
        27: composite("", "", "", "", "", said.priority),
    }
    numbers = {1: control, 2: request[2], 3: request[3], 9: moment(at), 12: composite("", "Simulator", "A")}
    lines = [
        _header(("ORM", "O01"), at, control_id),
        _patient(said),
        segment("PV1", {1: "1", 2: "E", 3: text(said.location)}),
        segment("ORC", numbers),
        segment("OBR", request),
        segment("ZDS", {1: composite(said.study_instance_uid, "COLLEGA", "Application", "DICOM")}),
    ]
    return _joined(lines)


def report(said: Requested, lines: Sequence[str], status: str, at: datetime, control_id: str) -> bytes:
    """Write ORU^R01 with a signed report; ``status`` F is final, C corrected."""
    request = {
        1: "1",
        2: text(f"P{said.accession}"),
        3: text(f"F{said.accession}"),
        4: composite(said.procedure, said.procedure, "L"),
        18: text(said.accession),
        22: moment(at),
        24: text(said.modality),
        25: status,
        32: composite("", "Simulated radiologist"),
    }
    written = [
        segment("OBX", {1: str(place), 2: "TX", 3: composite("GDT", "verslag", "L"), 5: text(line), 11: status})
        for place, line in enumerate(lines, 1)
    ]
    return _joined([_header(("ORU", "R01"), at, control_id), _patient(said), segment("OBR", request), *written])


def report_text(present: Sequence[str]) -> list[str]:
    """Tell what is recorded as there."""
    return list(dict.fromkeys(ABNORMAL[name] for name in present if name in ABNORMAL)) or [NORMAL]


def _header(kind: tuple[str, str], at: datetime, control_id: str) -> str:
    marks = f"{MARKS.component}{MARKS.repetition}{MARKS.escape}{MARKS.subcomponent}"
    fields = {1: marks, 2: "SIMULATED RIS", 4: "COLLEGA", 6: moment(at), 8: composite(*kind), 9: text(control_id)}
    return segment("MSH", fields | {10: "P", 11: VERSION, 17: "UNICODE UTF-8"})


def _patient(said: Requested) -> str:
    return segment("PID", {1: "1", 3: composite(said.patient_id), 5: composite(*said.name.split("^"))})


def _joined(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r" for line in lines).encode()
