"""What readers say of an app's word, what it has missed, and an emergency physician's first look.

Nothing of it is ever changed: who thinks again adds a version, and the last one counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from collega.model.code import Text
from collega.model.finding import Evaluation, Region

MOST_REMARK_CHARACTERS = 2000


class Opinion(StrEnum):
    """A reader's opinion on one finding of an app; ``withdrawn`` takes an earlier one back."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"


class Seen(StrEnum):
    """Whether the reader had seen what AI says before the opinion was formed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


# Why an app was wrong, in the reader's eyes (R12). The order is that of the page, and of the keys 1 to 9 and 0.
CAUSES: dict[str, Text] = {
    "calcification": Text(en="calcification", nl="verkalking"),
    "artefact": Text(en="artefact", nl="artefact"),
    "post-operative": Text(en="after an operation", nl="na een operatie"),
    "motion": Text(en="motion", nl="beweging"),
    "other-finding": Text(en="another finding", nl="een andere bevinding"),
    "normal-variant": Text(en="normal variant or overlap", nl="normale variant of overprojectie"),
    "device": Text(en="tube, line or implant", nl="lijn, tube of implantaat"),
    "old": Text(en="old, known or treated", nl="oud, bekend of behandeld"),
    "subtle": Text(en="subtle or small", nl="subtiel of klein"),
    "image-quality": Text(en="poor image, position or dose", nl="slechte opname, positie of dosis"),
    "anatomy": Text(en="wrong place or side", nl="verkeerde plaats of zijde"),
    "other": Text(en="something else", nl="iets anders"),
}


def _check_reader(reader: str, remark: str) -> None:
    if not reader:
        message = "an opinion is somebody's: the reader is not named"
        raise ValueError(message)
    if len(remark) > MOST_REMARK_CHARACTERS:
        message = f"a remark of {len(remark)} characters; {MOST_REMARK_CHARACTERS} are taken"
        raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """One version of a reader's opinion on what an app said of one finding.

    ``number`` counts the versions of this reader's opinion on it from 1; ``cause`` is a key of `CAUSES`, or empty.
    """

    study_key: str
    job_key: str
    finding_id: str
    reader: str
    number: int
    opinion: Opinion
    ai_seen: Seen
    at: datetime
    cause: str = ""
    remark: str = ""
    role: str = ""

    def __post_init__(self) -> None:
        _check_reader(self.reader, self.remark)
        if self.cause and self.cause not in CAUSES:
            message = f"{self.cause!r} is no cause; there are {', '.join(CAUSES)}"
            raise ValueError(message)
        if self.cause and self.opinion not in {Opinion.DISAGREE, Opinion.UNSURE}:
            message = f"a cause belongs to a doubt, not to {self.opinion.value!r}"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """One version of a finding that a reader saw and no app named; ``place`` is where, on one image.

    ``mark`` tells the marks of a study apart; ``is_withdrawn`` takes it back.
    """

    study_key: str
    mark: str
    reader: str
    number: int
    what: str
    at: datetime
    place: Region | None = None
    ai_seen: Seen = Seen.UNKNOWN
    remark: str = ""
    role: str = ""
    is_withdrawn: bool = False

    def __post_init__(self) -> None:
        _check_reader(self.reader, self.remark)
        if not self.what or len(self.what) > MOST_REMARK_CHARACTERS:
            message = "a missed finding needs its name, of reasonable length"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstLook:
    """One version of the first assessment by an emergency physician (R22).

    ``finding_id`` is what was looked for, empty for the study as a whole; ``is_called``: whether a radiologist
    was called.
    """

    study_key: str
    finding_id: str
    reader: str
    number: int
    found: Evaluation
    ai_seen: Seen
    is_called: bool
    at: datetime
    role: str = ""

    def __post_init__(self) -> None:
        _check_reader(self.reader, "")


def latest(given: Iterable[Feedback]) -> tuple[Feedback, ...]:
    """Keep each reader's last word on each finding; none where it was withdrawn."""

    def place(one: Feedback) -> tuple[str, str, str, str]:
        return one.study_key, one.job_key, one.finding_id, one.reader

    ordered = sorted(given, key=lambda one: (*place(one), one.number))
    last = (list(group)[-1] for _, group in groupby(ordered, place))
    return tuple(one for one in last if one.opinion is not Opinion.WITHDRAWN)


def latest_missed(given: Iterable[Missed]) -> tuple[Missed, ...]:
    """Keep the last version of each mark; none where it was withdrawn."""

    def place(one: Missed) -> tuple[str, str]:
        return one.study_key, one.mark

    ordered = sorted(given, key=lambda one: (*place(one), one.number))
    last = (list(group)[-1] for _, group in groupby(ordered, place))
    return tuple(one for one in last if not one.is_withdrawn)


def latest_looks(given: Iterable[FirstLook]) -> tuple[FirstLook, ...]:
    """Keep each reader's last word on each question."""

    def place(one: FirstLook) -> tuple[str, str, str]:
        return one.study_key, one.finding_id, one.reader

    ordered = sorted(given, key=lambda one: (*place(one), one.number))
    return tuple(list(group)[-1] for _, group in groupby(ordered, place))
