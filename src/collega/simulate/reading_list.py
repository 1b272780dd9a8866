"""A reading list under a constant load, as it is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from collega.errors import InputError

# More do not fit into the memory of a small machine.
LEAST_PATIENTS, MOST_PATIENTS = 1000, 1_000_000_000
MOST_READERS = 500
# Field -> what it may be, in words, and the test of it. The option of a field has its name.
LIMITS: Mapping[str, tuple[str, float, float, bool]] = {
    # name: (words, lowest, highest, whether these two are allowed)
    "load": ("between 0 and 1: a list with a load of 1 or more grows for ever", 0, 1, False),
    "sensitivity": ("a share from 0 to 1", 0, 1, True),
    "fpf": ("a share from 0 to 1", 0, 1, True),
    "prevalence": ("a share from 0 to 1", 0, 1, True),
    "interrupting": ("a share of all cases, from 0 to less than 1", -1e-300, 1, False),
    "minutes_diseased": ("minutes, more than 0", 0, 1e6, False),
    "minutes_other": ("minutes, more than 0", 0, 1e6, False),
    "interrupting_minutes": ("minutes, more than 0", 0, 1e6, False),
    "away_minutes": ("minutes, 0 or more", 0, 1e6, True),
    "readers": (f"a number of people from 1 to {MOST_READERS}", 1, MOST_READERS, True),
    "patients": (f"a number from {LEAST_PATIENTS} to {MOST_PATIENTS}", LEAST_PATIENTS, MOST_PATIENTS, True),
    "seed": ("a whole number, 0 or more", 0, 2.0**63, True),
}


class Discipline(StrEnum):
    """Whether a case that is more urgent stops the reading of another one; interrupting cases always do."""

    PREEMPTIVE = "preemptive"
    NON_PREEMPTIVE = "non-preemptive"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingList:
    """Cases that come at random to readers who take the most urgent first, and of these the oldest.

    Attributes
    ----------
    load : float
        Part of the readers' time that all cases together take, interrupting ones included.
    readers : int
    sensitivity, fpf : float
        Shares that the AI calls positive of the diseased and of the others.
    prevalence : float
        Share of diseased cases among those that do not interrupt.
    minutes_diseased, minutes_other, interrupting_minutes : float
        Mean reading times; reading times are exponential.
    interrupting : float
        Share of all cases that must be read at once, whatever the AI says.
    discipline : Discipline
    away_minutes : float
        Mean of the exponential time for which a reader who finds the list empty does other work; 0: looks at once.
    """

    load: float = 0.8
    readers: int = 1
    sensitivity: float = 0.9
    fpf: float = 0.1
    prevalence: float = 0.1
    minutes_diseased: float = 10.0
    minutes_other: float = 10.0
    interrupting: float = 0.0
    interrupting_minutes: float = 5.0
    discipline: Discipline = Discipline.PREEMPTIVE
    away_minutes: float = 0.0

    def __post_init__(self) -> None:
        """Complain of what makes no sense, by the name of the option."""
        for name in self.__slots__:
            if name in LIMITS:
                check(name, getattr(self, name))

    @property
    def minutes(self) -> float:
        """Mean reading time of a case that does not interrupt."""
        return self.prevalence * self.minutes_diseased + (1 - self.prevalence) * self.minutes_other

    @property
    def rate(self) -> float:
        """Cases of all kinds that come in a minute."""
        mean = self.interrupting * self.interrupting_minutes + (1 - self.interrupting) * self.minutes
        return self.load * self.readers / mean

    @property
    def positive(self) -> float:
        """Share of AI-positive cases among those that do not interrupt."""
        return self.prevalence * self.sensitivity + (1 - self.prevalence) * self.fpf


def check(name: str, value: float) -> None:
    """Raise InputError where a value lies outside what its option allows."""
    words, low, high, closed = LIMITS[name]
    if not isfinite(value) or not (low <= value <= high if closed else low < value < high):
        message = f"--{name.replace('_', '-')} is {words}; got {value:g}"
        raise InputError(message)
