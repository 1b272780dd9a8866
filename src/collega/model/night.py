"""What the morning says of a study of the night (R22)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from collega.model.finding import Evaluation


@dataclass(frozen=True, kw_only=True, slots=True)
class MorningWord:
    """One version of what the final report says of the study as a whole, as somebody has read it.

    ``found``: whether it names something acute; ``is_recalled``: whether the patient was called back for it.
    ``number`` counts the versions of a study's word from 1.
    """

    study_key: str
    number: int
    found: Evaluation
    is_recalled: bool
    reader: str
    at: datetime
    role: str = ""

    def __post_init__(self) -> None:
        if not self.reader:
            message = "a word on the report is somebody's: the reader is not named"
            raise ValueError(message)


def latest_words(given: Iterable[MorningWord]) -> dict[str, MorningWord]:
    """Give the last word on each study."""
    ordered = sorted(given, key=lambda one: (one.study_key, one.number))
    return {key: list(group)[-1] for key, group in groupby(ordered, lambda one: one.study_key)}
