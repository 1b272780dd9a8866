"""What a vendor's object says, before it is held against what the app promises."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from collega.errors import QuarantineError
from collega.model.code import Code
from collega.model.finding import Evaluation, Measurement, Region

# An app that marks more than this is out of order, and a reader could not look at it all; reading stops there.
MOST_STATEMENTS = 2_000


class Ended(StrEnum):
    """How all the algorithms behind a report ended (PS3.16 CID 6047)."""

    ALL_WITHOUT_FINDINGS = "all-without-findings"
    ALL_WITH_FINDINGS = "all-with-findings"
    SOME = "some"
    NONE = "none"


class Kind(StrEnum):
    """Kinds of object that vendors answer with."""

    REPORT = "report"
    MAMMOGRAPHY_CAD = "mammography-cad"
    CHEST_CAD = "chest-cad"
    SEGMENTATION = "segmentation"
    PRESENTATION = "presentation-state"
    CONTOURS = "contours"
    CAPTURE = "secondary-capture"
    DOCUMENT = "document"
    JSON = "json"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contour:
    """A closed line, or a point, in the space of the patient: (x, y, z) in mm (PS3.3 C.7.6.2.1.1)."""

    points: tuple[tuple[float, float, float], ...]
    frame_of_reference: str = ""
    image: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """Where a segment's pixels are: the file of the answer, its frames (from 0), and its value in a label map."""

    file: str
    frames: tuple[int, ...]
    label: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One thing that an object says of one concept.

    ``evaluation`` is what it says in so many words, None where it does not; ``answers`` are its coded
    words (name, value), ``lesion`` its tracking UID, ``labels`` its words without a code.
    ``is_stated``: by its template, a finding is only written where there is one; ``is_tentative``: its
    maker leaves it open whether it is shown.
    ``finding`` and ``score`` stand where a mapping has already said which finding and which number it is.
    """

    concept: Code | None = None
    labels: tuple[str, ...] = ()
    sites: tuple[Code, ...] = ()
    evaluation: Evaluation | None = None
    answers: tuple[tuple[Code, Code], ...] = ()
    numbers: tuple[Measurement, ...] = ()
    images: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    contours: tuple[Contour, ...] = ()
    mask: Mask | None = None
    lesion: str = ""
    finding: str = ""
    score: float | None = None
    is_stated: bool = False
    is_tentative: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one file of an answer is, names and says.

    ``images`` are those that it names anywhere; ``searched_for`` the concepts whose detection succeeded;
    ``unread`` tells what was kept and not understood.
    """

    file: str
    kind: Kind
    title: str
    study_instance_uid: str = ""
    patient_id: str = ""
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    statements: tuple[Statement, ...] = ()
    images: tuple[str, ...] = ()
    ended: Ended | None = None
    searched_for: tuple[Code, ...] = ()
    unread: tuple[str, ...] = ()


# Kinds that draw, and say nothing in words.
DRAWINGS = frozenset({Kind.SEGMENTATION, Kind.PRESENTATION, Kind.CONTOURS})
# Kinds that speak of findings by themselves; silence in the others means nothing.
SPEAKING = frozenset(Kind) - {Kind.CAPTURE, Kind.DOCUMENT, Kind.OTHER}


def bounded(statements: Iterable[Statement], file: str) -> tuple[Statement, ...]:
    """Take statements up to the limit.

    Raises
    ------
    QuarantineError
        ``too-much``.
    """
    taken: list[Statement] = []
    for statement in statements:
        if len(taken) == MOST_STATEMENTS:
            text = f"{file} makes more than {MOST_STATEMENTS} statements; the app is out of order"
            raise QuarantineError("too-much", text)
        taken.append(statement)
    return tuple(taken)
