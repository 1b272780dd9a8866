"""A label check: a reader reads reports again, so that the error of their labels is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collega.model.reference import TruthWord

# The report as a whole, beside its findings.
ABNORMAL = "abnormal"
REPORTS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckItem:
    """One report that was drawn; ``weight`` is how many reports of the site it stands for.

    ``words`` is what the program makes of it, by finding.
    """

    number: int
    study_key: str
    report_version: str
    stratum: str
    weight: float
    words: Mapping[str, TruthWord]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckAnswer:
    """One version of what the reader makes of a report; without words, it could not be read any more."""

    item: int
    reader: str
    words: Mapping[str, TruthWord]
    at: datetime
    number: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelCheck:
    """A check of the labels that one labeller makes at this site.

    ``frame`` is how many of all reports the program calls present, absent and uncertain, by finding.
    """

    key: str
    labeller: str
    seed: int
    findings: tuple[str, ...]
    frame: Mapping[str, Mapping[TruthWord, int]]
    created_at: datetime
    actor: str
    items: tuple[CheckItem, ...] = ()
    answers: tuple[CheckAnswer, ...] = ()

    @property
    def waiting(self) -> tuple[int, ...]:
        """Numbers of the reports that nobody has read yet."""
        done = {one.item for one in self.answers}
        return tuple(one.number for one in self.items if one.number not in done)

    @property
    def is_done(self) -> bool:
        """Whether every report was read."""
        return bool(self.items) and not self.waiting
