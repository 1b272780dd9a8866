"""A report that comes by another way than the RIS: in a table, or from a program."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from collega.model.message import ReportStatus
from collega.model.study import Patient

LONGEST_NUMBER = 64
LONGEST_TEXT = 1_000_000
FIRST_YEAR, LAST_YEAR = 1971, 2200
TOLERANCE = timedelta(minutes=1)


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
        if self.signed_at.tzinfo is None or not FIRST_YEAR <= self.signed_at.year < LAST_YEAR:
            message = f"signed_at has no time zone, or lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
            raise ValueError(message)
        short = (self.patient.patient_id, self.patient.issuer, self.accession_number, self.study_instance_uid)
        if not "".join((*short, self.author)).isprintable():
            message = "a number or name with a control character"
            raise ValueError(message)
        if max(map(len, (*short, self.author))) > LONGEST_NUMBER or len(self.text) > LONGEST_TEXT:
            message = f"more than {LONGEST_NUMBER} characters in a number or name, or more than {LONGEST_TEXT} of text"
            raise ValueError(message)

    def check_clock(self, now: datetime) -> None:
        """Refuse a report of the future: it would stand above every correction until then.

        Raises
        ------
        ValueError
            It was signed later than now.
        """
        if self.signed_at > now + TOLERANCE:
            message = "signed_at lies in the future; check the clock of the sender"
            raise ValueError(message)
