"""Statistics of evidence: an area of a million scores, and a study of twenty readers and a thousand cases."""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from bench.figures import emit_all

from collega.stats.mrmc import analyse
from collega.stats.mrmc_covariance import Covariance, ReaderTest
from collega.stats.roc import auc

# Seconds.
AREA, STUDY = 0.5, 2.0
READERS, CASES = 20, 1000
BOTH = ("1", "2")


def measure(scores: int, runs: int) -> None:
    """Measure each, after one that is not counted."""
    rng = np.random.default_rng(1)
    truth = rng.random(scores) < 0.3  # noqa: PLR2004 - share of disease
    values = rng.normal(size=scores) + truth
    emit_all(f"area of {scores} scores, by DeLong", "s", _timed(lambda: auc(truth, values), runs), target=AREA)
    tests = _study(rng)
    for method in Covariance:
        taken = _timed(lambda method=method: analyse(tests, treatments=BOTH, method=method), runs)  # type: ignore[misc]
        emit_all(f"{READERS} readers, {CASES} cases: {method}", "s", taken, target=STUDY)


def _study(rng: np.random.Generator) -> list[ReaderTest]:
    truth = np.arange(CASES) < CASES * 2 // 5
    cases = tuple(f"{number:04}" for number in range(CASES))
    return [
        ReaderTest(
            reader=f"{reader:02}", treatment=name, cases=cases, truth=truth, ratings=rng.normal(size=CASES) + truth
        )
        for name in BOTH
        for reader in range(READERS)
    ]


def _timed(work: Callable[[], object], runs: int) -> list[float]:
    taken = []
    for _ in range(runs + 1):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return taken[1:]
