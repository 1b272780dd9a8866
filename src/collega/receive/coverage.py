"""The studies of the PACS held against those that came: what never arrived, and what arrived in part."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from collega.model.coverage import (
    OPEN_SIGHTINGS,
    Certainty,
    Here,
    PacsSeries,
    PacsStudy,
    Round,
    Sighting,
    SightingState,
)

Apps: TypeAlias = Mapping[str, Certainty]
Judge: TypeAlias = Callable[[PacsStudy, Sequence[PacsSeries] | None], Apps]

HERE = frozenset({SightingState.RECEIVED, SightingState.INCOMPLETE, SightingState.FETCHED, SightingState.ARRIVED})
GONE = "the PACS no longer names it"
UNWANTED = "no app accepts it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one round has learnt.

    ``series`` holds the studies that were asked for theirs; ``told`` the attributes that this PACS
    is known to fill; ``first_day`` is the first that was asked for, as DICOM writes it.
    """

    studies: Sequence[PacsStudy]
    series: Mapping[str, Sequence[PacsSeries]]
    told: frozenset[str]
    first_day: str


def compare(  # noqa: PLR0913 - what the PACS has, what is here, what was known
    answer: Answer,
    here: Mapping[str, Here],
    known: Mapping[str, Sighting],
    judge: Judge,
    *,
    now: datetime,
    grace: timedelta,
) -> list[Sighting]:
    """Say of each study that an app accepts how it was found.

    Parameters
    ----------
    answer : Answer
        What the PACS said in this round.
    here : Mapping
        What collega has of those studies, and of those in ``known``, by study UID.
    known : Mapping
        Sightings of earlier rounds, by study UID: the open ones, and those of studies named now.
    judge : callable
        Gives the apps that accept a study, each with its certainty.
    grace : timedelta
        A study that is younger may still be on its way.

    Returns
    -------
    list of Sighting
        Every study of the answer that an app accepts, and every open one that has changed.
    """
    named = {study.study_instance_uid for study in answer.studies}
    seen = [
        _sight(study, answer.series.get(study.study_instance_uid), here, known, judge, now=now, grace=grace)
        for study in answer.studies
    ]
    rest = (sighting for uid, sighting in known.items() if uid not in named and sighting.state in OPEN_SIGHTINGS)
    return [item for item in [*seen, *_unnamed(rest, here, answer.first_day, now)] if item is not None]


def needs_series(study: PacsStudy, here: Here | None, before: Sighting | None) -> bool:
    """Whether a study must be asked for its series: at first, in doubt, and when the PACS has got more of it."""
    if before is None or before.pacs_instances != study.instances:
        return True
    in_doubt = here is None and not before.is_certain
    return in_doubt or before.state is SightingState.INCOMPLETE


def told_by(answers: Iterable[PacsStudy | PacsSeries]) -> frozenset[str]:
    """Name the attributes that a PACS fills: only where it fills one somewhere does an empty one mean empty."""
    return frozenset(name for item in answers for name, value in item.attributes.items() if value is not None)


def counted(sightings: Iterable[Sighting], at: datetime, answer: Answer) -> Round:
    """Sum up a round that was answered; what only may be wanted is counted apart."""
    found = [item for item in sightings if item.state is not SightingState.NOT_WANTED and item.apps]
    certain = [item for item in found if item.is_certain]
    missing = [item for item in found if item.state is SightingState.MISSING]
    return Round(
        at=at,
        answered=True,
        studies=len(answer.studies),
        eligible=len(certain),
        received=sum(item.state in HERE for item in certain),
        missing=sum(item.is_certain for item in missing),
        maybe=sum(not item.is_certain for item in missing),
        incomplete=sum(item.state is SightingState.INCOMPLETE for item in found),
        told=answer.told,
    )


def _sight(  # noqa: PLR0913 - one study, and all that is known of it
    study: PacsStudy,
    series: Sequence[PacsSeries] | None,
    here: Mapping[str, Here],
    known: Mapping[str, Sighting],
    judge: Judge,
    *,
    now: datetime,
    grace: timedelta,
) -> Sighting | None:
    uid = study.study_instance_uid
    found, before = here.get(uid), known.get(uid)
    apps = _apps(study, series, found, before, judge)
    first = before.first_seen_at if before else now
    # Younger than the grace, or still coming in: nothing can be said against it yet.
    begun = found.last_received_at if found else (study.study_at or first)
    is_young = now - max(begun, study.study_at or begun) < grace
    state = _state(series, found, before, judge_series=lambda one: bool(judge(study, [one])), apps=apps, young=is_young)
    if state is None:
        return None
    base = before or Sighting(
        study_instance_uid=uid,
        accession_number=study.accession_number,
        modalities=study.modalities,
        study_at=study.study_at,
        first_seen_at=first,
        state=state,
    )
    return replace(
        _moved(base, state, now, UNWANTED),
        accession_number=study.accession_number,
        modalities=study.modalities,
        study_at=study.study_at,
        apps=apps or base.apps,
        pacs_instances=study.instances,
    )


def _apps(
    study: PacsStudy, series: Sequence[PacsSeries] | None, found: Here | None, before: Sighting | None, judge: Judge
) -> Apps:
    """Which apps want it: routing has decided, else the query tells, else it has told before."""
    if found is not None and found.routed:
        return dict.fromkeys(sorted(found.apps), Certainty.YES)
    judged = judge(study, series)
    if series is not None or before is None:
        return judged
    return {app: before.apps.get(app, certainty) for app, certainty in judged.items()}


def _state(  # noqa: PLR0913 - one decision
    series: Sequence[PacsSeries] | None,
    found: Here | None,
    before: Sighting | None,
    *,
    judge_series: Callable[[PacsSeries], bool],
    apps: Apps,
    young: bool,
) -> SightingState | None:
    was = before.state if before else None
    if not apps:
        return SightingState.NOT_WANTED if was is not None else None
    if found is None:
        if was in HERE:  # it has been here: what a site removes later is not missing
            return was
        return SightingState.ON_ITS_WAY if young else SightingState.MISSING
    if was is SightingState.INCOMPLETE and series is None:
        return was
    if not young and any(_lacks(one, found) for one in series or () if judge_series(one)):
        return SightingState.INCOMPLETE
    return _came(was)


def _came(was: SightingState | None) -> SightingState:
    if was is SightingState.MISSING:
        return SightingState.ARRIVED
    return was if was in {SightingState.FETCHED, SightingState.ARRIVED} else SightingState.RECEIVED


def _lacks(series: PacsSeries, found: Here) -> bool:
    return series.instances is not None and series.instances > found.series.get(series.series_instance_uid, 0)


def _unnamed(
    rest: Iterable[Sighting], here: Mapping[str, Here], first_day: str, now: datetime
) -> Iterator[Sighting | None]:
    """Look at open sightings that the PACS did not name: come meanwhile, gone from the PACS, or too old to ask for."""
    for before in rest:
        if before.study_instance_uid in here and before.state is not SightingState.INCOMPLETE:
            yield _moved(before, _came(before.state), now, "")
        elif before.study_at is not None and before.study_at.strftime("%Y%m%d") > first_day:
            yield _moved(before, SightingState.NOT_WANTED, now, GONE)


def _moved(before: Sighting, state: SightingState, now: datetime, unwanted: str) -> Sighting:
    is_open = state in OPEN_SIGHTINGS
    missed_at = before.missed_at or (now if state is SightingState.MISSING else None)
    detail = unwanted if state is SightingState.NOT_WANTED else before.detail if state is before.state else ""
    return replace(
        before,
        state=state,
        missed_at=missed_at,
        closed_at=None if is_open else (before.closed_at or now),
        detail=detail,
    )
