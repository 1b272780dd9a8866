"""Two apps, or two versions of one, on the same stored studies (R8, R15)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.code import Code, Text
from collega.model.finding import Evaluation


class Side(StrEnum):
    """The two that are compared."""

    A = "a"
    B = "b"


class ItemState(StrEnum):
    """How one app's run on one study ended; only ``analysed`` says anything about findings."""

    TO_DO = "to do"
    ANALYSED = "analysed"
    NOT_SUITABLE = "not suitable"
    FAILED = "failed"
    NOT_ACCEPTED = "not accepted"
    IMAGES_REMOVED = "images removed"
    NEVER_RECEIVED = "never received"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One side: an app version, its folder, and the number of the set of thresholds that it is given."""

    app_id: str
    version: str
    name: Text
    folder: str
    thresholds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What is compared, under which name."""

    key: str
    name: str
    a: Contender
    b: Contender
    created_at: datetime
    actor: str

    def side(self, side: Side) -> Contender:
        """Give one of the two."""
        return self.a if side is Side.A else self.b


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What an app said of one finding; the score as 0 (against presence) to 100 (for it)."""

    code: Code
    site: Code | None
    name: Text
    evaluation: Evaluation
    score_percent: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One app on one study; ``seconds`` is the wall time of the attempts, None where there were none."""

    study_instance_uid: str
    side: Side
    state: ItemState = ItemState.TO_DO
    reason: str = ""
    findings: tuple[Said, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HowFar:
    """How many runs of a comparison have ended; ``waits``: none may start, since the line needs the places."""

    done: int
    total: int
    waits: bool = False

    @property
    def percent(self) -> int:
        """Share that has ended."""
        return percent(self.done, self.total)


def percent(done: int, total: int) -> int:
    """Share that has ended, rounded down: 100 means all."""
    return 100 * done // total if total else 100
