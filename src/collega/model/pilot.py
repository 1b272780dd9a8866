"""What a department wants of a pilot, and by when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kpi(StrEnum):
    """A figure that a goal can be set for; each is a share."""

    PPV = "ppv"
    SENSITIVITY = "sensitivity"
    IN_TIME = "in_time"
    VIEWED = "viewed"
    ANALYSED = "analysed"


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotGoal:
    """One version of a goal. ``guard`` is what must not happen meanwhile; ``number`` counts the versions from 1."""

    app_id: str
    kpi: Kpi
    number: int
    target: float
    by: date
    guard: str
    actor: str
    at: datetime

    def __post_init__(self) -> None:
        if not 0 < self.target <= 1:
            message = f"target: a share above 0, at most 1, got {self.target}"
            raise ValueError(message)
        if not self.actor:
            message = "a goal is somebody's: who sets it is not named"
            raise ValueError(message)


def standing_goals(given: Iterable[PilotGoal]) -> dict[Kpi, PilotGoal]:
    """Give the last version of each goal."""
    return {goal.kpi: goal for goal in sorted(given, key=lambda goal: goal.number)}
