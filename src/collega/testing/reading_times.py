"""A department's measured times, made up: whoever fits a queue to them must find the department again."""

from csv import writer
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collega.simulate.department import DAYS, HOURS, PARTS, SUNDAY, Department, Kind, Part, part_of_hour
from collega.simulate.readings import MINUTE_S, Readings
from collega.simulate.week import Cases, WhatIf, draw, read_week, shifts_of

ZONE = ZoneInfo("Europe/Amsterdam")
BEGIN = datetime(2026, 8, 31, tzinfo=ZONE)
COLUMNS = ("arrived", "opened", "signed", "exam", "urgent")
BUSY = 0.85
# Cases in an hour against an hour of a working day; of a weekend as much of that again.
PACE = {Part.DAY: 1.0, Part.EVENING: 0.45, Part.NIGHT: 0.15, Part.WEEKEND: 0.4}


def department(cases_a_day: float = 150.0) -> Department:
    """Make a department with days, evenings, nights, weekends and a quarter of its readers' time to spare."""
    rates = np.array([PACE[part_of_hour(hour % 24)] for hour in range(HOURS)])
    rates *= [PACE[part] if part is Part.WEEKEND else 1.0 for part in PARTS]
    rates *= cases_a_day * 7 / rates.sum()
    kinds = (
        _kind("CT", 0.25, 9.0, 6.0),
        _kind("X-ray", 0.7, 3.0, 2.0),
        _kind("CT", 0.05, 9.0, 6.0, is_urgent=True),
    )
    minutes = sum(kind.share * kind.mean for kind in kinds)
    readers = np.maximum(np.ceil(rates * minutes / 60 / BUSY), 1.0)
    return Department(rates=tuple(map(float, rates)), readers=tuple(map(float, readers)), kinds=kinds)


def _kind(name: str, share: float, mean: float, sd: float, *, is_urgent: bool = False) -> Kind:
    spread = np.log1p((sd / mean) ** 2)
    drawn = np.random.default_rng(1).lognormal(np.log(mean) - spread / 2, np.sqrt(spread), 100_000)
    quantiles = np.quantile(drawn, (np.arange(200) + 0.5) / 200)
    return Kind(
        name=name,
        share=share,
        is_urgent=is_urgent,
        mean=float(quantiles.mean()),
        sd=float(quantiles.std()),
        quantiles=tuple(map(float, quantiles)),
    )


def measured(
    real: Department, weeks: int, seed: int, idle_minutes: float = 0.0, holidays: frozenset[date] = frozenset()
) -> Readings:
    """Let the department work, and give what its timeline says.

    ``idle_minutes``: time that passes before a reader opens a case, though he could; no queue explains it.
    """
    cases, begun, ended = _worked(real, _hours(weeks, holidays), seed)
    names = np.array([kind.name for kind in real.kinds])[cases.kind]
    start = BEGIN.timestamp()
    lost = idle_minutes * MINUTE_S
    return Readings(
        arrived=start + cases.arrival * MINUTE_S,
        opened=start + begun * MINUTE_S + lost,
        signed=start + ended * MINUTE_S + lost,
        exam=names.astype(np.str_),
        is_urgent=cases.is_urgent,
        zone=ZONE,
        holidays=holidays,
    )


def _hours(weeks: int, holidays: frozenset[date]) -> NDArray[np.int64]:
    days = [(BEGIN.date() + timedelta(days=day), day % DAYS) for day in range(weeks * DAYS)]
    played = np.array([SUNDAY if on in holidays else day for on, day in days], dtype=np.int64)
    return (played[:, None] * 24 + np.arange(24)).ravel()


def _worked(
    real: Department, hours: NDArray[np.int64], seed: int
) -> tuple[Cases, NDArray[np.float64], NDArray[np.float64]]:
    cases_seed, shift_seed = np.random.SeedSequence(seed).spawn(2)
    cases = draw(WhatIf(department=real), hours, cases_seed)
    shifts = shifts_of(real, hours, np.random.default_rng(shift_seed))
    begun, ended = read_week(cases, np.where(cases.is_urgent, 0, 1), shifts)
    return cases, begun, ended


def write_cases(path: Path, weeks: int, seed: int = 1, idle_minutes: float = 0.0) -> int:
    """Write such times as the table that `collega queue fit` reads; returns how many cases."""
    told = measured(department(), weeks, seed, idle_minutes)
    with path.open("w", newline="", encoding="utf-8") as out:
        table = writer(out)
        table.writerow(COLUMNS)
        for arrived, opened, signed, exam, urgent in zip(
            told.arrived, told.opened, told.signed, told.exam, told.is_urgent, strict=True
        ):
            moments = (datetime.fromtimestamp(at, ZONE).isoformat() for at in (arrived, opened, signed))
            table.writerow([*moments, exam, int(urgent)])
    return len(told.arrived)
