"""What of each study stands in the PACS, counted from the PACS's own shelf."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from pydicom.uid import (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    SecondaryCaptureImageStorage,
)

from collega.bootstrap.demo.day import Exam
from collega.bootstrap.demo.difficult import NEVER, Span
from collega.deliver.table import OBJECTS
from collega.model.finding import Outcome
from collega.model.result import NoAnswer, ObjectKind

REPORT_CLASSES = frozenset({str(Comprehensive3DSRStorage), str(ComprehensiveSRStorage)})
PAGE_CLASS = str(SecondaryCaptureImageStorage)
NO_EXAMS: Mapping[str, Exam] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class InPacs:
    """One object in the PACS: its class, the device that made it, and what its series is called."""

    sop_class_uid: str
    model_name: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What collega says of a sent study; ``apps``: the word of each, None while it runs; ``raised``: by AI."""

    accession_number: str
    received_at: datetime | None
    state: str
    apps: Mapping[str, Outcome | NoAnswer | None]
    raised: bool = False

    @property
    def analysed(self) -> bool:
        """Whether every app that gets it has ended."""
        return bool(self.apps) and all(outcome is not None for outcome in self.apps.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """When a study was complete, its first result ready to be sent, and its last one confirmed."""

    complete_at: datetime
    ready_at: datetime
    confirmed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of studies by UID; ``confirmed`` has the seconds from complete to visible."""

    said: Mapping[str, Said]
    shelf: Mapping[str, tuple[InPacs, ...]]
    confirmed: Mapping[str, float | None]
    passages: Mapping[str, Passage] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyLine:
    """One study as the screen shows it."""

    study_instance_uid: str
    said: Said | None
    in_pacs: tuple[InPacs, ...]
    delivered: bool
    latency_s: float | None
    difficult: bool = False
    exam: Exam | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Counts of studies, and seconds from complete to visible of those that are confirmed.

    ``latencies_s`` leaves out the studies whose way touched the difficult hour; ``difficult_s`` has those.
    """

    planned: int
    sent: int
    analysed: int
    delivered: int
    confirmed: int
    latencies_s: tuple[float, ...]
    without_app: tuple[str, ...]
    latest: tuple[StudyLine, ...]
    not_taken: tuple[str, ...] = ()
    difficult_s: tuple[float, ...] = ()
    signed: int = 0

    @property
    def missing(self) -> int:
        """How many sent studies lack something in the PACS."""
        return self.sent - self.delivered

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come of what was sent."""
        return self.confirmed + len(self.without_app) == self.sent

    @property
    def passed(self) -> bool:
        """Whether everything went the whole way."""
        return self.planned == self.sent == self.delivered == self.confirmed


def is_delivered(said: Said | None, objects: Iterable[InPacs]) -> bool:
    """Whether the PACS holds what the outcomes of a study call for: a report per app, and the page.

    A study that no app has judged is never delivered.
    """
    if said is None or not said.analysed:
        return False
    there = list(objects)
    reported = {item.model_name for item in there if item.sop_class_uid in REPORT_CLASSES}
    called_for = {app for app, word in said.apps.items() if word and ObjectKind.FINDINGS_SR in OBJECTS.get(word, ())}
    return called_for <= reported and any(item.sop_class_uid == PAGE_CLASS for item in there)


def count(  # noqa: PLR0913 - what is counted, each by its name
    planned: int,
    sent: Sequence[str],
    known: Known,
    *,
    not_taken: tuple[str, ...] = (),
    span: Span = NEVER,
    signed: int = 0,
    exams: Mapping[str, Exam] = NO_EXAMS,
) -> Progress:
    """Count studies.

    Parameters
    ----------
    planned : int
        How many are to be sent.
    sent : sequence of str
        Those that were taken, in that order.
    known : Known
    not_taken : tuple of str
        Why others were not.
    span : Span
        The difficult hour.
    signed : int
        How many readers have signed.
    exams : mapping of str to Exam
        What was planned, by study.
    """
    felt = _felt(span, known.passages.values())
    lines = [_line(uid, known, felt, exams.get(uid)) for uid in sent]
    measured = [(line.difficult, line.latency_s) for line in lines if line.delivered and line.latency_s is not None]
    return Progress(
        planned=planned,
        sent=len(lines),
        analysed=sum(1 for line in lines if line.said and line.said.analysed),
        delivered=sum(1 for line in lines if line.delivered),
        confirmed=sum(1 for line in lines if line.delivered and line.study_instance_uid in known.confirmed),
        latencies_s=tuple(seconds for difficult, seconds in measured if not difficult),
        difficult_s=tuple(seconds for difficult, seconds in measured if difficult),
        signed=signed,
        without_app=tuple(
            line.study_instance_uid
            for line in lines
            if line.said and line.said.state == "routed" and not line.said.apps
        ),
        latest=tuple(reversed(lines)),
        not_taken=not_taken,
    )


def _felt(span: Span, passages: Iterable[Passage]) -> Span:
    """Stretch the difficult hour until the first result goes through again: what is complete by then waits too."""
    if span.end is None:
        return span
    after = [way.confirmed_at for way in passages if way.confirmed_at > span.end]
    return Span(begin=span.begin, end=min(after, default=span.end))


def _line(uid: str, known: Known, span: Span, exam: Exam | None) -> StudyLine:
    said, in_pacs, way = known.said.get(uid), known.shelf.get(uid, ()), known.passages.get(uid)
    return StudyLine(
        study_instance_uid=uid,
        said=said,
        in_pacs=in_pacs,
        delivered=is_delivered(said, in_pacs),
        latency_s=known.confirmed.get(uid),
        exam=exam,
        difficult=way is not None and span.touches(way.complete_at, way.confirmed_at),
    )


def median_of(seconds: Sequence[float]) -> float | None:
    """Middle value; None where there is none."""
    return statistics.median(seconds) if seconds else None


def p95_of(seconds: Sequence[float]) -> float | None:
    """95th percentile by linear interpolation between the values; None where there is none."""
    if len(seconds) < 2:  # noqa: PLR2004 - nothing to interpolate between
        return seconds[0] if seconds else None
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]
