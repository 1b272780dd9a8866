"""What is taken to be true of a study, by whom it was said, and whether AI had been seen before."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.feedback import Seen


class TruthWord(StrEnum):
    """What is taken to be true of one finding; ``withdrawn`` takes an earlier word back."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"


class ReferenceSource(StrEnum):
    """Where a label is from."""

    REPORT = "report"
    FEEDBACK = "feedback"
    PANEL = "panel"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class Strength(StrEnum):
    """How much a label can bear: a weak one is a by-product of care, a strong one was made to be the reference."""

    WEAK = "weak"
    STRONG = "strong"


# What a program makes of care is weak, whoever says otherwise.
BY_CARE = frozenset({ReferenceSource.REPORT, ReferenceSource.FEEDBACK})


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What a record of the patient says of what was looked for, and when it was so."""

    at: datetime
    word: TruthWord


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceLabel:
    """One version of what one source says of one finding of a study.

    ``origin`` tells labels of a source apart (a report, a reader, a panel, a file); ``number`` counts the versions of
    this label from 1, and the last one counts. ``dated`` is when it was found, ``ai_visible`` whether AI's word was
    visible to whoever found it, before.
    """

    study_key: str
    finding_id: str
    source: ReferenceSource
    origin: str
    word: TruthWord
    strength: Strength
    ai_visible: Seen
    dated: datetime
    at: datetime
    actor: str
    number: int = 1
    remark: str = ""

    def __post_init__(self) -> None:
        if not (self.finding_id and self.origin and self.actor):
            message = "a label names its finding, where it is from, and who answers for it"
            raise ValueError(message)
        if self.source in BY_CARE and self.strength is not Strength.WEAK:
            message = f"a label of source {self.source} is weak"
            raise ValueError(message)
