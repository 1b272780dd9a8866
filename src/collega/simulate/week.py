"""A fitted department simulated, week after week, with and without apps on the same cases."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.simulate.department import DAYS, HOURS, PARTS, SUNDAY, WORKING_DAYS, Department, Part
from collega.simulate.kernel import compiled

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
HOUR = 60.0
WEEK = HOURS * HOUR
RUNS = 40
# A week before each run that is not counted, and time after it for what still waits.
BEFORE, AFTER = 1, 1
URGENT = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """An app that moves cases up.

    Attributes
    ----------
    name : str
    prevalence : float
        Share of its disease among the cases that it looks at.
    sensitivity, fpf : float
        Shares that it flags of these, and of the others.
    minutes : float
        From the arrival of a case to the answer.
    failures : float
        Share of cases on which it gives no answer: they keep their place.
    exams : sequence of str
        Kinds of exam that it looks at; none: all.
    """

    name: str
    prevalence: float
    sensitivity: float
    fpf: float
    minutes: float = 0.0
    failures: float = 0.0
    exams: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Complain of what makes no sense."""
        for name in ("prevalence", "sensitivity", "fpf", "failures"):
            if not 0 <= getattr(self, name) <= 1:
                message = f"--app {self.name}: {name} is a share from 0 to 1; got {getattr(self, name):g}"
                raise InputError(message)
        if not 0 <= self.minutes < 1e6:  # noqa: PLR2004 - two years
            message = f"--app {self.name}: minutes must be 0 or more; got {self.minutes:g}"
            raise InputError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """What is asked of a department.

    Attributes
    ----------
    department : Department
    apps : sequence of App
        The first goes before the second, and so on; all behind urgent cases.
    preempts : bool
        Whether a flagged case stops the reading of a less urgent one; urgent ones always do.
    """

    department: Department
    apps: tuple[App, ...] = ()
    preempts: bool = False

    def __post_init__(self) -> None:
        """Complain of apps that look at nothing, and of more work than readers do."""
        self.department.must_keep_up()
        known = {kind.name for kind in self.department.kinds}
        for app in self.apps:
            if unknown := sorted(set(app.exams) - known):
                message = f"--app {app.name}: no exam {', '.join(unknown)}; there are {', '.join(sorted(known))}"
                raise InputError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """Cases of one run; ``kind`` is its place in the department; ``diseased``, ``flagged``: shape (apps, cases)."""

    arrival: Floats
    reading: Floats
    kind: Whole
    is_urgent: Flags
    hour: Whole
    diseased: Flags
    flagged: Flags


@dataclass(frozen=True, kw_only=True, slots=True)
class Weeks:
    """What one run gives: for each group of cases, what `MEASURES` say without and with the apps."""

    groups: Mapping[str, Mapping[str, float]]
    hourly: Mapping[str, Floats]
    cases: int
    seconds: float = field(compare=False)


def simulate_weeks(asked: WhatIf, weeks: int, seed: int) -> Iterator[Weeks]:
    """Simulate weeks in independent runs.

    Parameters
    ----------
    asked : WhatIf
    weeks : int
        Over all runs.
    seed : int

    Yields
    ------
    Weeks
        `runs_of` (weeks) of them.
    """
    runs = runs_of(weeks)
    for number in range(runs):
        count = (number + 1) * weeks // runs - number * weeks // runs
        yield _run(asked, count, np.random.SeedSequence(entropy=seed, spawn_key=(number,)))


def runs_of(weeks: int) -> int:
    """How many independent runs so many weeks are split into."""
    return max(2, min(RUNS, weeks))


def hours_of(department: Department, weeks: int, chance: np.random.Generator) -> Whole:
    """Say for each hour of some weeks which hour of the week it is like: a holiday is like a Sunday."""
    day = np.tile(np.arange(DAYS), weeks)
    is_holiday = (day < WORKING_DAYS) & (chance.random(len(day)) < department.holidays / WORKING_DAYS)
    found: Whole = np.repeat(np.where(is_holiday, SUNDAY, day) * 24, 24) + np.tile(np.arange(24), weeks * DAYS)
    return found


def draw(asked: WhatIf, hours: Whole, seeds: np.random.SeedSequence) -> Cases:
    """Draw cases; arrivals, kinds, reading times and each app from streams of their own.

    Parameters
    ----------
    asked : WhatIf
    hours : array, shape (weeks * 168,)
        As `hours_of` gives them.
    seeds : SeedSequence
    """
    department, (when, kind, long, *said) = asked.department, _streams(seeds, 3 + len(asked.apps))
    arrival = _arrivals(department, hours, when)
    count = len(arrival)
    hour = hours[np.minimum((arrival // HOUR).astype(np.int64), len(hours) - 1)]
    kinds = _kinds_of(department, hour, kind.random(count))
    reading = np.empty(count)
    for number, one in enumerate(department.kinds):
        own = kinds == number
        reading[own] = one.minutes(department.law, long, int(own.sum()))
    diseased, flagged = np.zeros((2, len(asked.apps), count), dtype=bool)
    for number, (app, chance) in enumerate(zip(asked.apps, said, strict=True)):
        looked = np.array([not app.exams or one.name in app.exams for one in department.kinds])[kinds]
        diseased[number] = (chance.random(count) < app.prevalence) & looked
        called = np.where(diseased[number], app.sensitivity, app.fpf) * (1 - app.failures)
        flagged[number] = (chance.random(count) < called) & looked
    return Cases(
        arrival=arrival,
        reading=np.maximum(reading, 1e-6),
        kind=kinds,
        is_urgent=np.array([one.is_urgent for one in department.kinds])[kinds],
        hour=hour,
        diseased=diseased,
        flagged=flagged,
    )


def _streams(seeds: np.random.SeedSequence, count: int) -> list[np.random.Generator]:
    return [np.random.Generator(np.random.SFC64(one)) for one in seeds.spawn(count)]


def _arrivals(department: Department, hours: Whole, chance: np.random.Generator) -> Floats:
    """Draw arrivals at random, as many in each hour as its rate says."""
    upto = np.concatenate([[0.0], np.cumsum(np.asarray(department.rates)[hours])])
    count = chance.poisson(upto[-1])
    arrival: Floats = np.interp(np.sort(chance.random(count)) * upto[-1], upto, np.arange(len(upto)) * HOUR)
    return arrival


def _kinds_of(department: Department, hour: Whole, chance: Floats) -> Whole:
    """Choose the kind of each case by the shares of its hour."""
    shares = np.cumsum(department.shares, axis=1)
    # One row behind the other, each from its hour to the next, so that all are looked up at once.
    rows = (shares + np.arange(HOURS)[:, None]).ravel()
    most = shares.shape[1]
    found: Whole = np.clip(np.searchsorted(rows, hour + chance, side="right") - hour * most, 0, most - 1)
    return found


def shifts_of(department: Department, hours: Whole, chance: np.random.Generator) -> tuple[Floats, Whole]:
    """Say when how many readers are there; a fraction of a reader is there on so many days, the whole day."""
    wanted = np.asarray(department.readers)[hours]
    luck = np.repeat(chance.random(len(hours) // 24), 24)
    there = (np.floor(wanted) + (luck < wanted % 1)).astype(np.int64)
    news = np.flatnonzero(np.diff(there, prepend=-1))
    # After the last week one reader at least goes on, so that every case ends.
    most = max(int(there.max()), 1)
    return np.append(news * HOUR, len(hours) * HOUR), np.append(there[news], most)


def _run(asked: WhatIf, weeks: int, seeds: np.random.SeedSequence) -> Weeks:
    start = perf_counter()
    cases_seed, shift_seed, day_seed = seeds.spawn(3)
    hours = hours_of(asked.department, BEFORE + weeks + AFTER, np.random.default_rng(day_seed))
    cases = draw(asked, hours, cases_seed)
    shifts = shifts_of(asked.department, hours, np.random.default_rng(shift_seed))
    counted = (cases.arrival >= BEFORE * WEEK) & (cases.arrival < (BEFORE + weeks) * WEEK)
    base = np.where(cases.is_urgent, URGENT, len(asked.apps) + 1)
    alone = read_week(cases, base, shifts)
    preempting = len(asked.apps) + 1 if asked.preempts else 1
    helped = read_week(cases, base, shifts, asked.apps, preempting) if asked.apps else alone
    worlds = {"no_ai": alone, "with_ai": helped}
    waits = {name: (begun - cases.arrival)[counted] for name, (begun, _) in worlds.items()}
    whiles = {name: (ended - cases.arrival)[counted] for name, (_, ended) in worlds.items()}
    return Weeks(
        groups={
            name: _told(waits, whiles, members) for name, members in _groups(asked, cases, counted) if members.any()
        },
        hourly={name: _by_hour(cases.hour[counted] % 24, values) for name, values in waits.items()},
        cases=len(cases.arrival),
        seconds=perf_counter() - start,
    )


def read_week(
    cases: Cases, base: Whole, shifts: tuple[Floats, Whole], apps: Sequence[App] = (), preempting: int = 1
) -> tuple[Floats, Floats]:
    """Let the readers of these shifts read, with what the apps flag; gives when reading began and ended, in minutes.

    Cases whose rank in ``base``, or by a flag, lies below ``preempting`` stop others.
    """
    begun, ended = np.empty_like(cases.arrival), np.empty_like(cases.arrival)
    rank, flags = base.astype(np.int64), []
    for number, app in enumerate(apps):
        own = np.flatnonzero(cases.flagged[number])
        if app.minutes:
            flags.append((cases.arrival[own] + app.minutes, own, np.full(len(own), number + 1)))
        else:
            rank[own] = np.minimum(rank[own], number + 1)
    at, case, better = (np.concatenate(part) for part in zip(*flags, strict=True)) if flags else np.empty((3, 0))
    order = np.argsort(at, kind="stable")
    late = (at[order], case[order].astype(np.int64), better[order].astype(np.int64))
    compiled()(cases.arrival, cases.reading, rank, *late, *shifts, preempting, np.empty(0), begun, ended)
    return begun, ended


def _groups(asked: WhatIf, cases: Cases, counted: Flags) -> Iterator[tuple[str, Flags]]:
    """Name groups of the counted cases."""
    urgent = cases.is_urgent[counted]
    yield "all", np.ones(len(urgent), dtype=bool)
    yield "urgent", urgent
    place = np.array([list(Part).index(part) for part in PARTS], dtype=np.int8)[cases.hour[counted]]
    for number, part in enumerate(Part):
        yield str(part), place == number
    flagged = cases.flagged[:, counted].any(axis=0)
    if asked.apps:
        yield "flagged", flagged & ~urgent
        yield "not flagged", ~flagged & ~urgent
    for number, app in enumerate(asked.apps):
        diseased = cases.diseased[number, counted]
        yield f"{app.name}: diseased", diseased & ~urgent
        yield f"{app.name}: missed", diseased & ~cases.flagged[number, counted] & ~urgent


def _told(waits: Mapping[str, Floats], whiles: Mapping[str, Floats], members: Flags) -> dict[str, float]:
    own = np.flatnonzero(members)
    told = {"cases": float(len(own))}
    for name, values in waits.items():
        taken = values.take(own)
        told[name] = float(taken.mean())
        told[f"{name}_until_signed"] = float(whiles[name].take(own).mean())
        # The smallest wait that nine of ten do not exceed.
        place = max(math.ceil(0.9 * len(own)) - 1, 0)
        taken.partition(place)
        told[f"{name}_p90"] = float(taken[place])
    told["difference"] = told["with_ai"] - told["no_ai"]
    return told


def _by_hour(clock: Whole, values: Floats) -> Floats:
    count = np.bincount(clock, minlength=24)
    found: Floats = np.bincount(clock, values, minlength=24) / np.maximum(count, 1)
    return np.where(count > 0, found, np.nan)
