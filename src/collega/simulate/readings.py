"""What was measured in a department: when cases came, were opened, were signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.simulate.department import HOURS, SUNDAY

Floats = NDArray[np.float64]
HOUR_S = 3600
MINUTE_S = 60
# Two ways to tell of a case: one line, or one for each of its events as `collega timeline export` writes them.
CASE_COLUMNS = ("arrived", "opened", "signed")
EVENT_COLUMNS = ("study", "kind", "corrected_at")
ARRIVED = ("received_last", "received_first", "complete")


class Line(Protocol):
    """A line of a table, as `collega.formats.csv_table.Row`."""

    @property
    def cells(self) -> Mapping[str, str]:
        """The texts by column."""

    def has(self, column: str) -> bool:
        """Tell whether something is written."""

    def text(self, column: str) -> str:
        """Read a word."""

    def label(self, column: str) -> bool:
        """Read yes or no."""

    def moment(self, column: str) -> datetime:
        """Read a moment."""

    def complain(self, column: str, problem: str) -> InputError:
        """Make an error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """Cases in the order in which they came.

    Attributes
    ----------
    arrived, opened, signed : array, shape (cases,)
        Seconds since 1970; nan where unknown.
    hour : array, shape (cases,)
        Hour of the week in which it came, by the clocks of the site.
    exam : array of str, shape (cases,)
    is_urgent : array of bool, shape (cases,)
    zone : ZoneInfo
    holidays : set of date
        Public holidays: their hours are those of a Sunday.
    """

    arrived: Floats
    opened: Floats
    signed: Floats
    exam: NDArray[np.str_]
    is_urgent: NDArray[np.bool_]
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @property
    def years(self) -> range:
        """Years in which cases came, by the clocks of the site."""
        ends = self.arrived[[0, -1]] if len(self.arrived) else ()
        years = [datetime.fromtimestamp(at, self.zone).year for at in ends]
        return range(min(years), max(years) + 1) if years else range(0)

    def hours_of(self, seconds: Floats) -> NDArray[np.int64]:
        """Hour of the week of moments, by the clocks and holidays of the site; each hour is looked at once."""
        begun, place = np.unique(np.floor(seconds / HOUR_S), return_inverse=True)
        local = [datetime.fromtimestamp(hour * HOUR_S, self.zone) for hour in begun]
        days = [SUNDAY if at.date() in self.holidays else at.weekday() for at in local]
        hours = np.array([day * 24 + at.hour for day, at in zip(days, local, strict=True)], dtype=np.int64)
        found: NDArray[np.int64] = hours[place] % HOURS
        return found


def readings_of(lines: Iterable[Line], zone: ZoneInfo) -> Readings:
    """Read a table with a line for each case: arrived, opened, signed, and maybe exam, urgent.

    Raises
    ------
    InputError
        Something is not as it should be, with line and column.
    """
    rows = [
        (
            _seconds(line, "arrived", zone),
            _seconds(line, "opened", zone) if line.has("opened") else np.nan,
            _seconds(line, "signed", zone) if line.has("signed") else np.nan,
            line.text("exam") if line.has("exam") else "all",
            line.label("urgent") if line.has("urgent") else False,
        )
        for line in lines
    ]
    return _sorted(rows, zone)


def readings_of_events(lines: Iterable[Line], zone: ZoneInfo) -> Readings:
    """Read the export of a timeline, a line for each event; a case without a moment of arrival is left out."""
    found: dict[str, dict[str, float]] = {}
    for line in lines:
        moments = found.setdefault(line.text("study"), {})
        kind, at = line.text("kind"), _seconds(line, "corrected_at", zone)
        # A study that is opened again, or signed again, was read the first time.
        moments[kind] = min(at, moments.get(kind, at))
    return of_moments(((moments, "all") for moments in found.values()), zone)


def of_moments(cases: Iterable[tuple[Mapping[str, float], str]], zone: ZoneInfo) -> Readings:
    """Put moments by their kind, with the exam, together."""
    rows = []
    for moments, exam in cases:
        arrived = next((moments[kind] for kind in ARRIVED if kind in moments), None)
        if arrived is not None:
            rows.append((arrived, moments.get("opened", np.nan), moments.get("signed", np.nan), exam, False))
    return _sorted(rows, zone)


def _seconds(line: Line, column: str, zone: ZoneInfo) -> float:
    moment = line.moment(column)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _sorted(rows: list[tuple[float, float, float, str, bool]], zone: ZoneInfo) -> Readings:
    rows.sort(key=lambda row: row[0])
    arrived, opened, signed, exam, urgent = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Readings(
        arrived=np.array(arrived, dtype=np.float64),
        opened=np.array(opened, dtype=np.float64),
        signed=np.array(signed, dtype=np.float64),
        exam=np.array(exam, dtype=np.str_),
        is_urgent=np.array(urgent, dtype=np.bool_),
        zone=zone,
    )
