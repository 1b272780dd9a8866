"""A night's first looks and AI held against the final reports (R22), and calls before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from collega.measure.hours import SATURDAY, is_holiday
from collega.measure.reader_groups import shown_groups
from collega.measure.share import Share, share_of
from collega.model.finding import Evaluation
from collega.stats.rate import byar

DAY_BEGINS, EVENING_BEGINS = time(8), time(17)
DECIDED = frozenset({Evaluation.PRESENT, Evaluation.ABSENT})


@dataclass(frozen=True, kw_only=True, slots=True)
class NightCase:
    """One study of a night.

    ``first``, ``ai``, ``final``: what the emergency physician, AI and the final report say of the study as a whole,
    None where nobody has said it; ``first_by``: whose first look it is; ``first_at`` and ``signed_at``: when the first
    look was noted and the report signed.
    """

    study_key: str
    first: Evaluation | None = None
    first_by: str = ""
    first_at: datetime | None = None
    ai: Evaluation | None = None
    final: Evaluation | None = None
    signed_at: datetime | None = None
    is_called: bool = False
    is_recalled: bool = False

    @property
    def is_corrected(self) -> bool:
        """Whether the report says the opposite of the first look."""
        return {self.first, self.final} == DECIDED

    @property
    def correction_s(self) -> float | None:
        """Seconds from the first look to the signature of a report that corrects it."""
        if not self.is_corrected or self.first_at is None or self.signed_at is None:
            return None
        return (self.signed_at - self.first_at).total_seconds()


@dataclass(frozen=True, kw_only=True, slots=True)
class NightFigures:
    """What a night, or many, came to. Undecided words count in no agreement.

    ``first_agrees``, ``corrected`` and ``correction_median_s`` are about those who look first: None where they are too
    few for whoever looks at the figures.
    """

    studies: int
    looked: int
    judged: int
    first_agrees: Share | None
    ai_agrees: Share
    corrected: Share | None
    recalled: int
    correction_median_s: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRate:
    """Calls for each study of the night, with Byar's interval; None where no call was ever logged."""

    studies: int
    calls: int | None
    per_study: float | None
    low: float | None
    high: float | None


def night_before(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the hours without a radiologist on the spot that end on the morning of a day.

    They begin at 17:00 of the day before, at 08:00 where that was a weekend or a holiday; a Monday so looks back
    on Sunday, and the Sunday on Saturday.
    """
    before = day - timedelta(days=1)
    is_free = before.weekday() >= SATURDAY or is_holiday(before)
    begin = datetime.combine(before, DAY_BEGINS if is_free else EVENING_BEGINS, zone)
    return begin, datetime.combine(day, DAY_BEGINS, zone)


def night_figures(cases: Sequence[NightCase]) -> NightFigures:
    """Count the agreements and corrections of some nights."""
    first = _judged_first(cases)
    ai = [case for case in cases if case.ai in DECIDED and case.final in DECIDED]
    took = [seconds for case in first if (seconds := case.correction_s) is not None]
    return NightFigures(
        studies=len(cases),
        looked=sum(case.first is not None for case in cases),
        judged=sum(case.final is not None for case in cases),
        first_agrees=share_of(sum(case.first == case.final for case in first), len(first)),
        ai_agrees=share_of(sum(case.ai == case.final for case in ai), len(ai)),
        corrected=share_of(sum(case.is_corrected for case in first), len(first)),
        recalled=sum(case.is_recalled for case in cases),
        correction_median_s=median(took) if took else None,
    )


def for_viewer(figures: NightFigures, cases: Sequence[NightCase], viewer: str) -> NightFigures:
    """Leave out what is about too few of those who look first; who alone has looked sees the own figures."""
    readers = [case.first_by for case in _judged_first(cases)]
    if set(readers) <= {viewer} or shown_groups({"first": readers})["first"]:
        return figures
    return replace(figures, first_agrees=None, corrected=None, correction_median_s=None)


def _judged_first(cases: Sequence[NightCase]) -> list[NightCase]:
    return [case for case in cases if case.first in DECIDED and case.final in DECIDED]


def call_rate(studies: int, calls: int) -> CallRate:
    """Give the calls for each study of the night; no call at all reads as "nobody logs them", not as none made."""
    if studies == 0 or calls == 0:
        return CallRate(studies=studies, calls=None, per_study=None, low=None, high=None)
    low, high = byar(calls)
    return CallRate(studies=studies, calls=calls, per_study=calls / studies, low=low / studies, high=high / studies)
