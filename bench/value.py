"""How long the uncertainty of a portfolio takes: 10,000 draws of five cases over ten years.

Reading the files is not counted.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.figures import emit_all

from collega.value.case import Case
from collega.value.read_case import read_case
from collega.value.uncertainty import probability, spread

CASES = Path(__file__).parents[1] / "examples" / "cases"
NAMES = ("night-haemorrhage", "mammography", "chest-normal-filter", "lung-ct", "myeloma-ct")
YEARS, DRAWS = 10, 10_000
TARGET_S = 0.3


def measure(rounds: int) -> None:
    """Measure the probability alone, and with the fan and the value of information; print the figures."""
    cases = [
        replace(read_case((CASES / f"{name}.toml").read_text(encoding="utf-8"), name), horizon_years=YEARS)
        for name in NAMES
    ]
    works: dict[str, Callable[[Case, int, int], object]] = {
        "value: 10,000 draws": probability,
        "value: with fan and value of information": spread,
    }
    for bench, work in works.items():
        took = []
        for seed in range(rounds):
            begun = time.perf_counter()
            for case in cases:
                work(case, DRAWS, seed)
            took.append(time.perf_counter() - begun)
        emit_all(bench, "s", took, target=TARGET_S, cases=len(cases), years=YEARS, draws=DRAWS)
