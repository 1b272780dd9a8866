"""A report that came by another way, written as ORU^R01: so it is kept, linked and corrected as all others are."""

import hashlib
from datetime import UTC

from collega.formats.hl7.write import APPLICATION, MARKS, VERSION, composite, moment, patient, segment, text
from collega.model.given_report import GivenReport
from collega.model.message import ReportStatus

FACILITY = "REPORTS"
# Table 0123, and the suffix of OBX-3: an addendum is told by its parts.
STATES = {
    ReportStatus.PRELIMINARY: ("P", "GDT"),
    ReportStatus.FINAL: ("F", "GDT"),
    ReportStatus.CORRECTED: ("C", "GDT"),
    ReportStatus.ADDENDUM: ("F", "ADT"),
}


def report_message(given: GivenReport) -> bytes:
    """Write a report; the same one gives the same bytes, and so is kept once."""
    state, part = STATES[given.status]
    at = moment(given.signed_at.astimezone(UTC))
    request = {
        1: "1",
        # A number there must be: where the accession number is not known, the study is named below.
        3: text("" if given.accession_number else given.study_instance_uid),
        18: text(given.accession_number),
        22: at,
        25: state,
        32: composite("", given.author) if given.author else "",
    }
    lines = [text(line) for line in given.text.splitlines() if line.strip()]
    observed = [
        segment("OBX", {1: str(place), 2: "TX", 3: composite(part, "report"), 5: line, 11: state})
        for place, line in enumerate(lines, 1)
    ]
    study = [segment("ZDS", {1: composite(given.study_instance_uid, APPLICATION, "Application", "DICOM")})]
    body = [patient(given.patient), segment("OBR", request), *(study if given.study_instance_uid else ()), *observed]
    control = hashlib.sha256("\r".join(body).encode("utf-8", "replace")).hexdigest()[:20]
    marks = f"{MARKS.component}{MARKS.repetition}{MARKS.escape}{MARKS.subcomponent}"
    head = {
        1: marks,
        2: APPLICATION,
        3: FACILITY,
        4: APPLICATION,
        6: at,
        8: composite("ORU", "R01", "ORU_R01"),
        9: control,
        10: "P",
        11: VERSION,
        17: "UNICODE UTF-8",
    }
    return "".join(f"{line}\r" for line in [segment("MSH", head), *body]).encode("utf-8", "replace")
