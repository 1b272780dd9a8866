"""One app's work on one revision of a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collega.model.finding import Outcome
from collega.model.study import Priority


class JobState(StrEnum):
    """Where a job stands; the table in ``pipeline.py`` says what leads where."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING = "awaiting"
    RAN = "ran"
    NORMALISED = "normalised"
    READY = "ready"
    ASKED = "asked"
    OFFERED = "offered"
    HELD = "held"
    DONE = "done"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


FINAL_JOB_STATES = frozenset({JobState.DONE, JobState.SUPERSEDED, JobState.DISCARDED})
# Nothing happens until a reader asks for the word, or opens the app's own screen.
UP_TO_A_READER = frozenset({JobState.READY, JobState.OFFERED})
# Nothing moves by itself: a status page waits for none of these, nor does the rule of retention.
SETTLED_JOB_STATES = FINAL_JOB_STATES | UP_TO_A_READER | {JobState.HELD}


class AttemptOutcome(StrEnum):
    """How one attempt to run an app ended."""

    ANSWERED = "answered"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    REFUSED = "refused"
    LOST = "lost"
    IMAGES_REMOVED = "images_removed"
    UNREACHABLE = "unreachable"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """The account of one attempt: seconds of wall and CPU time, mebibytes of memory.

    ``not_taken`` numbers the priors that the app was offered and refused, in the order in which it was given them.
    """

    outcome: AttemptOutcome
    detail: str
    isolation: tuple[str, ...]
    wall_s: float
    cpu_s: float
    peak_mb: float
    not_taken: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as the store knows it. ``inputs`` are the SOP Instance UIDs that the app gets.

    ``thresholds`` is the number of the set that its last attempt was given; 0 are the maker's own.
    """

    key: str
    study_key: str
    revision: int
    app_id: str
    app_version: str
    input_digest: str
    inputs: tuple[str, ...]
    state: JobState
    attempt: int
    outcome: Outcome | None
    created_at: datetime
    updated_at: datetime
    reason_code: str = ""
    reason: str = ""
    thresholds: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """A step to be done after this one, in the same transaction or not at all.

    ``lock`` lets only one step of that name run at a time; ``once`` drops the order where the
    same step already waits to be done no later.
    """

    step: str
    arguments: dict[str, str | int]
    at: datetime | None = None
    lock: str | None = None
    once: bool = False
    priority: int | None = None

    @property
    def rank(self) -> int:
        """Place among the steps that wait: the higher first, and of equal ones the older."""
        return LATER_FIRST.get(self.step, 0) if self.priority is None else self.priority


# Nearer to the reader goes first: else what is found would wait behind all that is still to be looked at.
LATER_FIRST: Mapping[str, int] = {"deliver": 5, "fall_back": 4, "page": 4, "plan": 3, "normalise": 2, "collect": 1}
# The engine begins the higher first, and of equal ones the older.
START_ORDER: Mapping[Priority, int] = {
    Priority.STAT: 20,
    Priority.HIGH: 10,
    Priority.ROUTINE: 0,
    Priority.UNKNOWN: 0,
    Priority.LOW: -10,
}
# A study that is to be given to its apps goes before what is left to do of others.
ROUTE_FIRST = 30


def run_step(job_key: str, priority: Priority, at: datetime | None = None) -> NextStep:
    """Order an attempt, in the place that the study's priority gives it."""
    return NextStep(step="run", arguments={"job_key": job_key}, at=at, priority=START_ORDER[priority])


def gather_step(job_key: str, priority: Priority, at: datetime | None = None, until: str = "") -> NextStep:
    """Order what an app asks for elsewhere, in the same place; ``until`` (ISO 8601): so long it waits for it."""
    arguments: dict[str, str | int] = {"job_key": job_key, "until": until}
    return NextStep(step="gather", arguments=arguments, at=at, priority=START_ORDER[priority])


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One line of the append-only record from which every measured figure comes."""

    kind: str
    at: datetime
    study_key: str | None = None
    job_key: str | None = None
    actor: str = "collega"
    payload: dict[str, object] = field(default_factory=dict)
