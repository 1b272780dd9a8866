"""Figures of time: how long results took, whether they came in time, who waited, and who was first.

docs/how-to/read-the-timeline.md defines each of them in words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collega.measure.hours import HourClass, hour_class
from collega.measure.share import Share, share_of
from collega.measure.timeline import LONGEST_STAY
from collega.stats.order_statistics import quantile_interval
from collega.stats.rate import byar

ALL = "all"
SHARES = (("median", 0.5), ("p90", 0.9), ("p95", 0.95))
HOUR_S = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """One entry for each app and study, as columns; moments in seconds since 1970, nan where unknown.

    ``shown`` says whether the app's results are for readers (pilot, live). ``ordered`` and
    ``signed`` are corrected; ``signed_low`` and ``signed_high`` hold the signature by the clock of collega.
    ``calls`` counts the calls about the study.
    """

    app: NDArray[np.str_]
    exam: NDArray[np.str_]
    shown: NDArray[np.bool_]
    made: NDArray[np.float64]
    received: NDArray[np.float64]
    ordered: NDArray[np.float64]
    visible: NDArray[np.float64]
    opened: NDArray[np.float64]
    closed: NDArray[np.float64]
    signed: NDArray[np.float64]
    signed_low: NDArray[np.float64]
    signed_high: NDArray[np.float64]
    calls: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantile:
    """A quantile with its 95 % interval; a limit is None where so few values cannot give it."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Minutes, by quantiles; none where there are no data."""

    n: int
    median: Quantile | None = None
    p90: Quantile | None = None
    p95: Quantile | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class First:
    """Who was first, the app or the reader; ``undecided`` is within what the clocks leave open."""

    app: int
    reader: int
    undecided: int
    unsigned: int
    reader_share: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class Waited:
    """Minutes that readers had a study open before the app had answered, where they stayed until it did.

    ``left`` did not stay, ``never`` had no answer at all: their minutes are known only from below, and are
    not in the sum.
    """

    n: int
    minutes: float | None
    spread: Spread
    left: int
    never: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """Calls for each study; None, not 0, where no call was ever logged in the span."""

    n: int
    calls: int | None
    per_study: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeFigure:
    """The figures of one app, exam type and class of hours; ``all`` sums over what it stands for."""

    app: str
    exam: str
    hours: str
    n: int
    image_to_visible: Spread
    order_to_visible: Spread
    image_to_signed: Spread
    visible_before_opened: Share
    visible_before_signed: Share
    first: First
    waited: Waited
    calls: Calls


def time_figures(cases: Cases, zone: ZoneInfo) -> list[TimeFigure]:
    """Count by app, exam type and class of hours, and their sums."""
    if not len(cases.app):
        return []
    hours = _hours(cases.made, zone)
    is_logged = bool(cases.calls.sum())
    return [
        _figure(cases, rows, (app, exam, hour), is_logged=is_logged)
        for (app, exam, hour), rows in _groups(cases.app, cases.exam, hours)
    ]


def _hours(made: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.str_]:
    """Class of hours; it changes on the hour, so each hour is looked at once."""
    begun, place = np.unique(np.floor(made / HOUR_S), return_inverse=True)
    names = [str(hour_class(datetime.fromtimestamp(hour * HOUR_S, UTC), zone)) for hour in begun]
    return np.array(names)[place]


def _groups(
    app: NDArray[np.str_], exam: NDArray[np.str_], hours: NDArray[np.str_]
) -> Iterator[tuple[tuple[str, str, str], NDArray[np.intp]]]:
    classes = [str(name) for name in HourClass if (hours == str(name)).any()]
    for one in np.unique(app):
        own = np.flatnonzero(app == one)
        kinds = [ALL, *map(str, np.unique(exam[own]))]
        for kind in kinds:
            rows = own if kind == ALL else own[exam[own] == kind]
            yield (str(one), kind, ALL), rows
            for name in classes:
                part = rows[hours[rows] == name]
                if len(part):
                    yield (str(one), kind, name), part


def _figure(cases: Cases, rows: NDArray[np.intp], names: tuple[str, str, str], *, is_logged: bool) -> TimeFigure:
    app, exam, hours = names
    shown = rows[cases.shown[rows]]
    visible, opened, signed = cases.visible[shown], cases.opened[shown], cases.signed[shown]
    ever = np.where(np.isnan(visible), np.inf, visible)
    return TimeFigure(
        app=app,
        exam=exam,
        hours=hours,
        n=len(rows),
        image_to_visible=_spread(visible - cases.received[shown]),
        order_to_visible=_spread(visible - cases.ordered[shown]),
        image_to_signed=_spread(cases.signed[rows] - cases.received[rows]),
        visible_before_opened=_share(ever <= opened, ~np.isnan(opened)),
        visible_before_signed=_share(ever <= signed, ~np.isnan(signed)),
        first=_first(ever, cases.signed_low[shown], cases.signed_high[shown]),
        waited=_waited(visible, opened, np.fmin(_after(signed, opened), _after(cases.closed[shown], opened))),
        calls=_calls(cases, rows, is_logged=is_logged),
    )


def _after(moments: NDArray[np.float64], begin: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(moments >= begin, moments, np.nan)


def _spread(seconds: NDArray[np.float64]) -> Spread:
    minutes = np.sort(seconds[~np.isnan(seconds)]) / 60
    if not len(minutes):
        return Spread(n=0)
    found = [quantile_interval(minutes, share) for _, share in SHARES]
    median, p90, p95 = (Quantile(value=value, low=low, high=high) for value, low, high in found)
    return Spread(n=len(minutes), median=median, p90=p90, p95=p95)


def _share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Share:
    return share_of(int((hits & among).sum()), int(among.sum()))


def _first(ever: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> First:
    signed = ~np.isnan(low)
    app, reader = int((ever <= low)[signed].sum()), int((ever > high)[signed].sum())
    return First(
        app=app,
        reader=reader,
        undecided=int(signed.sum()) - app - reader,
        unsigned=int((~signed).sum()),
        reader_share=share_of(reader, app + reader),
    )


def _waited(visible: NDArray[np.float64], opened: NDArray[np.float64], left: NDArray[np.float64]) -> Waited:
    """Split those who opened before the result was visible, as `measure.timeline.wait_end` does for one study."""
    early = ~np.isnan(opened) & ~(visible <= opened)
    gone = np.fmin(left, opened + LONGEST_STAY.total_seconds())
    never = early & np.isnan(visible)
    stayed = early & (visible <= gone)
    seconds = (visible - opened)[stayed]
    return Waited(
        n=int(stayed.sum()),
        minutes=float(seconds.sum()) / 60 if early.any() else None,
        spread=_spread(seconds),
        left=int((early & ~never & ~stayed).sum()),
        never=int(never.sum()),
    )


def _calls(cases: Cases, rows: Sequence[int] | NDArray[np.intp], *, is_logged: bool) -> Calls:
    n, calls = len(rows), int(cases.calls[rows].sum())
    if not is_logged or not n:
        return Calls(n=n, calls=None, per_study=None, low=None, high=None)
    low, high = byar(calls)
    return Calls(n=n, calls=calls, per_study=calls / n, low=low / n, high=high / n)
