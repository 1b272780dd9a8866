"""Where the slices of a series lie, and whether one is missing between them (PS3.3 C.7.6.2)."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from collega.model.study import Attribute

Vector: TypeAlias = tuple[float, ...]

# Two slices closer than this lie at the same place: one slice scanned again, or rounding.
SAME_PLACE_MM = 0.01
# Direction cosines are written with few digits.
SAME_COSINE = 0.01
# A missing slice doubles the distance between its neighbours; a table that sags does not.
GAP = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class SlicePlace:
    """A slice: direction of its normal (unit vector) and its place along it, in millimetres."""

    normal: Vector
    mm: float


def slice_place(attributes: Mapping[str, Attribute]) -> SlicePlace | None:
    """Read where a slice lies; None where its header does not say so.

    Image Position (Patient) (0020,0032) and Image Orientation (Patient) (0020,0037), PS3.3 C.7.6.2.1.1.
    """
    return _place(*_said(attributes))


class Stack:
    """The slices of a series as they come; where each lies is read once somebody asks."""

    __slots__ = ("_places", "_unread")

    def __init__(self) -> None:
        self._unread: list[tuple[Attribute, Attribute]] = []
        self._places: list[SlicePlace | None] = []

    def __len__(self) -> int:
        """How many slices have come."""
        return len(self._places) + len(self._unread)

    def add(self, attributes: Mapping[str, Attribute]) -> None:
        """Note one slice more."""
        self._unread.append(_said(attributes))

    def is_gap_free(self, largest_gap_mm: float | None = None) -> bool:
        """Tell whether the slices are a stack without a gap; see the function of this name."""
        self._places += [_place(position, orientation) for position, orientation in self._unread]
        self._unread.clear()
        return is_gap_free(self._places, largest_gap_mm)


def is_gap_free(places: Sequence[SlicePlace | None], largest_gap_mm: float | None = None) -> bool:
    """Tell whether slices are a stack without a gap.

    Parameters
    ----------
    places : sequence of SlicePlace or None
        One for each slice, in any order; one that is unknown makes the stack unknown.
    largest_gap_mm : float, optional
        Largest distance between the middles of neighbours, besides that no distance may be
        one and a half times the usual one.
    """
    known = [place for place in places if place is not None]
    if not known or len(known) < len(places) or not all(_parallel(place, known[0]) for place in known):
        return False
    steps = _steps(sorted(place.mm for place in known))
    if not steps:
        return False
    most = GAP * statistics.median(steps)
    return max(steps) <= (most if largest_gap_mm is None else min(most, largest_gap_mm))


def _parallel(one: SlicePlace, other: SlicePlace) -> bool:
    return all(abs(a - b) < SAME_COSINE for a, b in zip(one.normal, other.normal, strict=True))


def _steps(ordered: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(ordered) if later - earlier > SAME_PLACE_MM]


def _said(attributes: Mapping[str, Attribute]) -> tuple[Attribute, Attribute]:
    return attributes.get("image_position"), attributes.get("image_orientation")


def _place(position: Attribute, orientation: Attribute) -> SlicePlace | None:
    normal = _normal(orientation)
    at = _vector(position, 3) if normal is not None else None
    if normal is None or at is None:
        return None
    return SlicePlace(normal=normal, mm=sum(x * n for x, n in zip(at, normal, strict=True)))


@lru_cache(maxsize=256)  # the slices of a series share one
def _normal(orientation: Attribute) -> Vector | None:
    cosines = _vector(orientation, 6)
    if cosines is None:
        return None
    (a, b, c), (d, e, f) = cosines[:3], cosines[3:]
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    return normal if 1 - SAME_COSINE < math.hypot(*normal) < 1 + SAME_COSINE else None


def _vector(value: Attribute, length: int) -> Vector | None:
    if not isinstance(value, tuple) or len(value) != length:
        return None
    try:
        numbers = tuple(float(item) for item in value)
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
