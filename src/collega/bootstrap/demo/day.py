"""The simulated day: when which study is made, pressed into the minutes of the demonstration."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random

HOURS = 24
BEGINS_AT = 7  # the day of the demonstration runs from 7 h to 7 h, so that its night is in one piece
STUDIES_PER_MINUTE = 30
HEAD_CTS_IN = 3  # one study in so many is a head CT
# Of each other kind one study among so many is made, where the day has room for them.
OTHERS_IN, FEWEST_WITH_OTHERS = 20, 9
POSITIVE_EVERY, POSITIVE_ELSEWHERE = 3, 2
SEED = 1
DIFFICULT_HOUR = 17
# An hour of a short demonstration is over before anybody has seen it.
SHORTEST_DIFFICULT_S, MOST_OF_THE_DAY = 3.0, 0.25
FEWEST_FOR_A_DIFFICULT_HOUR = 3
# The list of a night ends at 8 h: a demonstration that begins later than this would not be over by then.
LATEST_MINUTE, HOUR = 45, 60
FARTHEST_WEST = 11


class Kind(StrEnum):
    """What the simulated scanners make."""

    FILM = "film"
    HEAD_CT = "head_ct"
    NECK_CT = "neck_ct"
    CHEST_CT = "chest_ct"
    MAMMOGRAM = "mammogram"
    HEART_CT = "heart_ct"
    BODY_CT = "body_ct"


class Part(StrEnum):
    """Parts of the day by the clock."""

    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"


# How many studies of 100 are made from each hour on: 7 h first. A chest room lives by day, a head CT at any hour.
BY_DAY = (2, 9, 10, 11, 10, 7, 7, 9, 9, 7, 8, 3, 2, 2, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0)
AT_ANY_HOUR = (2, 4, 5, 5, 5, 4, 4, 5, 5, 5, 7, 5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 2, 2)
ARRIVALS: Mapping[Kind, Sequence[int]] = {
    kind: AT_ANY_HOUR if kind in {Kind.HEAD_CT, Kind.NECK_CT, Kind.CHEST_CT} else BY_DAY for kind in Kind
}
ACUTE = frozenset({Kind.HEAD_CT, Kind.NECK_CT})
MOST_MADE = frozenset({Kind.FILM, Kind.HEAD_CT})
PARTS: Mapping[Part, tuple[int, int]] = {Part.DAY: (8, 17), Part.EVENING: (17, 23)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exam:
    """One study to be made: the moment on the simulated clock, and the second of the demonstration.

    ``urgent``: the requester's own word, as the scanner passes it on.
    """

    kind: Kind
    seed: int
    at: datetime
    due_s: float
    positive: bool
    urgent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How the simulated day runs: its first moment, and how long an hour of it takes."""

    begin: datetime
    hour_s: float

    def second(self, hours: float) -> float:
        """Second of the demonstration at which so many hours of the day have passed."""
        return hours * self.hour_s

    def clock(self, second: float) -> datetime:
        """Moment on the simulated clock."""
        return self.begin + timedelta(hours=second / self.hour_s)

    @property
    def difficult_s(self) -> tuple[float, float]:
        """Second in which the difficult hour begins, and the one in which it is over."""
        begin = self.second((DIFFICULT_HOUR - BEGINS_AT) % HOURS)
        longest = MOST_OF_THE_DAY * HOURS * self.hour_s
        return begin, begin + min(max(self.hour_s, SHORTEST_DIFFICULT_S), longest)


def pace_of(minutes: float, now: datetime) -> Pace:
    """Press the last whole simulated day before ``now`` (local) into so many minutes: no study is of the future.

    In the last quarter of an hour of a night (`night_zone`) it is the day that has passed by now, begun as much
    earlier: the morning after it is today's, not yesterday's.
    """
    end = now.replace(hour=BEGINS_AT, minute=0, second=0, microsecond=0)
    if end - now > timedelta(minutes=HOUR - LATEST_MINUTE):
        end -= timedelta(days=1)
    return Pace(begin=min(end, now) - timedelta(days=1), hour_s=minutes * 60 / HOURS)


def night_zone(now: datetime) -> str:
    """Name a time zone in which the night is in its last hour: the morning after it comes while people look on."""
    hour = BEGINS_AT if now.minute < LATEST_MINUTE else BEGINS_AT - 1
    east = (hour - now.astimezone(UTC).hour + FARTHEST_WEST) % HOURS - FARTHEST_WEST
    return f"Etc/GMT{-east:+d}"  # these names count hours to the west


def part_of(moment: datetime) -> Part:
    """Part of the day of a local moment."""
    return next((part for part, (first, last) in PARTS.items() if first <= moment.hour < last), Part.NIGHT)


def exams(minutes: float, pace: Pace, kinds: Collection[Kind]) -> tuple[Exam, ...]:
    """Plan the day, the same each time: what the installed apps look at, in the order of the clock."""
    counts = _counts(max(1, round(minutes * STUDIES_PER_MINUTE)), kinds)
    planned = [exam for kind, count in counts.items() for exam in _of(kind, count, pace)]
    return tuple(sorted(planned, key=lambda exam: exam.due_s))


def _counts(total: int, kinds: Collection[Kind]) -> Mapping[Kind, int]:
    """Share the day out: films and head CTs make it up, others come on top where there is room for them."""
    others = [kind for kind in Kind if kind in kinds and kind not in MOST_MADE]
    if not MOST_MADE & set(kinds):
        return {kind: max(1, total // len(others)) for kind in others}
    cts = 0 if Kind.HEAD_CT not in kinds else total if Kind.FILM not in kinds else total // HEAD_CTS_IN
    each = max(1, total // OTHERS_IN) if total >= FEWEST_WITH_OTHERS else 0
    return {Kind.FILM: total - cts, Kind.HEAD_CT: cts, **dict.fromkeys(others, each)}


def _of(kind: Kind, count: int, pace: Pace) -> list[Exam]:
    """Spread studies of a kind over the day by its rates; one at least falls into the difficult hour."""
    random = Random(f"{SEED} {kind}")  # noqa: S311 - a plan, no secret
    hours = [_quantile(ARRIVALS[kind], (number + random.random()) / count) for number in range(count)]
    middle = (DIFFICULT_HOUR - BEGINS_AT) % HOURS + 0.5
    if count >= FEWEST_FOR_A_DIFFICULT_HOUR and not any(abs(hour - middle) < 0.5 for hour in hours):  # noqa: PLR2004 - half an hour to either side
        nearest = min(range(count), key=lambda number: abs(hours[number] - middle))
        hours[nearest] = middle
    return [_exam(kind, number, hour, pace) for number, hour in enumerate(hours, start=1)]


def _exam(kind: Kind, number: int, hours: float, pace: Pace) -> Exam:
    at = pace.begin + timedelta(hours=hours)
    return Exam(
        kind=kind,
        seed=number,
        at=at,
        due_s=pace.second(hours),
        positive=_is_positive(kind, number),
        urgent=kind in ACUTE and part_of(at) is not Part.DAY,
    )


def _is_positive(kind: Kind, number: int) -> bool:
    """Every third film and head CT; of the others every second, from the first on."""
    return number % POSITIVE_EVERY == 0 if kind in MOST_MADE else number % POSITIVE_ELSEWHERE == 1


def _quantile(weights: Sequence[int], share: float) -> float:
    """Hours after the begin of the day by which this share of the studies has been made."""
    wanted = share * sum(weights)
    for hour, (until, weight) in enumerate(zip(accumulate(weights), weights, strict=True)):
        if wanted <= until and weight:
            return hour + 1 - (until - wanted) / weight
    return float(HOURS)
