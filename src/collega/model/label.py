"""What a signed report says of a finding, as far as a program or a reader has made it out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.job import NextStep


class LabelWord(StrEnum):
    """A report's word on one finding; a report that is silent about it has none."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORIC = "historic"


class Reservation(StrEnum):
    """Why the labels of a report are worth less.

    ``guess``: it was called normal only because it names nothing that is known, where no score is trained.
    ``language``: it is in another language than reports are read in; it was not read, and says nothing of any finding.
    """

    NONE = ""
    GUESS = "guess"
    LANGUAGE = "language"


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One finding in one report, with the sentence that speaks of it."""

    finding_id: str
    word: LabelWord
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportLabels:
    """The labels of one version of a study's report; ``number`` counts them, and the highest one counts.

    ``looked_for`` are the findings that the labeller knows: only of these does silence mean anything. Where no signed
    report is the study's own any more, ``report_version`` is empty, and there are no labels. ``abnormal_score`` lies
    between 0 and 1 and is no probability. ``corrected_by`` is who has set the label of ``corrected_finding`` right in
    this version; both are empty where a program made it. ``reservation`` says why they are worth less.
    """

    study_key: str
    number: int
    report_version: str
    labeller: str
    signed_at: datetime | None
    at: datetime
    abnormal_score: float | None = None
    is_normal: bool | None = None
    looked_for: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    corrected_by: str = ""
    corrected_finding: str = ""
    reservation: Reservation = Reservation.NONE

    def __post_init__(self) -> None:
        if bool(self.report_version) != (self.signed_at is not None):
            message = "labels are those of a signed report, or of none"
            raise ValueError(message)
        if not self.report_version and self.labels:
            message = "without a report there are no labels"
            raise ValueError(message)
        if self.reservation is Reservation.LANGUAGE and (self.labels or self.looked_for or self.is_normal is not None):
            message = "a report in another language is not read"
            raise ValueError(message)


def label_step(study_key: str) -> NextStep:
    """Order that a study's report is labelled as it stands, and held against what apps said."""
    return NextStep(step="label", arguments={"study_key": study_key}, once=True)
