"""Offsets of clocks that are off by minutes, drift, are set, and do or do not follow the change of clocks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from collega.measure.clocks import FLOORS, Clocks, Pair, unfolded
from collega.model.timeline import OWN_CLOCK, ClockName, ClockOwner

pytestmark = pytest.mark.shows("R26", "R37")
ZONE = ZoneInfo("Europe/Amsterdam")
RIS = ClockName(owner=ClockOwner.RIS, name="RIS ZKH")
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)  # clocks go back one hour
SEEDS, NEEDED = 200, 0.95


class World:
    """A clock and its messages of five days around the change of clocks."""

    def __init__(self, seed: int, *, follows: bool = True, set_at: datetime | None = None) -> None:
        random = Random(seed)  # noqa: S311 - noise
        self.begin = BACK - timedelta(days=3)
        self.offset = random.uniform(-600, 600)
        self.drift = random.uniform(-50e-6, 50e-6)
        self.follows, self.set_at, self.jump = follows, set_at, random.choice([-300.0, 240.0])
        least = random.uniform(0, FLOORS[ClockOwner.RIS] * 0.9)
        pairs = []
        at = self.begin
        while at < BACK + timedelta(days=2):
            at += timedelta(seconds=random.expovariate(1 / 600))
            slow = random.expovariate(1 / 120) if random.random() < 0.2 else 0.0
            heard = at + timedelta(seconds=least + random.expovariate(1 / 3) + slow)
            pairs.append(Pair(clock=RIS, said_at=self.says(at), heard_at=heard))
        self.first, self.clocks = pairs[:2], Clocks(pairs, ZONE)

    def ahead(self, at: datetime) -> float:
        """Tell the truth."""
        moved = self.jump if self.set_at and at >= self.set_at else 0.0
        stayed = 3600.0 if not self.follows and at >= BACK else 0.0
        return self.offset + self.drift * (at - self.begin).total_seconds() + moved + stayed

    def says(self, at: datetime) -> datetime:
        """Read the clock as it is written: local time without zone, taken for the first of two hours."""
        shown = (at + timedelta(seconds=self.ahead(at))).astimezone(ZONE).replace(tzinfo=None)
        return shown.replace(tzinfo=ZONE).astimezone(UTC)


@cache
def worlds(*, follows: bool = True, set_at: datetime | None = None) -> Sequence[World]:
    """Make those of all seeds, once: each is asked about several moments."""
    return [World(seed, follows=follows, set_at=set_at) for seed in range(SEEDS)]


def holds(world: World, at: datetime) -> bool:
    offset = world.clocks.offset(RIS, at)
    return offset.low is not None and offset.high is not None and offset.low <= world.ahead(at) <= offset.high


@pytest.mark.parametrize(
    ("name", "hours"), [("an ordinary day", -48.0), ("hours before the change", -3.0), ("hours after it", 14.0)]
)
@pytest.mark.parametrize("follows", [True, False])
def test_the_interval_holds_the_truth(name: str, hours: float, follows: bool) -> None:
    at = BACK + timedelta(hours=hours)
    held = sum(holds(world, at) for world in worlds(follows=follows))
    assert held / SEEDS >= NEEDED, f"{name}, follows the change: {follows}: {held} of {SEEDS}"


@pytest.mark.parametrize("hours", [-3.0, 3.0])
def test_a_clock_that_is_set_is_judged_on_each_side_alone(hours: float) -> None:
    set_at = BACK - timedelta(hours=40)
    held = sum(holds(world, set_at + timedelta(hours=hours)) for world in worlds(set_at=set_at))
    assert held / SEEDS >= NEEDED


def test_the_interval_is_seconds_wide() -> None:
    widths = []
    for world in worlds(follows=True)[:40]:
        offset = world.clocks.offset(RIS, BACK - timedelta(days=2))
        widths.append((offset.high or 0) - (offset.low or 0))
    assert median(widths) < 15


def test_too_few_messages_tell_nothing() -> None:
    offset = Clocks(World(1).first, ZONE).offset(RIS, BACK - timedelta(days=3))
    assert (offset.pairs, offset.low, offset.high, offset.middle) == (2, None, None, 0.0)
    assert Clocks([], ZONE).offset(RIS, BACK).low is None
    assert Clocks([], ZONE).offset(OWN_CLOCK, BACK).high == 0.0


def test_the_hour_that_comes_twice_is_read_as_the_one_that_was_heard() -> None:
    first, second = BACK - timedelta(minutes=30), BACK + timedelta(minutes=30)
    assert unfolded(first, second, ZONE) == second
    assert unfolded(first, first, ZONE) == first
    assert unfolded(second + timedelta(days=1), first, ZONE) == second + timedelta(days=1)
