"""Panels: studies that several readers read, blind to AI and to each other, so that their word is the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collega.model.feedback import Seen
from collega.model.reference import TruthWord

FEWEST_READERS = 2
WORDS = (TruthWord.PRESENT, TruthWord.ABSENT, TruthWord.UNCERTAIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelRead:
    """One version of what one reader says of one case, on every finding of the panel; the last version counts."""

    case: int
    reader: str
    words: Mapping[str, TruthWord]
    at: datetime
    number: int = 1
    is_adjudication: bool = False
    ai_visible: Seen = Seen.NO

    def __post_init__(self) -> None:
        if not self.words or not set(self.words.values()) <= set(WORDS):
            message = f"a reader says of each finding one of {', '.join(WORDS)}"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A panel with its cases, numbered from 1, and what was read.

    ``adjudicator`` settles what the readers do not agree on, and is none of them. ``why`` says how its cases were
    chosen.
    """

    key: str
    name: str
    why: str
    findings: tuple[str, ...]
    readers: tuple[str, ...]
    adjudicator: str
    created_at: datetime
    actor: str
    cases: tuple[str, ...] = ()
    reads: tuple[PanelRead, ...] = ()
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        if len(set(self.readers)) < FEWEST_READERS or len(set(self.readers)) != len(self.readers):
            message = "a panel has two or more readers, each of them named once"
            raise ValueError(message)
        if not self.adjudicator or self.adjudicator in self.readers:
            message = "the adjudicator is a further reader: none of those who read before"
            raise ValueError(message)
        if not (self.name and self.findings and self.actor):
            message = "a panel has a name, one finding or more, and somebody who made it"
            raise ValueError(message)
