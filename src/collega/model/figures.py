"""What a monitor is told: figures with labels, none of which names a patient or a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Labels: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """How a quantity is spread: upper bounds, count per bucket (the last has no bound), and the sum of all."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Values and distributions, by the name of the metric and the values of its labels."""

    values: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)
    spread: Mapping[str, Mapping[Labels, Distribution]] = field(default_factory=dict)
