"""How a figure is told: one JSON object a line."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence

DIGITS = 4


def p95(values: Sequence[float]) -> float:
    """95th percentile by linear interpolation between the values."""
    return _highest(values, 20)


def p99(values: Sequence[float]) -> float:
    """99th percentile, as `p95`."""
    return _highest(values, 100)


def _highest(values: Sequence[float], parts: int) -> float:
    return values[0] if len(values) == 1 else statistics.quantiles(values, n=parts, method="inclusive")[-1]


def emit(bench: str, unit: str, value: float | None, *, target: float | None = None, **more: object) -> None:
    """Print one figure; ``target`` is what it should not exceed."""
    _print(bench, unit, value, value, {"n": 0 if value is None else 1, "target": target, **more})


def emit_all(bench: str, unit: str, values: Sequence[float], *, target: float | None = None, **more: object) -> None:
    """Print the median and the 95th percentile of ``values``; the latter is held against the target."""
    if not values:
        emit(bench, unit, None, target=target, **more)
        return
    high = p95(values)
    spread = {"p95": high, "n": len(values), "least": min(values), "most": max(values), "target": target}
    _print(bench, unit, statistics.median(values), high, {**spread, **more})


def emit_ratios(bench: str, values: Sequence[float], *, at_least: float | None = None, **more: object) -> None:
    """Print how many times as fast collega was; the median is held against what it should reach."""
    middle = statistics.median(values)
    spread = {"n": len(values), "least": min(values), "most": max(values), "target": None, "at_least": at_least}
    judged = {} if at_least is None else {"met": middle >= at_least}
    _print(bench, "ratio", middle, None, {**spread, **judged, **more})


def emit_missing(bench: str, unit: str, why: str, **more: object) -> None:
    """Print that there is no figure, and why."""
    _print(bench, unit, None, None, {"n": 0, "target": None, "why": why, **more})


def _print(bench: str, unit: str, value: float | None, judged: float | None, more: Mapping[str, object]) -> None:
    line: dict[str, object] = {"bench": bench, "unit": unit, "value": value, "median": value, "p95": None, **more}
    target = more.get("target")
    if isinstance(target, (int, float)) and judged is not None:
        line["met"] = judged <= target
    sys.stdout.write(json.dumps({name: _rounded(item) for name, item in line.items()}) + "\n")
    sys.stdout.flush()


def machine(**more: object) -> None:
    """Describe what the figures are measured on."""
    described = {
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    _print("machine", "", None, None, {"n": 0, "target": None, **described, **more})


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return value
