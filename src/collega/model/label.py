"""What a signed report says of a finding, as far as a program or a reader has made it out."""

from dataclasses import dataclass
from enum import StrEnum


class LabelWord(StrEnum):
    """A report's word on one finding; a report that is silent about it has none."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORIC = "historic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One finding in one report, with the sentence that speaks of it."""

    finding_id: str
    word: LabelWord
    sentence: str
