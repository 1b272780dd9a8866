"""An answer about the reading list as its page shows it: a table, a picture, a file of the table."""

import csv
import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collega.formats.bars import Bar, Bars, draw_bars

HALF = 1.96
LIST_COLUMNS = ("cases", "theory", "simulated", "standard_error")
WEEK_COLUMNS = (
    *("cases", "number", "no_ai", "no_ai_standard_error", "with_ai", "with_ai_standard_error"),
    *("difference", "difference_standard_error"),
)
Words = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueView:
    """What is shown.

    Attributes
    ----------
    heads : sequence of str
    rows : sequence of sequence of str
    picture : str
        Address of the picture, which holds it; a picture by itself keeps its style to itself.
    said : str
        The same in words, for those who do not see it.
    has_theory : bool
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    picture: str
    said: str
    has_theory: bool = True


def list_view(told: Mapping[str, Any], words: Words, language: str) -> QueueView:
    """Show a plain list: theory beside simulation."""
    theory, found = told["theory"] or {}, told["simulation"]
    rows = tuple(
        (words[name], _minutes(theory.get(name), language), *_estimate(one, language)) for name, one in found.items()
    )
    bars = tuple((Bar(value=theory.get(name)), _bar(one)) for name, one in found.items())
    names = tuple(words[name] for name in found)
    heads = tuple(words[name] for name in ("cases", "theory", "simulation", "interval"))
    picture = _picture(words, (words["theory"], words["simulation"]), names, bars)
    said = _said(words, names)
    return QueueView(heads=heads, rows=rows, picture=picture, said=said, has_theory=bool(theory))


def week_view(told: Mapping[str, Any], words: Words, language: str) -> QueueView:
    """Show weeks of a department: with AI beside without."""
    groups = told["groups"]
    rows = tuple(
        (
            words.get(name, name),
            str(one["cases"]),
            *(_minutes(one[key]["mean"], language) for key in ("no_ai", "with_ai")),
            " ".join(_estimate(one["difference"], language)),
        )
        for name, one in groups.items()
    )
    bars = tuple((_bar(one["no_ai"]), _bar(one["with_ai"])) for one in groups.values())
    names = tuple(words.get(name, name) for name in groups)
    heads = tuple(words[name] for name in ("cases", "number", "without", "with", "difference"))
    picture = _picture(words, (words["without"], words["with"]), names, bars)
    return QueueView(heads=heads, rows=rows, picture=picture, said=_said(words, names))


def list_csv(told: Mapping[str, Any]) -> str:
    """Write the table of a plain list, in full precision."""
    theory = told["theory"] or {}
    found = told["simulation"].items()
    return _table(LIST_COLUMNS, [(name, theory.get(name), one["mean"], one["se"]) for name, one in found])


def week_csv(told: Mapping[str, Any]) -> str:
    """Write the table of a department, in full precision."""
    keys = ("no_ai", "with_ai", "difference")
    groups = told["groups"].items()
    rows = [(name, one["cases"], *(one[key][part] for key in keys for part in ("mean", "se"))) for name, one in groups]
    return _table(WEEK_COLUMNS, rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _picture(words: Words, series: tuple[str, ...], names: tuple[str, ...], rows: tuple[tuple[Bar, ...], ...]) -> str:
    told = Bars(title=words["waits"], unit=words["unit"], series=series, names=names, rows=rows)
    return f"data:image/svg+xml;base64,{b64encode(draw_bars(told).encode()).decode()}"


def _said(words: Words, names: tuple[str, ...]) -> str:
    return f"{words['waits']}: {', '.join(names)}"


def _bar(one: Mapping[str, float | None]) -> Bar:
    return Bar(value=one["mean"], half=HALF * (one["se"] or 0.0))


def _estimate(one: Mapping[str, float | None], language: str) -> tuple[str, str]:
    mean, se = one["mean"], one["se"]
    if mean is None or se is None:
        return _minutes(mean, language), "-"
    low, high = (_minutes(mean + sign * HALF * se, language) for sign in (-1, 1))
    return _minutes(mean, language), f"({low} / {high})"


def _minutes(value: float | None, language: str) -> str:
    if value is None:
        return "-"
    # Adding nought takes the sign from what is rounded to nought.
    text = f"{round(value, 2) + 0:.2f}"
    return text.replace(".", ",") if language == "nl" else text
