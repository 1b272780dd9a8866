"""A department as a queue: who comes when, how long reading takes, who is there to read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError

Floats = NDArray[np.float64]
HOURS = 168
# A file of version 1 has neither the mix by hour nor holidays.
VERSION, VERSIONS = 2, (1, 2)
DAYS, WORKING_DAYS, SUNDAY = 7, 5, 6


class Part(StrEnum):
    """Part of the week, by the clocks of the site; a public holiday is a Sunday."""

    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"
    WEEKEND = "weekend"


class Law(StrEnum):
    """How reading times of a kind are spread."""

    MEASURED = "measured"
    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


def part_of_hour(hour: int) -> Part:
    """Part of the week of an hour since Monday, 0 h."""
    day, clock = divmod(hour, 24)
    if day >= 5:  # noqa: PLR2004 - Saturday
        return Part.WEEKEND
    return Part.DAY if 8 <= clock < 17 else Part.EVENING if 17 <= clock < 23 else Part.NIGHT  # noqa: PLR2004 - the clock


PARTS = tuple(part_of_hour(hour) for hour in range(HOURS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """Cases of one kind of exam.

    Attributes
    ----------
    name : str
    share : float
        Of all cases.
    is_urgent : bool
        Read at once, whatever an app says.
    quantiles : sequence of float
        Of the measured reading times in minutes, at evenly spread probabilities.
    mean, sd : float
        Of the reading times, in minutes.
    """

    name: str
    share: float
    is_urgent: bool
    mean: float
    sd: float
    quantiles: tuple[float, ...]

    def minutes(self, law: Law, chance: np.random.Generator, count: int) -> Floats:
        """Draw reading times."""
        if law is Law.EXPONENTIAL:
            return chance.standard_exponential(count) * self.mean
        if law is Law.LOGNORMAL:
            spread = np.log1p((self.sd / self.mean) ** 2)
            return chance.lognormal(np.log(self.mean) - spread / 2, np.sqrt(spread), count)
        return np.asarray(self.quantiles)[chance.integers(0, len(self.quantiles), count)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Department:
    """What a simulated week needs.

    Attributes
    ----------
    rates : sequence of float, shape (168,)
        Cases that come in each hour of the week, in the mean; the first is Monday from 0 h on.
    readers : sequence of float, shape (168,)
        Readers who are there. 2.4: two in every week, three in two of five; so do vacations count.
    kinds : sequence of Kind
    law : Law
    mix : sequence of sequence of float, shape (168, kinds) or empty
        Share of each kind among the cases of an hour; empty: as over the whole week, in every hour.
    holidays : float
        Working days of a week that are public holidays, in the mean: these are played as Sundays.
    """

    rates: tuple[float, ...]
    readers: tuple[float, ...]
    kinds: tuple[Kind, ...]
    law: Law = Law.MEASURED
    mix: tuple[tuple[float, ...], ...] = ()
    holidays: float = 0.0

    def __post_init__(self) -> None:
        """Complain of what makes no sense."""
        for name, values in (("rates", self.rates), ("readers", self.readers)):
            if len(values) != HOURS or not all(0 <= value < 1e5 for value in values):  # noqa: PLR2004 - more than any
                message = f"{name}: {HOURS} numbers of 0 or more, one for each hour of the week"
                raise InputError(message)
        if not self.kinds or abs(sum(kind.share for kind in self.kinds) - 1) > 1e-6:  # noqa: PLR2004 - rounding
            message = "kinds: their shares must sum to 1"
            raise InputError(message)
        if bad := [kind.name for kind in self.kinds if not (0 < kind.mean < 1e5 and 0 <= kind.sd < 1e6)]:  # noqa: PLR2004
            message = f"kinds: reading minutes of {', '.join(bad)} must be more than 0"
            raise InputError(message)

        self._check_mix()
        if not 0 <= self.holidays < WORKING_DAYS:
            message = f"holidays: working days of a week that are holidays, 0 to less than {WORKING_DAYS}"
            raise InputError(message)

    def _check_mix(self) -> None:
        if self.mix and len(self.mix) != HOURS:
            message = f"mix: {HOURS} lists of shares, one for each hour of the week"
            raise InputError(message)
        for hour, shares in enumerate(self.mix):
            is_whole = len(shares) == len(self.kinds) and abs(sum(shares) - 1) <= 1e-3  # noqa: PLR2004 - rounding
            if not is_whole or not all(share >= 0 for share in shares):
                message = f"mix, hour {hour}: a share for each of {len(self.kinds)} kinds, which make 1 together"
                raise InputError(message)

    @property
    def shares(self) -> Floats:
        """Share of each kind in each hour of the week, shape (168, kinds)."""
        flat = np.array([kind.share for kind in self.kinds])
        found: Floats = np.array(self.mix) if self.mix else np.broadcast_to(flat, (HOURS, len(flat)))
        whole: Floats = found / found.sum(axis=1, keepdims=True)
        return whole

    @property
    def week_cases(self) -> float:
        """Cases of a week, in the mean."""
        return sum(self.rates)

    @property
    def load(self) -> float:
        """Part of the readers' time that a week's cases take."""
        minutes = self.shares @ np.array([kind.mean for kind in self.kinds])
        return float(np.asarray(self.rates) @ minutes) / 60 / max(sum(self.readers), 1e-9)

    def must_keep_up(self) -> None:
        """Complain where more comes in a week than is read.

        Raises
        ------
        InputError
        """
        if not self.load < 1:
            message = (
                f"in a week {self.week_cases:.0f} cases take {self.load:.0%} of the time of all readers: "
                "the list would grow for ever"
            )
            raise InputError(message)


def as_json(department: Department) -> dict[str, Any]:
    """Write a department for a file."""
    return {"version": VERSION, **asdict(department)}


def department_of(told: Any, name: str) -> Department:  # noqa: ANN401 - what a file holds
    """Read a department from what a file holds.

    Raises
    ------
    InputError
        It is none, or of a later version.
    """
    try:
        if told["version"] not in VERSIONS:
            message = f"{name}: version {told['version']} of a fitted department; this collega knows {VERSIONS}"
            raise InputError(message)
        return Department(
            rates=_numbers(told["rates"]),
            readers=_numbers(told["readers"]),
            kinds=tuple(_kind(kind) for kind in told["kinds"]),
            law=Law(told["law"]),
            mix=tuple(_numbers(shares) for shares in told.get("mix", ())),
            holidays=float(told.get("holidays", 0.0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"{name}: no department as `collega queue fit` writes it ({error!r})"
        raise InputError(message) from error


def _kind(told: Mapping[str, Any]) -> Kind:
    return Kind(
        name=str(told["name"]),
        share=float(told["share"]),
        is_urgent=bool(told["is_urgent"]),
        mean=float(told["mean"]),
        sd=float(told["sd"]),
        quantiles=_numbers(told["quantiles"]),
    )


def _numbers(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
