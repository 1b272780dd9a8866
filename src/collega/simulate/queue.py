"""The reading list simulated, with and without AI on the same cases."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, sqrt
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from collega.simulate.expected import KEYS
from collega.simulate.kernel import Queue, compiled
from collega.simulate.reading_list import Discipline, ReadingList, check

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
NO_FLAGS = (np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
RUNS = 64
FEWEST = 50
# Relaxation times of the queue that each run is given before it counts, and after.
BEFORE, AFTER = 20, 5
LONGEST_WARM_UP = 2_000_000
INTERRUPTING, POSITIVE, OTHER = 0, 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A simulated mean in minutes, with the standard error of independent runs; None where there is no such case."""

    mean: float | None
    se: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one run gives: means by key, cases that were simulated, seconds that it took."""

    means: dict[str, float]
    cases: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """Cases of one run, in the order in which they come.

    Attributes
    ----------
    arrival, reading : array, shape (cases,)
        Minutes.
    diseased, positive, interrupting : array, shape (cases,)
    """

    arrival: Floats
    reading: Floats
    diseased: NDArray[np.bool_]
    positive: NDArray[np.bool_]
    interrupting: NDArray[np.bool_]


def warm_up(asked: ReadingList) -> int:
    """Cases after which a run has forgotten that it began with an empty list.

    References
    ----------
    The relaxation time of M/M/s under heavy load is 1 / (s mu (1 - sqrt(load))^2): D. Gross et al., Fundamentals of
    Queueing Theory (2008), section 2.12.
    """
    return min(LONGEST_WARM_UP, ceil(BEFORE * asked.load / (1 - sqrt(asked.load)) ** 2))


def simulate(asked: ReadingList, patients: int, seed: int) -> Iterator[Run]:
    """Run the list again and again, independently.

    Parameters
    ----------
    asked : ReadingList
    patients : int
        How many are counted, over all runs; each with and without AI.
    seed : int

    Yields
    ------
    Run
        `runs_of` (patients) of them.
    """
    check("patients", patients)
    check("seed", seed)
    queue = compiled()
    _run(asked, np.random.SeedSequence(0), FEWEST, 0, queue)  # compiles, or loads what was compiled
    before = warm_up(asked)
    runs = runs_of(patients)
    for number in range(runs):
        count = (number + 1) * patients // runs - number * patients // runs
        yield _run(asked, np.random.SeedSequence(entropy=seed, spawn_key=(number,)), count, before, queue)


def runs_of(patients: int) -> int:
    """How many independent runs so many patients are split into."""
    return max(2, min(RUNS, patients // FEWEST))


def draw(asked: ReadingList, count: int, seeds: np.random.SeedSequence) -> Cases:
    """Draw cases; arrivals, kinds, reading times and words of the AI each from a stream of their own."""
    when, kind, long, said = (np.random.Generator(np.random.SFC64(one)) for one in seeds.spawn(4))
    arrival = np.cumsum(when.exponential(1 / asked.rate, count))
    interrupting = kind.random(count) < asked.interrupting
    diseased = kind.random(count) < asked.prevalence
    mean = np.where(diseased, asked.minutes_diseased, asked.minutes_other)
    mean = np.where(interrupting, asked.interrupting_minutes, mean)
    positive = said.random(count) < np.where(diseased, asked.sensitivity, asked.fpf)
    return Cases(
        arrival=arrival,
        reading=long.standard_exponential(count) * mean,
        diseased=diseased,
        positive=positive,
        interrupting=interrupting,
    )


def _run(asked: ReadingList, seeds: np.random.SeedSequence, count: int, before: int, queue: Queue) -> Run:
    start = perf_counter()
    cases_seed, away_seed = seeds.spawn(2)
    cases = draw(asked, before + count + before * AFTER // BEFORE, cases_seed)
    away = np.random.default_rng(away_seed).exponential(asked.away_minutes, 4096) if asked.away_minutes else np.empty(0)
    base = np.where(cases.interrupting, INTERRUPTING, OTHER)
    counted = slice(before, before + count)
    ordinary = ~cases.interrupting[counted]
    diseased, positive = cases.diseased[counted], cases.positive[counted]
    alone = _waits(asked, cases, base, away, queue)[counted]
    helped = _waits(asked, cases, np.where(cases.positive & (base == OTHER), POSITIVE, base), away, queue)[counted]
    means = {
        "no_ai": _mean(alone, ordinary),
        "ai_positive": _mean(helped, ordinary & positive),
        "ai_negative": _mean(helped, ordinary & ~positive),
        "diseased": _mean(helped, ordinary & diseased),
        "non_diseased": _mean(helped, ordinary & ~diseased),
    }
    means["gain"] = means["diseased"] - means["no_ai"]
    return Run(means=means, cases=len(cases.arrival), seconds=perf_counter() - start)


def _waits(asked: ReadingList, cases: Cases, rank: Whole, away: Floats, queue: Queue) -> Floats:
    begun, ended = np.empty_like(cases.arrival), np.empty_like(cases.arrival)
    preempting = OTHER if asked.discipline is Discipline.PREEMPTIVE else POSITIVE
    on = np.array([asked.readers])
    given = (cases.arrival, cases.reading, rank.astype(np.int64), *NO_FLAGS, np.zeros(1), on, preempting, away)
    queue(*given, begun, ended)
    return ended - cases.arrival - cases.reading


def _mean(waits: Floats, which: NDArray[np.bool_]) -> float:
    return float(waits[which].mean()) if which.any() else float("nan")


def estimates(runs: Iterable[Run]) -> dict[str, Estimate]:
    """Put runs together: the mean over them, and its standard error."""
    told = list(runs)
    return {name: _estimate(np.array([run.means[name] for run in told])) for name in KEYS}


def _estimate(values: Floats) -> Estimate:
    there = values[~np.isnan(values)]
    if not len(there):
        return Estimate(mean=None, se=None)
    se = float(there.std(ddof=1) / sqrt(len(there))) if len(there) > 1 else None
    return Estimate(mean=float(there.mean()), se=se)


def speed(runs: Iterable[Run]) -> float:
    """Patients a second, each counted once though it was simulated with and without AI."""
    told = list(runs)
    return sum(run.cases for run in told) / sum(run.seconds for run in told)
