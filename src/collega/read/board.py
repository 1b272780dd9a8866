"""One line of the board: a study, and where each of its apps stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.formats.together import Row
from collega.model.code import Text
from collega.model.finding import Attachment, Finding, Outcome
from collega.model.job import AttemptOutcome, JobState
from collega.model.result import NoAnswer
from collega.model.runtime import Way
from collega.model.study import StudyState
from collega.read.worklist import Candidate


class AppState(StrEnum):
    """What a reader must be able to tell apart; none of them but ``nothing_found`` says that nothing was found."""

    EXPECTED = "expected"
    RUNNING = "running"
    LATE = "late"
    UNAVAILABLE = "unavailable"
    FOUND = "found"
    NOTHING_FOUND = "nothing_found"
    UNDETERMINED = "undetermined"
    NOT_SUITABLE = "not_suitable"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    PUT_ASIDE = "put_aside"
    NO_RULE_OUT = "no_rule_out"
    READY = "ready"
    OWN_SCREEN = "own_screen"
    HELD = "held"


OPEN = frozenset({AppState.EXPECTED, AppState.RUNNING, AppState.LATE, AppState.UNAVAILABLE})
ANSWERED: Mapping[Outcome | NoAnswer, AppState] = {
    Outcome.FOUND: AppState.FOUND,
    Outcome.NOTHING_FOUND: AppState.NOTHING_FOUND,
    Outcome.UNDETERMINED: AppState.UNDETERMINED,
    Outcome.NOT_SUITABLE: AppState.NOT_SUITABLE,
    Outcome.FAILED: AppState.FAILED,
    NoAnswer.UNAVAILABLE: AppState.UNAVAILABLE,
    NoAnswer.NO_RULE_OUT: AppState.NO_RULE_OUT,
    NoAnswer.NOT_ASKED: AppState.READY,
    NoAnswer.OWN_SCREEN: AppState.OWN_SCREEN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AppLine:
    """One app's work on a study, with the names that its manifest gives; ``outcome`` is what may be said of it."""

    job_key: str = ""
    app_id: str
    version: str
    stage: str
    name: Text
    clinical_use: bool
    job_state: JobState
    outcome: Outcome | NoAnswer | None
    reason_code: str
    reason: Text | None
    queued_at: datetime
    ended_at: datetime | None
    expected_at: datetime
    findings: tuple[tuple[Text, Finding], ...]
    sought: tuple[Text, ...]
    unavailable_since: datetime | None = None
    rule_words: tuple[Text, ...] = ()
    way: Way = Way.AUTOMATIC
    launched_at: datetime | None = None
    kept: tuple[Attachment, ...] = ()

    @property
    def can_be_asked(self) -> bool:
        """Whether its answer is ready and waits for a reader to ask."""
        return self.job_state is JobState.READY

    @property
    def has_screen(self) -> bool:
        """Whether a reader can open its own screen for this study."""
        return self.way is Way.OWN_SCREEN and self.job_state in {JobState.OFFERED, JobState.DONE}

    def state(self, now: datetime) -> AppState:
        """Where the app stands for a reader who looks at ``now``."""
        if self.job_state is JobState.DISCARDED:
            return AppState.PUT_ASIDE
        if self.outcome is not None:
            timed_out = self.outcome is Outcome.FAILED and self.reason_code == AttemptOutcome.TIMED_OUT
            return AppState.TIMED_OUT if timed_out else ANSWERED[self.outcome]
        if self.job_state is JobState.DONE:
            return AppState.FAILED  # done without an answer is no negative
        return AppState.UNAVAILABLE if self.unavailable_since is not None else self._waits(now)

    def _waits(self, now: datetime) -> AppState:
        if self.job_state is JobState.HELD:
            return AppState.HELD
        if now > self.expected_at:
            return AppState.LATE
        return AppState.EXPECTED if self.job_state is JobState.QUEUED else AppState.RUNNING


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A study on the board; age in years, target in seconds (None: there is none).

    The page does not show ``patient_id``: it is for programs that must find the study elsewhere.
    ``shared`` are findings that several apps look for.
    """

    order: Candidate
    study_instance_uid: str
    accession_number: str
    description: str
    modality: str
    age: float | None
    sex: str
    priority_source: str
    study_state: StudyState
    complete_at: datetime | None
    target_s: float | None
    apps: tuple[AppLine, ...]
    patient_id: str = ""
    study_at: datetime | None = None
    revision: int = 1
    shared: tuple[Row, ...] = ()
    order_standing: str = ""
    location: str = ""
    report_status: str = ""
