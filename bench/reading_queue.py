"""The reading queue: patients a second on one core, and a week of a fitted department a thousand times."""

from time import perf_counter, process_time

from bench.figures import emit, emit_ratios

from collega.simulate.fit import fit
from collega.simulate.queue import simulate, speed
from collega.simulate.reading_list import ReadingList
from collega.simulate.week import App, WhatIf, simulate_weeks
from collega.testing.reading_times import department, measured

# Millions of patients a second of one core; seconds for the weeks.
PACE, WEEKS_S = 1.0, 10.0
CASES_A_DAY, MEASURED_WEEKS = 1000, 4
LISTS = {
    "one reader": ReadingList(),
    "two readers, a tenth interrupting": ReadingList(readers=2, interrupting=0.1),
    "three readers": ReadingList(readers=3),
}
APP = App(name="bleed", prevalence=0.1, sensitivity=0.9, fpf=0.05, minutes=4, failures=0.02, exams=("CT",))


def measure(patients: int, weeks: int, runs: int) -> None:
    """Measure each; what is compiled is compiled before."""
    for name, asked in LISTS.items():
        paces, shares = zip(*(_pace(asked, patients, seed) for seed in range(runs)), strict=True)
        emit_ratios(
            f"queue: {name}, patients a second of a core, in millions", paces, at_least=PACE, core_share=list(shares)
        )
    fitted = fit(measured(department(CASES_A_DAY), MEASURED_WEEKS, seed=1))
    asked_weeks = WhatIf(department=fitted, apps=(APP,))
    begin, worked = perf_counter(), process_time()
    simulated = list(simulate_weeks(asked_weeks, weeks, seed=1))
    emit(
        f"queue: {weeks} weeks of {CASES_A_DAY} cases a day, with and without an app, CPU of its one thread",
        "s",
        process_time() - worked,
        target=WEEKS_S * weeks / 1000,
        wall_s=perf_counter() - begin,
        cases=sum(run.cases for run in simulated),
    )


def _pace(asked: ReadingList, patients: int, seed: int) -> tuple[float, float]:
    """Millions of patients a second of CPU, each with and without AI; and the part of a core that there was for it."""
    begin, worked = perf_counter(), process_time()
    pace = speed(simulate(asked, patients, seed))
    share = (process_time() - worked) / (perf_counter() - begin)
    return pace / share / 1e6, share
