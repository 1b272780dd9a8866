"""A performed procedure step as its modality tells it: PS3.3 B.17, PS3.4 F.7."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.evidence import SeriesSaid
from collega.model.merge import Identity

NOBODY = Identity("", "")


class StepState(StrEnum):
    """Performed Procedure Step Status (0040,0252), in its defined terms."""

    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepSaid:
    """What one N-CREATE or N-SET says of a step; None where it does not speak of it."""

    state: StepState | None = None
    study_instance_uids: tuple[str, ...] = ()
    series: tuple[SeriesSaid, ...] | None = None
    began: str = ""
    ended: str = ""
    patient: Identity = NOBODY


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcedureStep:
    """A step as the store knows it; ``series`` are those that were said last while it is in progress.

    ``began`` and ``ended`` are date and time as the modality writes them, by its own clock.
    """

    sop_instance_uid: str
    state: StepState
    study_instance_uids: tuple[str, ...]
    source: str
    created_at: datetime
    changed_at: datetime
    series: tuple[SeriesSaid, ...] = ()
    began: str = ""
    ended: str = ""
    patient: Identity = NOBODY
