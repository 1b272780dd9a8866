"""The order of the worklist. The requester's priority places a study; AI may raise it, and never lowers it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from collega.model.finding import Outcome
from collega.model.study import Priority


class Place(IntEnum):
    """Where a study stands, the first to be read first."""

    STAT = 0
    HIGH = 1
    ROUTINE = 2
    LOW = 3


# An unknown priority is no low one: it stands with the routine, which most studies are.
BY_PRIORITY: Mapping[Priority, Place] = {
    Priority.STAT: Place.STAT,
    Priority.HIGH: Place.HIGH,
    Priority.ROUTINE: Place.ROUTINE,
    Priority.UNKNOWN: Place.ROUTINE,
    Priority.LOW: Place.LOW,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One app's present word on a study; ``orders`` where its stage lets it move studies.

    ``urgency`` is what the app's manifest calls the most urgent of its findings that are present.
    """

    outcome: Outcome | None
    at: datetime
    orders: bool
    urgency: Priority = Priority.HIGH


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What the order rests on. ``reopened_at``: images came after the study had been routed."""

    key: str
    priority: Priority
    received_at: datetime
    opened_at: datetime | None = None
    signed_at: datetime | None = None
    reopened_at: datetime | None = None
    said: tuple[Said, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether a reader has signed it and no image has come since."""
        return self.signed_at is not None and not (self.reopened_at and self.reopened_at > self.signed_at)

    @property
    def waiting_since(self) -> datetime:
        """When the waiting began: with the first image, or with what came after the signature."""
        if self.signed_at and self.reopened_at and self.reopened_at > self.signed_at:
            return self.reopened_at
        return self.received_at

    @property
    def is_raised(self) -> bool:
        """Whether an app that may order has found something."""
        return bool(self.found)

    @property
    def found(self) -> Sequence[Said]:
        """Findings by which apps may move the study."""
        return [said for said in self.said if said.orders and said.outcome is Outcome.FOUND]

    @property
    def place(self) -> Place:
        """The more urgent of what the requester and what AI says."""
        asked = BY_PRIORITY[self.priority]
        return min([asked, *(BY_PRIORITY[said.urgency] for said in self.found)]) if self.said else asked

    @property
    def found_after_signing(self) -> bool:
        """Whether an app that may order found something when the study had been signed already."""
        signed = self.signed_at
        return signed is not None and any(said.at > signed for said in self.found)


def sort_key(study: Candidate) -> tuple[bool, Place, datetime, str]:
    """Signed ones last (the reader's doing), then by place, then whoever waits longest."""
    return (study.is_signed, study.place, study.waiting_since, study.key)


def in_order(studies: Iterable[Candidate]) -> Sequence[Candidate]:
    """Sort studies as they are to be read."""
    return sorted(studies, key=sort_key)


def in_view(study: Candidate, now: datetime, keep_signed: timedelta) -> bool:
    """Whether a study still stands on the board.

    A signed one goes some time after the signature, or after a finding that came later: what AI
    finds then must not go by unseen.
    """
    if not study.is_signed or study.signed_at is None:
        return True
    return now - max([study.signed_at, *(said.at for said in study.found)]) < keep_signed
