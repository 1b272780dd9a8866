"""How far another clock is ahead of ours, from what it says and when we heard it.

What a clock says of a moment is heard later, never sooner: ``said - heard`` is the offset less a delay. Its upper
envelope over many messages is the offset less the smallest delay. That delay is taken to lie between
nothing and a limit for each source (``FLOORS``), and the interval is widened by it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from collega.model.timeline import OWN_CLOCK, ClockName, ClockOwner, Offset
from collega.stats.truncation import LEAST, lower_end

# Longest that the quickest message of a source may take, s: a RIS sends at once, a scanner when a step ends,
# a program of readers calls in one request.
FLOORS: Mapping[ClockOwner, float] = {ClockOwner.RIS: 2.0, ClockOwner.SCANNER: 5.0, ClockOwner.READER: 2.0}
IMAGE_FLOOR_S = 120.0  # an image waits for its series before it is sent
WINDOW = timedelta(hours=12)
DAY_S = 86400.0
DRIFT = 100e-6  # no clock of a computer is worse, as a share of the time that has passed
# A clock was set where the second quickest of ten messages differs by this much between before and after.
BESIDE, HALF, BESIDE_STEP = 10, 4, 2
STEP_S, SPREADS = 10.0, 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """What a clock said of a moment, and when collega heard it; ``floor_s`` where the source is slower than most."""

    clock: ClockName
    said_at: datetime
    heard_at: datetime
    floor_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Many pairs of one clock, as columns of seconds since 1970."""

    clock: ClockName
    said: NDArray[np.float64]
    heard: NDArray[np.float64]
    floor_s: float | None = None


class Step(NamedTuple):
    """A clock was set: the last message before and the first after that are sure to be on their side."""

    last: float
    at: float
    first: float


class Clocks:
    """Offsets of all clocks, each made once for a day of the site.

    Parameters
    ----------
    pairs : sequence of Pair
    zone : ZoneInfo
        That of the site, whose hour comes twice a year.
    columns : iterable of Heard
        Further pairs, of other clocks.
    """

    def __init__(self, pairs: Sequence[Pair], zone: ZoneInfo, columns: Iterable[Heard] = ()) -> None:
        self._zone = zone
        self._by_clock: dict[ClockName, tuple[list[float], list[float], list[Step]]] = {}
        self._made: dict[tuple[ClockName, object], Offset] = {}
        self._floors: dict[ClockName, float] = {}
        heard: dict[ClockName, list[tuple[float, float]]] = {}
        for pair in pairs:
            self._floors[pair.clock] = pair.floor_s or FLOORS[pair.clock.owner]
            lag = (pair.heard_at - unfolded(pair.said_at, pair.heard_at, zone)).total_seconds()
            heard.setdefault(pair.clock, []).append((pair.heard_at.timestamp(), lag))
        for clock, found in heard.items():
            found.sort()
            times, lags = [at for at, _ in found], [lag for _, lag in found]
            self._by_clock[clock] = (times, lags, _steps(times, lags))
        for column in columns:
            self._floors[column.clock] = column.floor_s or FLOORS[column.clock.owner]
            late = column.heard - _unfolded_all(column.said, column.heard, zone)
            order = np.lexsort((late, column.heard))
            times, lags = column.heard[order].tolist(), late[order].tolist()
            self._by_clock[column.clock] = (times, lags, _steps(times, lags))

    def offsets(
        self, clock: ClockName, moments: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Give `offset` for many moments in seconds since 1970: middle, low and high, 0 where nothing is known."""
        found = np.zeros((3, len(moments)))
        if not len(moments):
            return found[0], found[1], found[2]
        # It changes at midnight, with the clocks of the site, and where this clock was set: once between them will do.
        steps = [step.at for step in self._by_clock[clock][2]] if clock in self._by_clock else []
        days = _days(moments.min(), moments.max(), self._zone)
        bounds = np.array(sorted([*days, *(at for at, _ in _all_changes(days, self._zone)), *steps]))
        part = np.searchsorted(bounds, moments, side="right")
        _, first, place = np.unique(part, return_index=True, return_inverse=True)
        made = [self.offset(clock, datetime.fromtimestamp(moments[one], UTC)) for one in first]
        found[0] = np.array([offset.middle for offset in made])[place]
        found[1] = np.array([offset.low or 0.0 for offset in made])[place]
        found[2] = np.array([offset.high or 0.0 for offset in made])[place]
        return found[0], found[1], found[2]

    def offset(self, clock: ClockName, at: datetime) -> Offset:
        """Estimate how far a clock was ahead on the day of ``at``."""
        local = at.astimezone(self._zone)
        steps = self._by_clock[clock][2] if clock in self._by_clock else []
        set_before = sum(step.at <= local.timestamp() for step in steps)
        key = (clock, (local.date(), local.utcoffset(), set_before))
        if key not in self._made:
            self._made[key] = self._estimate(clock, local)
        return self._made[key]

    def _estimate(self, clock: ClockName, local: datetime) -> Offset:
        if clock == OWN_CLOCK:
            return Offset(clock=clock, pairs=0, low=0.0, high=0.0)
        times, lags, steps = self._by_clock.get(clock, ([], [], []))
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        middle = day.timestamp() + WINDOW.total_seconds()
        begin, end = middle - 2 * WINDOW.total_seconds(), middle + 2 * WINDOW.total_seconds()
        # Not across a step of that clock, nor across the change of ours: it may not have followed.
        parts = [*steps, *(Step(last=at, at=at, first=at) for at in self._changes(begin))]
        moment = local.timestamp()
        begin = max([begin, *(step.first for step in parts if step.at <= moment)])
        end = min([end, *(step.last for step in parts if step.at > moment)])
        first, last = bisect_left(times, begin), bisect_right(times, end)
        return _offset(clock, times[first:last], lags[first:last], middle, self._floors.get(clock, 0.0))

    def _changes(self, begin: float) -> list[float]:
        """When the clocks of the site change in the two days after a moment, to the hour."""
        return [at for at, _ in _changes(begin, 50, self._zone)]


def _changes(begin: float, count: int, zone: ZoneInfo) -> list[tuple[float, float]]:
    """When the clocks of a zone change within so many hours of a moment, and by how many seconds."""
    local = [datetime.fromtimestamp(begin // 3600 * 3600 + 3600 * i, UTC).astimezone(zone) for i in range(count)]
    return [
        (after.timestamp(), (_ahead(after) - _ahead(before)).total_seconds())
        for before, after in pairwise(local)
        if _ahead(before) != _ahead(after)
    ]


def _ahead(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _days(begin: float, end: float, zone: ZoneInfo) -> list[float]:
    """Midnights from before a moment until after another."""
    first = datetime.fromtimestamp(begin, UTC).astimezone(zone).date() - timedelta(days=1)
    count = int((end - begin) // 86400) + 4
    return [datetime.combine(first + timedelta(days=day), time(), zone).timestamp() for day in range(count)]


def _all_changes(days: Sequence[float], zone: ZoneInfo) -> list[tuple[float, float]]:
    return [found for day, after in pairwise(days) if after - day != DAY_S for found in _changes(day, 27, zone)]


def _unfolded_all(said: NDArray[np.float64], heard: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.float64]:
    """Do as `unfolded` for many."""
    found = said.copy()
    if not len(said):
        return found
    for at, change in _all_changes(_days(said.min(), said.max(), zone), zone):
        if change < 0:
            for begin, other in ((at + change, said - change), (at, said + change)):
                is_nearer = (said >= begin) & (said < begin - change) & (abs(heard - other) < abs(heard - said))
                found[is_nearer] = other[is_nearer]
    return found


def unfolded(said_at: datetime, heard_at: datetime, zone: ZoneInfo) -> datetime:
    """Read a time of the hour that comes twice as the one that is nearer to its hearing."""
    local = said_at.astimezone(zone)
    other = local.replace(fold=1 - local.fold).astimezone(UTC)
    if other == said_at or other.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return said_at
    return min(said_at, other, key=lambda moment: abs(heard_at - moment))


def _offset(clock: ClockName, times: Sequence[float], lags: Sequence[float], middle: float, floor: float) -> Offset:
    if len(lags) < LEAST:
        return Offset(clock=clock, pairs=len(lags))
    # What was said hours away may have drifted either way since: it binds that much less.
    spread = [lag + DRIFT * abs(at - middle) for at, lag in zip(times, lags, strict=True)]
    found = lower_end(spread)
    if found is None:
        return Offset(clock=clock, pairs=len(lags))
    drift = DRIFT * WINDOW.total_seconds()
    least, smallest = found
    return Offset(clock=clock, pairs=len(lags), low=-smallest - drift, high=-least + floor + drift)


def _steps(times: Sequence[float], lags: Sequence[float]) -> list[Step]:
    """Find when a clock was set: the quickest of ten messages before and after differ by more than chance gives."""
    if len(lags) < 2 * BESIDE:
        return []
    windows = np.sort(sliding_window_view(np.array(lags), BESIDE), axis=1)
    before, after = windows[:-BESIDE], windows[BESIDE:]
    spread = np.maximum(before[:, HALF] - before[:, 0], after[:, HALF] - after[:, 0])
    apart = np.abs(after[:, 1] - before[:, 1])
    found = np.flatnonzero(apart > STEP_S + SPREADS * spread)
    runs = np.split(found, np.flatnonzero(np.diff(found) > BESIDE) + 1) if len(found) else []
    return [_step(times, lags, [int(place) + BESIDE for place in run]) for run in runs]


def _step(times: Sequence[float], lags: Sequence[float], places: Sequence[int]) -> Step:
    """Take the place that parts the messages best, and leave out those beside it."""
    best = max(places, key=lambda place: _parted(lags[place - BESIDE : place], lags[place : place + BESIDE]))
    return Step(last=times[best - 1 - BESIDE_STEP], at=times[best], first=times[best + BESIDE_STEP])


def _parted(before: Sequence[float], after: Sequence[float]) -> float:
    """How far the statistic of Mann and Whitney is from its middle."""
    above = sum(later > earlier for earlier in before for later in after)
    return abs(above - len(before) * len(after) / 2)
