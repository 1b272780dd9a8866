"""What an app is: the record of its ``app.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from collega.model.code import Code, Text
from collega.model.finding import Direction
from collega.model.ids import stable_uid
from collega.model.inputs import InputSpec
from collega.model.result import AppIdentity
from collega.model.results import ResultsSpec
from collega.model.rule import Rule
from collega.model.runtime import RunSpec, Use
from collega.model.study import Priority


class Stage(StrEnum):
    """How far an app version is trusted at this site."""

    OFF = "off"
    SHADOW = "shadow"
    PILOT = "pilot"
    LIVE = "live"
    SUSPENDED = "suspended"


RUNNING_STAGES = frozenset({Stage.SHADOW, Stage.PILOT, Stage.LIVE})


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingSpec:
    """One finding that an app promises to look for, with its scale and its threshold.

    ``urgency``: how urgent a study is in which it is present, where the app's stage lets it move studies.
    """

    id: str
    code: Code
    name: Text
    low: float
    high: float
    direction: Direction
    calibrated: bool
    threshold: float | None
    threshold_range: tuple[float, float] | None
    urgency: Priority = Priority.HIGH
    site: Code | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What must be here of the series that an app accepts, for it to start before the study is complete.

    ``minimum_slices`` counts images, and the frames of those that hold several; ``contiguous``: no
    slice is missing between others; ``largest_gap_mm``: nor do neighbours lie further apart;
    ``series``: so many such series.
    """

    minimum_slices: int
    contiguous: bool = False
    largest_gap_mm: float | None = None
    series: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """An app of one version, as its folder describes it."""

    id: str
    version: str
    name: Text
    vendor: str
    clinical_use: bool
    purpose: Text
    run: RunSpec
    accepts: Mapping[str, Any]
    findings: tuple[FindingSpec, ...]
    daily_cap: int | None
    max_study_age_days: float | None
    folder: Path
    needs: Needs | None = None
    use: Use = field(default_factory=Use)
    results: ResultsSpec | None = None
    inputs: InputSpec | None = None
    rules: tuple[Rule, ...] = ()

    def finding(self, finding_id: str) -> FindingSpec | None:
        """Return the specification of one finding, or None where the app promises no such finding."""
        return next((spec for spec in self.findings if spec.id == finding_id), None)

    @property
    def scores_from_words(self) -> bool:
        """Whether its score is made from its word where its maker gives no number."""
        return self.results is not None and self.results.restates

    def held_against(self, thresholds: Mapping[str, float]) -> "Manifest":
        """Give the same app with the thresholds of a site in place of the maker's."""
        findings = tuple(replace(spec, threshold=thresholds.get(spec.id, spec.threshold)) for spec in self.findings)
        return replace(self, findings=findings)

    @property
    def identity(self) -> AppIdentity:
        """The observer that this app's results name."""
        return AppIdentity(
            id=self.id,
            version=self.version,
            name=self.name,
            vendor=self.vendor,
            device_uid=stable_uid("device", self.id, self.version),
            clinical_use=self.clinical_use,
        )
