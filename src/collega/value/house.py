"""The studies of a house as columns: what needs, baselines and measured inputs are counted from."""

from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Seconds = NDArray[np.float64]
DAY = "day"
# A study that was open for longer was left open: nobody read it all the time (R26 knows of 20 minutes).
LONGEST_READING_S = 1800.0
YEAR_DAYS = 365.25


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """One entry for each study of a span; moments in seconds since 1970, nan where unknown.

    Attributes
    ----------
    hours : ndarray of str
        Class of hours in which it was made: ``day`` is when a radiologist is on the spot.
    is_shown : ndarray of bool
        Whether readers were shown what the app says.
    normal : ndarray of float
        What labels say of the report: 1 normal, 0 not, nan where there is no label.
    found : ndarray of float
        The same of the finding that the case is about.
    """

    since: date
    until: date
    days: float
    exam: NDArray[np.str_]
    hours: NDArray[np.str_]
    received: Seconds
    opened: Seconds
    signed: Seconds
    visible: Seconds
    is_shown: Flags
    calls: Seconds
    normal: Seconds
    found: Seconds

    @property
    def is_night(self) -> Flags:
        """Whether a study was made when no radiologist is on the spot."""
        return np.asarray(self.hours != DAY)

    @property
    def wait_s(self) -> Seconds:
        """Seconds from the last image until a reader opened the study, else until it was signed; not below 0."""
        until = np.where(np.isnan(self.opened), self.signed, self.opened)
        return np.maximum(until - self.received, 0.0)

    @property
    def to_signature_s(self) -> Seconds:
        """Seconds from the last image to the signature."""
        return _forward(self.signed - self.received)

    @property
    def reading_s(self) -> Seconds:
        """Seconds from opening to signature, where that is a reading and no pause."""
        taken = _forward(self.signed - self.opened)
        return np.where(taken <= LONGEST_READING_S, taken, np.nan)

    @property
    def waited_s(self) -> Seconds:
        """Seconds that a reader had a study open before the app's result was visible; 0 where it was there."""
        late = np.maximum(self.visible - self.opened, 0.0)
        return np.where(self.is_shown & (late <= LONGEST_READING_S), late, np.nan)

    def only(self, which: Flags) -> "House":
        """Take some studies."""
        columns = {one.name: getattr(self, one.name)[which] for one in fields(self) if one.name not in _SPAN}
        return replace(self, **columns)

    def of_exam(self, exam: str) -> "House":
        """Take the studies of one kind; all where none is named."""
        return self.only(self.exam == exam) if exam else self


_SPAN = frozenset({"since", "until", "days"})


def _forward(seconds: Seconds) -> Seconds:
    return np.where(seconds >= 0, seconds, np.nan)
