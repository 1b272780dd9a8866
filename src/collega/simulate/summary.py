"""What simulated weeks tell, put together over their runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from collega.errors import InputError
from collega.simulate.department import Department
from collega.simulate.week import Weeks, WhatIf

MEASURES = (
    *("no_ai", "with_ai", "difference", "no_ai_p90", "with_ai_p90"),
    *("no_ai_until_signed", "with_ai_until_signed"),
)
HALF = 1.96


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Mean over runs, with its standard error; None where there was one run with such cases."""

    mean: float
    se: float | None


def groups_of(runs: Sequence[Weeks]) -> dict[str, dict[str, Any]]:
    """For each group of cases: how many there were, and each of `MEASURES` in minutes."""
    names = dict.fromkeys(name for run in runs for name in run.groups)
    return {name: _group([run.groups[name] for run in runs if name in run.groups]) for name in names}


def _group(told: Sequence[Any]) -> dict[str, Any]:
    return {"cases": int(sum(one["cases"] for one in told))} | {
        name: _figure([one[name] for one in told]) for name in MEASURES
    }


def _figure(values: Sequence[float]) -> Figure:
    found = np.asarray(values)
    se = float(found.std(ddof=1) / sqrt(len(found))) if len(found) > 1 else None
    return Figure(mean=float(found.mean()), se=se)


def hourly_of(runs: Iterable[Weeks]) -> dict[str, list[float | None]]:
    """Mean wait by the clock hour in which cases came, without and with the apps; None where none came."""
    told = [run.hourly for run in runs]
    both: dict[str, list[float | None]] = {}
    for name in ("no_ai", "with_ai"):
        table = np.array([one[name] for one in told])
        there = (~np.isnan(table)).sum(axis=0)
        sums = np.nansum(table, axis=0)
        both[name] = [float(total / count) if count else None for total, count in zip(sums, there, strict=True)]
    return both


def changed(department: Department, *, volume: float = 1.0, more_readers: float = 0.0) -> Department:
    """Give a department more (or fewer) cases and readers; readers come where there are some already.

    Raises
    ------
    InputError
        A volume of 0 or less.
    """
    if not 0 < volume < 100:  # noqa: PLR2004 - a slip of the pen
        message = f"--volume is a factor of more than 0, 1.1 for a tenth more; got {volume:g}"
        raise InputError(message)
    if not abs(more_readers) < 500:  # noqa: PLR2004 - as above
        message = f"--more-readers is a number of people; got {more_readers:g}"
        raise InputError(message)
    return replace(
        department,
        rates=tuple(rate * volume for rate in department.rates),
        readers=tuple(max(there + more_readers, 0.0) if there else 0.0 for there in department.readers),
    )


def what_if_as_json(asked: WhatIf, runs: Sequence[Weeks]) -> dict[str, Any]:
    """Write the answer for programs."""
    department = asked.department
    return {
        "department": {"cases_a_week": department.week_cases, "load": department.load},
        "apps": [app.name for app in asked.apps],
        "groups": {name: {key: _plain(value) for key, value in told.items()} for name, told in groups_of(runs).items()},
        "hourly": hourly_of(runs),
        "cases_per_second": round(sum(run.cases for run in runs) / sum(run.seconds for run in runs)),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - a count or a figure
    return {"mean": value.mean, "se": value.se} if isinstance(value, Figure) else value
