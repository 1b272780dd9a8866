"""Thresholds that a site has moved, each change with who, when and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdChange:
    """One change; ``number`` counts those of an app version, and names the set that holds from then on."""

    app_id: str
    app_version: str
    number: int
    finding_id: str
    old: float
    new: float
    at: datetime
    actor: str
    reason: str


def in_force(changes: Iterable[ThresholdChange], number: int) -> Mapping[str, float]:
    """Give the moved thresholds of the set ``number`` by finding; 0: none is moved."""
    ordered = sorted(changes, key=lambda change: change.number)
    return {change.finding_id: change.new for change in ordered if change.number <= number}
