"""What may be removed by rule, and why something must stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collega.model.delivery import DeliveryState
from collega.model.job import JobState
from collega.model.study import StudyState


class Kept(StrEnum):
    """What is kept for a time: each has a number of days in the settings.

    ``images``: all received objects of a study; ``results``: the objects built for it;
    ``runs``: what the attempts of its apps left behind; ``quarantine``: what was set apart.
    """

    IMAGES = "images"
    RESULTS = "results"
    RUNS = "runs"
    QUARANTINE = "quarantine"


class StayReason(StrEnum):
    """Why something is not removed yet."""

    KEPT_FOR_EVER = "kept_for_ever"
    RECEIVING = "receiving"
    OPEN_JOB = "open_job"
    OPEN_STEP = "open_step"
    UNDELIVERED = "undelivered"
    HELD = "held"
    RECENT = "recent"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepPolicy:
    """How long each kind is kept after the last activity; None is for ever."""

    images: timedelta | None = None
    results: timedelta | None = None
    runs: timedelta | None = None
    quarantine: timedelta | None = None

    def length(self, kind: Kept) -> timedelta | None:
        """How long a kind is kept."""
        lengths: dict[str, timedelta | None] = {
            Kept.IMAGES: self.images,
            Kept.RESULTS: self.results,
            Kept.RUNS: self.runs,
            Kept.QUARANTINE: self.quarantine,
        }
        return lengths[kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryFact:
    """Where a delivery stands, and whether anything is still to be done for it."""

    state: DeliveryState
    waits: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyFacts:
    """All that the rule looks at. ``files`` and ``size`` are of what would be removed, size in bytes."""

    study_key: str
    state: StudyState
    last_activity_at: datetime
    jobs: tuple[JobState, ...]
    deliveries: tuple[DeliveryFact, ...]
    has_open_step: bool
    is_held: bool
    received_at: datetime
    files: int = 0
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """A decision that stands in the record; its files go next, or are gone."""

    key: str
    kind: Kept
    study_key: str | None
    paths: tuple[str, ...] = ()
