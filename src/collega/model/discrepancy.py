"""Where AI and the signed report differ, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Contrast(StrEnum):
    """How an app's word stands to the report that was signed (R74)."""

    AI_POSITIVE = "ai_positive"
    AI_NEGATIVE = "ai_negative"
    AI_LATE = "ai_late"


class DiscrepancyState(StrEnum):
    """Where a discrepancy stands; nothing becomes ``closed`` but by somebody's hand."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class Conclusion(StrEnum):
    """What was found when somebody looked again."""

    NONE = ""
    REPORT_RIGHT = "report_right"
    AI_RIGHT = "ai_right"
    BOTH_DEFENSIBLE = "both_defensible"
    LABEL_WRONG = "label_wrong"
    NOT_DECIDABLE = "not_decidable"


class Correction(StrEnum):
    """What the report does say of the finding, where its label was wrong."""

    NONE = ""
    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORIC = "historic"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancy:
    """One app's word on one finding that differs from what a signed report says.

    ``report_version`` is the report that it was held against, ``sentence`` what in it speaks of the finding;
    ``revision`` counts the changes of its standing from 1. ``correction`` is what the report says after all, where the
    verdict is that its label was wrong.
    """

    key: str
    study_key: str
    job_key: str
    app_id: str
    finding_id: str
    contrast: Contrast
    report_version: str
    sentence: str
    found_at: datetime
    state: DiscrepancyState = DiscrepancyState.OPEN
    owner: str = ""
    deadline: date | None = None
    verdict: Conclusion = Conclusion.NONE
    patient_recalled: bool = False
    remark: str = ""
    correction: Correction = Correction.NONE
    revision: int = 1
    changed_at: datetime | None = None
    changed_by: str = ""

    def __post_init__(self) -> None:
        if self.state is DiscrepancyState.TAKEN and not self.owner:
            message = "a discrepancy that is taken has an owner"
            raise ValueError(message)
        if (self.state is DiscrepancyState.CLOSED) != (self.verdict is not Conclusion.NONE):
            message = "a discrepancy is closed with a verdict, and has none before"
            raise ValueError(message)
        if self.correction is not Correction.NONE and self.verdict is not Conclusion.LABEL_WRONG:
            message = "a label is corrected where it was found wrong"
            raise ValueError(message)
        if self.state is DiscrepancyState.CLOSED and not self.changed_by:
            message = "nothing closes by itself: who closes it is not named"
            raise ValueError(message)
