"""A feedback pack: where an app was wrong in the eyes of readers, for its maker, and what the maker says of each case.

What a pack is made of is frozen when it is prepared; its standing and its answers only grow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from collega.model.feedback import CAUSES
from collega.model.finding import Region

MOST_WORDS = 500


class PackState(StrEnum):
    """Where a pack stands; nothing of it leaves before ``approved``."""

    PREPARED = "prepared"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN = "taken"


class CaseSource(StrEnum):
    """Where a case comes from."""

    OPINION = "opinion"
    MISSED = "missed"
    REPORT = "report"


class LeftOut(StrEnum):
    """Why a case of a pack does not leave."""

    WITHHELD = "withheld"
    OBJECTION = "objection"
    IMAGES_REMOVED = "images_removed"
    BURNED_IN = "burned_in"
    RECOGNIZABLE = "recognizable"
    IDENTITY_LEFT = "identity_left"


class AnswerStatus(StrEnum):
    """What the maker says of a case; a case without an answer has none of these."""

    ACCEPTED = "accepted"
    FIXED = "fixed"
    NOT_REPRODUCIBLE = "not_reproducible"
    AS_DESIGNED = "as_designed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One word of an app that readers found wrong, as it stood when the pack was prepared.

    Parameters
    ----------
    number : int
        Its place in the pack, from 1.
    thing : str
        What it is about, the same for each of its versions.
    version : str
        Changes with what readers say of it.
    contrast : str
        How the word of the app stands to the report, where a report is its source.
    causes : tuple of str
        Keys of `collega.model.feedback.CAUSES`.
    readers : int
        How many said so; who is not told.
    text : str
        What readers wrote in their own words, which may name anybody.
    at : datetime
        When it was first said.
    """

    number: int
    source: CaseSource
    thing: str
    version: str
    study_key: str
    job_key: str
    app_id: str
    app_version: str
    finding_id: str = ""
    contrast: str = ""
    causes: tuple[str, ...] = ()
    readers: int = 1
    text: str = ""
    place: Region | None = None
    at: datetime

    def __post_init__(self) -> None:
        if self.number < 1 or self.readers < 1 or set(self.causes) - set(CAUSES):
            message = "a case has a number, a reader, and causes that are known"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackStanding:
    """One standing of a pack; ``revision`` counts them from 1.

    Parameters
    ----------
    with_text : tuple of int
        Cases of which the words of readers go along, since the approver has read them.
    withheld : tuple of int
        Cases that the approver keeps here.
    left_out : Mapping
        Cases that did not leave, when it was taken last, and why.
    gone : tuple of int
        Cases that have left at least once: they are with the maker, whatever became of them here.
    sha256, files, bytes : str, int and int
        Of the file that was taken.
    """

    revision: int
    state: PackState
    at: datetime
    actor: str
    reason: str = ""
    with_text: tuple[int, ...] = ()
    withheld: tuple[int, ...] = ()
    left_out: Mapping[int, LeftOut] = field(default_factory=dict)
    gone: tuple[int, ...] = ()
    sha256: str = ""
    files: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        if not self.actor:
            message = "a standing is somebody's doing: who is not named"
            raise ValueError(message)
        if self.state is PackState.REFUSED and not self.reason:
            message = "a pack is refused for a reason"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the maker says of a case; ``number`` counts the answers to it from 1, and the last one counts.

    Parameters
    ----------
    fixed_in : str
        Version of the app in which it is mended, where the status is ``fixed``.
    writer : str
        Who wrote it, on the maker's side.
    actor : str
        Who noted it here.
    """

    case: int
    number: int
    status: AnswerStatus
    fixed_in: str = ""
    answered_on: date
    writer: str
    actor: str
    at: datetime

    def __post_init__(self) -> None:
        if (self.status is AnswerStatus.FIXED) != bool(self.fixed_in):
            message = "the version in which it is fixed is named, and only there"
            raise ValueError(message)
        if not self.writer or not self.actor:
            message = "an answer is somebody's, and is noted by somebody"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """The feedback to one maker; ``number`` counts the packs for this maker from 1."""

    key: str
    vendor: str
    number: int
    prepared_at: datetime
    cases: Sequence[Case]
    standing: PackStanding
    answers: Sequence[Answer] = ()

    def answer_to(self, case: int) -> Answer | None:
        """Give the last answer to a case; None where there is none yet."""
        return max((one for one in self.answers if one.case == case), key=lambda one: one.number, default=None)

    def label(self, case: int) -> str:
        """Give the number of a case by which both sides speak of it; it says nothing of a patient."""
        return f"{self.number}-{case:03d}"
