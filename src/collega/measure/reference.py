"""A panel of readers: how well they agree, what most of them say, and which cases must be settled (R69)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.readers import natural
from collega.stats.icc import Form, icc
from collega.stats.kappa import Weight, cohen, fleiss
from collega.stats.krippendorff import Level, alpha

COLUMNS = ("reader", "case", "label")
WEIGHTS = {Level.NOMINAL: Weight.NONE, Level.ORDINAL: Weight.QUADRATIC}
Labels = Mapping[str, Mapping[str, str]]


def agreement(rows: Sequence[Row], level: Level, confidence: float = 0.95) -> dict[str, Any]:
    """Answer as JSON: Krippendorff's alpha always; the others where their conditions hold, else null.

    Cohen's kappa asks for two readers, Fleiss' for nothing missing and a nominal scale, the intraclass correlation for
    nothing missing and numbers of an interval or ratio scale.

    Raises
    ------
    InputError
        A cell cannot be read, a reader labels a case twice, or agreement is not defined.
    """
    labels = _labels(rows)
    readers = sorted({reader for own in labels.values() for reader in own}, key=natural)
    words = sorted({word for own in labels.values() for word in own.values()}, key=natural)
    table = _numbers(rows, labels, readers, words if level is Level.NOMINAL else None)
    try:
        return {
            "readers": readers,
            "cases": len(labels),
            "missing": int(np.isnan(table).sum()),
            "level": str(level),
            "alpha": asdict(alpha(table, level, confidence)),
            "cohen": _cohen(table, level, confidence),
            "fleiss": _fleiss(table, level, confidence),
            "icc": _icc(table, level, confidence),
            "majority": {case: _most(own) for case, own in labels.items() if _most(own) is not None},
            "to_settle": [case for case, own in labels.items() if _most(own) is None],
        }
    except ValueError as error:
        message = f"{rows[0].table}: {error}"
        raise InputError(message) from error


def _labels(rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        own, reader = found.setdefault(row.text("case"), {}), row.text("reader")
        if reader in own:
            raise row.complain("case", f"reader {reader} labels it twice")
        if row.has("label"):
            own[reader] = row.cells["label"].casefold()
    return found


def _numbers(
    rows: Sequence[Row], labels: Labels, readers: Sequence[str], words: Sequence[str] | None
) -> NDArray[np.float64]:
    """Labels as numbers, shape (readers, cases); NaN where there is none."""
    if words is None:
        values = {row.cells["label"].casefold(): row.number("label") for row in rows if row.has("label")}
    else:
        values = {word: float(index) for index, word in enumerate(words)}
    none = float("nan")
    return np.array([[values[own[name]] if name in own else none for own in labels.values()] for name in readers])


def _most(own: Mapping[str, str]) -> str | None:
    """Give the label of more than half of those who labelled; None where there is none, or fewer than two did."""
    counts = {word: list(own.values()).count(word) for word in own.values()}
    best = max(counts, key=lambda word: counts[word], default=None)
    return best if best is not None and len(own) > 1 and 2 * counts[best] > len(own) else None


def _counts(table: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    values = np.unique(table)
    return np.searchsorted(values, table), values


def _cohen(table: NDArray[np.float64], level: Level, confidence: float) -> dict[str, Any] | None:
    if len(table) != 2 or level not in WEIGHTS:  # noqa: PLR2004
        return None
    places, values = _counts(table[:, ~np.isnan(table).any(axis=0)])
    counts = np.zeros((len(values), len(values)), dtype=np.int64)
    np.add.at(counts, (places[0], places[1]), 1)
    return asdict(cohen(counts, WEIGHTS[level], confidence))


def _fleiss(table: NDArray[np.float64], level: Level, confidence: float) -> dict[str, Any] | None:
    if level is not Level.NOMINAL or np.isnan(table).any():
        return None
    places, values = _counts(table)
    return asdict(fleiss((places.T[:, :, None] == np.arange(len(values))).sum(axis=1), confidence))


def _icc(table: NDArray[np.float64], level: Level, confidence: float) -> list[dict[str, Any]] | None:
    if level in WEIGHTS or np.isnan(table).any():
        return None
    return [asdict(icc(table.T, form, confidence)) for form in Form]
