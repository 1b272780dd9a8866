"""What an app says of a study: status, findings, scores, regions, measurements."""

from dataclasses import dataclass, replace
from enum import StrEnum

from collega.model.code import Code, Text
from collega.model.rule import RuleVerdict


class Status(StrEnum):
    """How an app's run on a study ended. Only ``analysed`` says anything about findings."""

    ANALYSED = "analysed"
    NOT_SUITABLE = "not_suitable"
    FAILED = "failed"


class Evaluation(StrEnum):
    """What an app says of one finding."""

    PRESENT = "present"
    ABSENT = "absent"
    UNDETERMINED = "undetermined"


class Direction(StrEnum):
    """Which end of a scale speaks for presence."""

    HIGHER_IS_PRESENT = "higher-is-present"
    LOWER_IS_PRESENT = "lower-is-present"


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A number on a known scale; a probability only where ``calibrated`` says so."""

    value: float
    low: float
    high: float
    direction: Direction
    calibrated: bool

    def __post_init__(self) -> None:
        if not self.low < self.high:
            message = f"a scale runs from low to high, got {self.low} to {self.high}"
            raise ValueError(message)
        if not self.low <= self.value <= self.high:
            message = f"score {self.value} lies outside its scale {self.low} to {self.high}"
            raise ValueError(message)

    @property
    def presence_percent(self) -> float:
        """The score as 0 (speaks against presence) to 100 (speaks for presence)."""
        share = (self.value - self.low) / (self.high - self.low)
        return 100 * (share if self.direction is Direction.HIGHER_IS_PRESENT else 1 - share)


class RegionKind(StrEnum):
    """Shape of a region in image coordinates."""

    POINT = "point"
    BOX = "box"
    POLYGON = "polygon"


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """Place of a finding in one frame.

    ``points`` are (column, row) pairs in pixels, origin at the top left corner of the
    top left pixel (PS3.3 C.18.6.1.2): one for a point, two opposite corners for a box,
    three or more for a polygon.
    """

    kind: RegionKind
    image: str
    frame: int
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        fits = {RegionKind.POINT: (1, 1), RegionKind.BOX: (2, 2), RegionKind.POLYGON: (3, 10_000)}
        low, high = fits[self.kind]
        if not low <= len(self.points) <= high:
            message = f"a {self.kind} has {low} to {high} points, got {len(self.points)}"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """A measured quantity with its UCUM unit."""

    name: Code
    value: float
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One app's word on one finding, looked for in ``images`` (SOP Instance UIDs)."""

    id: str
    code: Code
    site: Code | None
    evaluation: Evaluation
    score: Score
    threshold: float | None
    images: tuple[str, ...]
    regions: tuple[Region, ...] = ()
    measurements: tuple[Measurement, ...] = ()

    @property
    def threshold_percent(self) -> float | None:
        """The threshold on the scale of `Score.presence_percent`, 0 to 100; None where there is none."""
        return None if self.threshold is None else replace(self.score, value=self.threshold).presence_percent


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A mask that an app wrote for a finding: one plane per image, 1 inside."""

    finding_id: str
    label: str
    images: tuple[str, ...]
    file: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A picture or document that an app wrote besides its findings."""

    kind: str
    file: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppResult:
    """The checked answer of an app for one study."""

    app_id: str
    app_version: str
    study_instance_uid: str
    status: Status
    reason_code: str = ""
    reason: Text | None = None
    findings: tuple[Finding, ...] = ()
    segments: tuple[Segment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[Text, ...] = ()
    verdicts: tuple[RuleVerdict, ...] = ()

    def __post_init__(self) -> None:
        if self.status is Status.ANALYSED:
            if self.reason_code:
                message = "an analysed study carries no reason"
                raise ValueError(message)
            return
        if not self.reason_code or self.reason is None:
            message = f"status {self.status} needs a reason"
            raise ValueError(message)
        if self.findings:
            message = f"status {self.status} cannot carry findings"
            raise ValueError(message)

    @property
    def outcome(self) -> "Outcome":
        """The one word that the status page shows for this app."""
        if self.status is Status.NOT_SUITABLE:
            return Outcome.NOT_SUITABLE
        if self.status is Status.FAILED:
            return Outcome.FAILED
        words = {finding.evaluation for finding in self.findings}
        if Evaluation.PRESENT in words:
            return Outcome.FOUND
        return Outcome.UNDETERMINED if Evaluation.UNDETERMINED in words or not words else Outcome.NOTHING_FOUND


class Outcome(StrEnum):
    """What a reader must be able to tell apart at a glance (R25)."""

    FOUND = "found"
    NOTHING_FOUND = "nothing_found"
    UNDETERMINED = "undetermined"
    NOT_SUITABLE = "not_suitable"
    FAILED = "failed"
