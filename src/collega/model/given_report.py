"""A report that comes by another way than the RIS: in a table, or from a program."""

from dataclasses import dataclass
from datetime import datetime

from collega.model.message import ReportStatus
from collega.model.study import Patient

LONGEST_NUMBER = 64
LONGEST_TEXT = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenReport:
    """A version of a report with whom and which study it is about; ``signed_at`` decides which of two is newer.

    Raises
    ------
    ValueError
        Something is lacking without which it belongs to no study, or is too long.
    """

    patient: Patient
    status: ReportStatus
    text: str
    signed_at: datetime
    accession_number: str = ""
    study_instance_uid: str = ""
    author: str = ""

    def __post_init__(self) -> None:
        if not self.patient.patient_id:
            message = "patient_id is empty"
            raise ValueError(message)
        if not (self.accession_number or self.study_instance_uid):
            message = "neither accession_number nor study_instance_uid"
            raise ValueError(message)
        if not self.text.strip():
            message = "the text is empty"
            raise ValueError(message)
        if self.signed_at.tzinfo is None:
            message = "signed_at has no time zone"
            raise ValueError(message)
        short = (self.patient.patient_id, self.patient.issuer, self.accession_number, self.study_instance_uid)
        if max(map(len, (*short, self.author))) > LONGEST_NUMBER or len(self.text) > LONGEST_TEXT:
            message = f"more than {LONGEST_NUMBER} characters in a number or name, or more than {LONGEST_TEXT} of text"
            raise ValueError(message)
