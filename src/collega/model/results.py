"""How a vendor's words are read: the table ``[results]`` of a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from collega.model.finding import Evaluation, RegionKind, Status

# Scheme and value, which name a concept; meanings differ between makers.
Concept: TypeAlias = tuple[str, str]


class Forwardable(StrEnum):
    """Kinds of object that can be sent on as their maker gave them: they show, and speak of no finding in codes."""

    SEGMENTATION = "segmentation"
    PRESENTATION = "presentation-state"
    CONTOURS = "contours"
    CAPTURE = "secondary-capture"
    DOCUMENT = "document"


class Silence(StrEnum):
    """What it means that a promised finding is not mentioned."""

    UNDETERMINED = "undetermined"
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorCode:
    """One word of the vendor's for a finding: a code, or a label where it gives no codes.

    ``site`` narrows the code to one place; ``label`` is compared without regard to case.
    """

    finding: str
    code: Concept | None = None
    site: Concept | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreConcept:
    """The number that is the score; ``scale`` times it lies on the finding's own scale."""

    concept: Concept
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberAt:
    """A measured quantity of a JSON answer: where it stands, its name as a code, its unit (UCUM)."""

    at: str
    scheme: str
    value: str
    meaning: str
    unit: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionAt:
    """A place of a JSON answer, in pixels of the image that ``image`` names, or in mm of the patient.

    ``order``: how its numbers run; ``box`` is left, top, right, bottom or left, top, width, height.
    """

    at: str
    kind: RegionKind
    image: str = ""
    frame: str = ""
    unit: str = "px"
    sized: bool = False
    rows_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingAt:
    """Where a JSON answer speaks of a finding.

    ``at``: the object, or the list of objects, that speak of it; other paths begin there. ``ids``
    with ``finding_at`` say which finding an object is about, where ``finding`` does not.
    """

    at: str = ""
    finding: str = ""
    finding_at: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    evaluation: str = ""
    values: Mapping[str, Evaluation] = field(default_factory=dict)
    score: str = ""
    scale: float = 1.0
    images: str = ""
    regions: tuple[RegionAt, ...] = ()
    measurements: tuple[NumberAt, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusAt:
    """Where a JSON answer says how it went, and where it says why."""

    at: str
    values: Mapping[str, Status]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonMapping:
    """How ``answer.json`` is read."""

    findings: tuple[FindingAt, ...]
    study: str = ""
    status: StatusAt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultsSpec:
    """How a vendor's answer becomes findings.

    ``restates``: where the vendor gives no number, its word is restated as one (``score_from_evaluation``).
    ``forward``: what is sent on to the PACS as it is.
    ``without_findings``: what a report is free of that says no more than "all algorithms succeeded, without findings".
    """

    restates: bool
    silence: Silence = Silence.UNDETERMINED
    without_findings: tuple[str, ...] = ()
    codes: tuple[VendorCode, ...] = ()
    score: ScoreConcept | None = None
    evaluations: Mapping[Concept, Evaluation] = field(default_factory=dict)
    json: JsonMapping | None = None
    forward: tuple[Forwardable, ...] = ()
