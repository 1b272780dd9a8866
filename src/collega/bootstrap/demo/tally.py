"""What the simulated day came to: counts by kind and part of the day, the difficult hour, the readers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from collega.bootstrap.demo.channels import Channels, channels
from collega.bootstrap.demo.count import PAGE_CLASS, Known, Progress, StudyLine, median_of, p95_of
from collega.bootstrap.demo.day import Kind, Part, part_of
from collega.bootstrap.demo.difficult import Span
from collega.bootstrap.demo.ris import RisCount
from collega.formats.wording import OUTCOMES
from collega.model.app import Manifest
from collega.model.finding import Outcome
from collega.model.result import NoAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """When a study was received, and when collega has on record that readers opened and signed it."""

    received_at: datetime | None = None
    opened_at: datetime | None = None
    signed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Things that an app asked for besides the images: how many came, how many were missing and are said to be."""

    came: int
    missing: int


NOTHING_ASKED: Mapping[str, Inputs] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Figures of the day, in studies; times in seconds of the demonstration.

    Attributes
    ----------
    kinds, parts : mapping
        Studies by what they are, and by the part of the simulated day in which they were made.
    drawn_positive : mapping
        Studies by what they are that were drawn with an opacity or a bleed.
    away_s : float
        How long the PACS was away.
    difficult : int
        Studies whose way touched the difficult hour.
    held_up, came_through : int
        Studies with a result ready while the PACS was away, and those of them that stand in it now.
    failed, failed_on_page : int
        Studies on which an app failed, and those of them whose status page in the PACS says so.
    apps : mapping
        Studies by app and outcome.
    channels : mapping
        How each app worked, and what carried its word.
    inputs : mapping
        What apps asked for besides the images, by app: how many of those things came and how many were missing.
    waits_s : mapping
        Median seconds from received to opened, by part of the day; None where nothing was opened.
    ris : RisCount or None
        Messages between collega and the simulated RIS.
    """

    kinds: Mapping[Kind, int]
    drawn_positive: Mapping[Kind, int]
    parts: Mapping[Part, int]
    away_s: float
    difficult: int
    p95_difficult_s: float | None
    held_up: int
    came_through: int
    failed: int
    failed_on_page: int
    apps: Mapping[str, Mapping[Outcome | NoAnswer, int]]
    channels: Mapping[str, Channels]
    opened: int
    signed: int
    waits_s: Mapping[Part, float | None]
    inputs: Mapping[str, Inputs]
    ris: RisCount | None = None


def tally(  # noqa: PLR0913 - what a day is summed up from
    progress: Progress,
    known: Known,
    span: Span,
    read: Mapping[str, Read],
    apps: Mapping[str, Manifest],
    inputs: Mapping[str, Inputs] = NOTHING_ASKED,
) -> Tally:
    """Sum up a day: what was counted, when the PACS was away, what readers did, which apps there are and were given."""
    lines = progress.latest
    exams = {line.study_instance_uid: line.exam for line in lines if line.exam}
    held_up = [line for line in lines if _was_held_up(known, line.study_instance_uid, span)]
    failed = [line for line in lines if line.said and Outcome.FAILED in line.said.apps.values()]
    parts = {uid: part_of(exam.at) for uid, exam in exams.items()}
    return Tally(
        kinds=Counter(exam.kind for exam in exams.values()),
        drawn_positive=Counter(exam.kind for exam in exams.values() if exam.positive),
        parts=Counter(parts.values()),
        away_s=(span.end - span.begin).total_seconds() if span.begin and span.end else 0.0,
        difficult=sum(1 for line in lines if line.difficult),
        p95_difficult_s=p95_of(progress.difficult_s),
        held_up=len(held_up),
        came_through=sum(1 for line in held_up if line.delivered and line.latency_s is not None),
        failed=len(failed),
        failed_on_page=sum(1 for line in failed if _page_says_so(line)),
        apps=_by_app(known, [line.study_instance_uid for line in lines]),
        channels=channels([line.study_instance_uid for line in lines], known, apps),
        opened=sum(1 for one in read.values() if one.opened_at),
        signed=sum(1 for one in read.values() if one.signed_at),
        waits_s={part: median_of(_waits(part, parts, read)) for part in Part},
        inputs=inputs,
    )


def _was_held_up(known: Known, uid: str, span: Span) -> bool:
    way = known.passages.get(uid)
    if way is None or span.begin is None or span.end is None:
        return False
    return way.ready_at <= span.end < way.confirmed_at


def _page_says_so(line: StudyLine) -> bool:
    """Whether a status page of the study names a failure in the series list (in either language)."""
    failed = OUTCOMES[Outcome.FAILED]
    pages = [item.description for item in line.in_pacs if item.sop_class_uid == PAGE_CLASS]
    return any(word in page for page in pages for word in (failed.en, failed.nl))


def _by_app(known: Known, studies: Sequence[str]) -> Mapping[str, Mapping[Outcome | NoAnswer, int]]:
    counts: dict[str, Counter[Outcome | NoAnswer]] = {}
    for uid in studies:
        for app, outcome in known.said[uid].apps.items() if uid in known.said else ():
            if outcome is not None:
                counts.setdefault(app, Counter())[outcome] += 1
    return counts


def _waits(part: Part, parts: Mapping[str, Part], read: Mapping[str, Read]) -> list[float]:
    return [
        (one.opened_at - one.received_at).total_seconds()
        for uid, one in read.items()
        if parts.get(uid) is part and one.opened_at and one.received_at
    ]


def read_of(events: Sequence[Mapping[str, Any]]) -> Read:
    """Read from a study's events who looked when, the first time each."""
    first: dict[str, datetime] = {}
    for event in events:
        at = datetime.fromisoformat(event["at"])
        first[event["kind"]] = min(at, first.get(event["kind"], at))
    return Read(received_at=first.get("received"), opened_at=first.get("opened"), signed_at=first.get("signed"))


def inputs_of(accounts: Iterable[Mapping[str, Any]]) -> Mapping[str, Inputs]:
    """Count what apps asked for besides the images, from the accounts of studies."""
    counts: dict[str, Counter[str]] = {}
    for account in accounts:
        for job in account.get("jobs", ()):
            for item in job.get("inputs", ()):
                counts.setdefault(job["app_id"], Counter())["missing" if item["why"] else "came"] += 1
    return {app: Inputs(came=count["came"], missing=count["missing"]) for app, count in counts.items()}
