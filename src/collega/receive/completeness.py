"""What each kind of evidence proves of a study, and when that is enough; the table is `EVIDENCE`.

Pure: a picture of what came and what was said goes in, a decision comes out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collega.model.evidence import Evidence, EvidenceKind
from collega.receive.gather import ALL, Gathering, SeriesHere
from collega.receive.lists import ENDED_STEPS


class Mark(StrEnum):
    """Evidence in words, as events and commands show it."""

    STEP_ENDED = "procedure step ended"
    AVAILABLE = "instances available"
    COMMITMENT = "storage commitment asked"
    COUNTED = "counted in the PACS"
    IN_ACQUISITION = "images in acquisition"
    NEXT_SERIES = "next series begun"
    RELEASED = "association released"
    BROKEN = "connection lost"
    MOVED_ON = "association moved on"
    RESTARTED = "receiver restarted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worth:
    """What evidence is worth: quiet times that must still pass; None proves nothing.

    ``study``: that the whole study is here. ``series``: that a series is, for an app whose other
    needs are met.
    """

    study: float | None
    series: float | None


# An association that has moved on to another study is weaker evidence than one that was released:
# many senders interleave. Proof of a series says nothing of series that have not begun.
EVIDENCE: Mapping[Mark, Worth] = {
    Mark.STEP_ENDED: Worth(study=0, series=0),
    Mark.AVAILABLE: Worth(study=0, series=0),
    Mark.COMMITMENT: Worth(study=0, series=0),
    Mark.COUNTED: Worth(study=0, series=0),
    Mark.IN_ACQUISITION: Worth(study=None, series=0),
    Mark.NEXT_SERIES: Worth(study=None, series=0),
    Mark.RELEASED: Worth(study=1, series=0),
    Mark.BROKEN: Worth(study=1, series=None),
    Mark.MOVED_ON: Worth(study=4, series=None),
    Mark.RESTARTED: Worth(study=1, series=None),
}
# The lists that name objects; an open procedure step contradicts what the scanner itself says.
LISTS: Mapping[Mark, frozenset[EvidenceKind]] = {
    Mark.STEP_ENDED: ENDED_STEPS,
    Mark.AVAILABLE: frozenset({EvidenceKind.INSTANCES_AVAILABLE}),
    Mark.COMMITMENT: frozenset({EvidenceKind.COMMITMENT_ASKED}),
}
HELD_BY_OPEN_STEP = frozenset({Mark.STEP_ENDED, Mark.COMMITMENT})
# Two readings of the PACS that lie closer together are one.
READINGS_APART = timedelta(seconds=1)
# A release after each single image, as some senders do, says nothing of the series.
LEAST_OVER_ONE_ASSOCIATION = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Nothing more comes at this moment: why, and since when."""

    mark: Mark
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """An app's own series are all here: which, and what proves it."""

    app_id: str
    series: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What follows from a picture.

    Attributes
    ----------
    evidence : str
        What completes the study, in words; empty where nothing does, not even later.
    at : datetime, optional
        From when on the study is complete, unless another object comes before.
    quiet : timedelta
        How much quiet is waited for; none where evidence is enough.
    starts : tuple of Start
        Apps that can start now.
    heard : tuple of str
        All that was said of the study, in words.
    """

    evidence: str = ""
    at: datetime | None = None
    quiet: timedelta = timedelta(0)
    starts: tuple[Start, ...] = ()
    heard: tuple[str, ...] = ()


def decide(gathered: Gathering, silence: Silence | None, quiet: timedelta, now: datetime) -> Decision:
    """Weigh what is known of a study.

    Parameters
    ----------
    silence : Silence, optional
        None while an association is still bringing images of it.
    quiet : timedelta
        Quiet time of this study: as learned for its scanner, else as set for its modality.
    """
    starts = tuple(_starts(gathered))
    heard = tuple(_heard(gathered))
    if not gathered.images:
        return Decision(heard=heard)
    mark = _proof_of_study(gathered, silence)
    if mark is not None:
        return Decision(evidence=mark, at=now, starts=starts, heard=heard)
    worth = EVIDENCE[silence.mark].study if silence else None
    if silence is None or worth is None:
        return Decision(starts=starts, heard=heard)
    wait = quiet * worth
    return Decision(evidence=silence.mark, at=silence.since + wait, quiet=wait, starts=starts, heard=heard)


def _proof_of_study(gathered: Gathering, silence: Silence | None) -> Mark | None:
    marks = [*_whole_lists(gathered), *(Mark.COUNTED for _ in _counted(gathered, silence))]
    return next((mark for mark in marks if EVIDENCE[mark].study == 0), None)


def _whole_lists(gathered: Gathering) -> Iterator[Mark]:
    """Kinds of list of which all are whole, and one is about the present revision."""
    for mark, kinds in LISTS.items():
        lists = list(gathered.lists.of(kinds))
        is_held = mark in HELD_BY_OPEN_STEP and gathered.lists.open_steps
        if not is_held and all(one.is_whole for one in lists) and any(one.counts for one in lists):
            yield mark


def _counted(gathered: Gathering, silence: Silence | None) -> Iterator[Evidence]:
    """Give the reading that agrees with the one before, with what is here, and with a proof of another kind."""
    reading = _steady(gathered.lists.counts)
    if reading is None or not any(one.is_current for one in gathered.series.values()):
        return
    counts = _counts(reading)
    if counts != {uid: one.objects for uid, one in gathered.series.items()}:
        return
    is_released = silence is not None and silence.mark is Mark.RELEASED
    if is_released or all(_is_whole_by_itself(one) for one in gathered.series.values()):
        yield reading


def _steady(readings: list[Evidence]) -> Evidence | None:
    """Latest reading, where an earlier one in a row of equal ones lies far enough back."""
    for earlier in reversed(readings):
        latest = readings[-1]
        if _counts(earlier) != _counts(latest):
            return None
        if latest.at - earlier.at >= READINGS_APART:
            return latest
    return None


def _counts(reading: Evidence) -> dict[str, int | None]:
    return {said.series_instance_uid: said.count for said in reading.series}


def _is_whole_by_itself(one: SeriesHere) -> bool:
    return one.acquisition_full or one.stacks[ALL].is_gap_free()


def _starts(gathered: Gathering) -> Iterator[Start]:
    """Apps whose own series are here, each once in a revision."""
    for app_id, needs in gathered.wishes.needs.items():
        if app_id in gathered.started:
            continue
        over = {one.uid: mark for one in gathered.candidates(app_id) if (mark := _proof_of_series(gathered, one))}
        ready = {uid: over[uid] for uid in over if gathered.series[uid].is_stack(app_id, needs)}
        if len(ready) >= needs.series and any(gathered.series[uid].is_current for uid in ready):
            words = ", ".join(dict.fromkeys(mark for mark in ready.values()))
            yield Start(app_id=app_id, series=tuple(ready), evidence=words)


def _proof_of_series(gathered: Gathering, one: SeriesHere) -> str | None:
    """Say what proves that a series is over, the strongest first."""
    if not one.is_current:
        return "earlier revision"
    marks = [*_series_lists(gathered, one)]
    if one.acquisition_full:
        marks.append(Mark.IN_ACQUISITION)
    if one.carriers_ended and max(one.carried.values()) >= LEAST_OVER_ONE_ASSOCIATION:
        marks.append(Mark.RELEASED)
    elif one.live and one.carriers_over and not one.returned_to:
        marks.append(Mark.NEXT_SERIES)
    reading = _steady(gathered.lists.counts)
    is_released = Mark.RELEASED in marks
    if reading is not None and _counts(reading).get(one.uid) == one.objects:
        marks += [Mark.COUNTED] if is_released or _is_whole_by_itself(one) else []
    return next((mark for mark in marks if EVIDENCE[mark].series == 0), None)


def _series_lists(gathered: Gathering, one: SeriesHere) -> Iterator[Mark]:
    """Find the lists by which a series is over: all that they name of it is here.

    A list that gives no series must name every object that is here of it: a sender that asks for
    commitment in portions proves nothing by the first.
    """
    for mark, kinds in LISTS.items():
        for said in gathered.lists.of(kinds):
            is_portion = not said.is_whole or _named_of(gathered, said.series_of)[one.uid] < one.objects
            if said.covers(one.uid) or ("" in said.pending_in and not is_portion):
                yield mark


def _named_of(gathered: Gathering, named: Mapping[str, str]) -> Counter[str]:
    return Counter(gathered.series_of[uid] for uid in named if uid in gathered.series_of)


def _heard(gathered: Gathering) -> Iterator[str]:
    lists = gathered.lists
    for one in lists.named:
        source = one.evidence.source
        yield f"{one.evidence.kind} ({source}): {one.named - len(one.pending)} of {one.named} objects here"
    if lists.open_steps:
        yield f"{EvidenceKind.MPPS_IN_PROGRESS}: {len(lists.open_steps)} of {lists.steps} steps"
    if lists.counts:
        total = sum(said.count or 0 for said in lists.counts[-1].series)
        yield f"{EvidenceKind.PACS_COUNT}: {total} objects at the last of {len(lists.counts)} readings"
