"""Moments of a study by the clocks that told them, and what is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MomentKind(StrEnum):
    """What happened, in the order in which it should."""

    ORDERED = "ordered"
    SCHEDULED = "scheduled"
    STEP_BEGUN = "step_begun"
    ACQUIRED_FIRST = "acquired_first"
    ACQUIRED_LAST = "acquired_last"
    STEP_ENDED = "step_ended"
    RECEIVED_FIRST = "received_first"
    RECEIVED_LAST = "received_last"
    COMPLETE = "complete"
    QUEUED = "queued"
    STARTED = "started"
    ENDED = "ended"
    STORED = "stored"
    VISIBLE = "visible"
    OPENED = "opened"
    FIRST_SIGHT = "first_sight"
    CALLED = "called"
    CLOSED = "closed"
    SIGNED = "signed"


# Events of the audit record -> moments of which each is seen in that record of a RIS or a modality.
SEEN_IN: Mapping[str, frozenset[MomentKind]] = {
    "order viewed": frozenset({MomentKind.ORDERED, MomentKind.SCHEDULED}),
    "procedure step viewed": frozenset({MomentKind.STEP_BEGUN, MomentKind.STEP_ENDED}),
}


class ClockOwner(StrEnum):
    """Whose clock told a moment."""

    RIS = "ris"
    SCANNER = "scanner"
    COLLEGA = "collega"
    READER = "reader"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ClockName:
    """A clock: whose, and which of theirs (AE title, sending application)."""

    owner: ClockOwner
    name: str = ""


OWN_CLOCK = ClockName(owner=ClockOwner.COLLEGA)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Something that happened, when its own clock says it did."""

    kind: MomentKind
    at: datetime
    clock: ClockName
    app: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offset:
    """How far a clock is ahead of that of collega, in seconds, with its 95 % interval.

    ``low`` and ``high`` are None where ``pairs`` are too few to tell.
    """

    clock: ClockName
    pairs: int
    low: float | None = None
    high: float | None = None

    @property
    def middle(self) -> float:
        """What is taken off a time in figures; 0 where nothing is known."""
        return 0.0 if self.low is None or self.high is None else (self.low + self.high) / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A moment by the clock of collega: between ``low`` and ``high``, and at best ``at``."""

    moment: Moment
    at: datetime
    low: datetime
    high: datetime
    is_known: bool


class WaitEnd(StrEnum):
    """How the wait of a reader for an app ended."""

    VISIBLE = "visible"
    LEFT = "left"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """A reader had the study open while an app had not answered."""

    app: str
    begin: datetime
    end: datetime
    how: WaitEnd

    @property
    def minutes(self) -> float:
        """Length."""
        return (self.end - self.begin).total_seconds() / 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """What passed between two stations of the way."""

    begin: MomentKind
    end: MomentKind
    minutes: float
    app: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """One study's way, by one clock."""

    placed: tuple[Placed, ...]
    offsets: tuple[Offset, ...]
    gaps: tuple[Gap, ...]
    waits: tuple[Wait, ...]
    first: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> tuple[str, ...]:
        """What the audit record is told of whoever sees it, beside the study: whether an order or a step is in it."""
        kinds = {item.moment.kind for item in self.placed}
        return tuple(event for event, shown in SEEN_IN.items() if kinds & shown)
