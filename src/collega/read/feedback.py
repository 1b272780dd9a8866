"""A reader's word on an app's word: kept as a new version, and noted in the record of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.model.feedback import Feedback, FirstLook, Missed, Opinion, Seen
from collega.model.finding import Evaluation, Region
from collega.model.job import Event
from collega.ports.store import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Who says it, in which role, and when."""

    name: str
    role: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What it is said of: one finding of one job, and the app that ran it."""

    study_key: str
    job_key: str
    app_id: str
    finding_id: str


async def give_opinion(  # noqa: PLR0913 - the parts of an opinion
    transaction: Transaction,
    about: About,
    reader: Reader,
    *,
    opinion: Opinion,
    ai_seen: Seen,
    cause: str = "",
    remark: str = "",
) -> Feedback:
    """Keep an opinion; whoever thinks again adds a version.

    Raises
    ------
    ValueError
        It is not one, such as a cause beside an agreement.
    FencedError
        The same reader has said something else meanwhile, on another page.
    """
    mine = [
        one
        for one in await transaction.feedback_of(about.study_key)
        if (one.job_key, one.finding_id, one.reader) == (about.job_key, about.finding_id, reader.name)
    ]
    said = Feedback(
        study_key=about.study_key,
        job_key=about.job_key,
        finding_id=about.finding_id,
        reader=reader.name,
        role=reader.role,
        number=_next(mine),
        opinion=opinion,
        ai_seen=ai_seen,
        cause=cause,
        remark=remark,
        at=reader.at,
    )
    await transaction.add_feedback(said)
    payload = {
        "app": about.app_id,
        "finding": about.finding_id,
        "opinion": opinion.value,
        "cause": cause,
        "ai_seen": ai_seen.value,
        "version": said.number,
    }
    await _note(transaction, "opinion", about.study_key, reader, payload, about.job_key)
    return said


async def mark_missed(  # noqa: PLR0913 - the parts of a mark
    transaction: Transaction,
    study_key: str,
    mark: str,
    reader: Reader,
    *,
    what: str,
    place: Region | None,
    ai_seen: Seen = Seen.UNKNOWN,
    remark: str = "",
    is_withdrawn: bool = False,
) -> Missed:
    """Keep a finding that no app named, or take it back.

    Raises
    ------
    ValueError
        It has no name, or is too long.
    FencedError
        It has been changed meanwhile.
    """
    earlier = [one for one in await transaction.missed_of(study_key) if one.mark == mark]
    said = Missed(
        study_key=study_key,
        mark=mark,
        reader=reader.name,
        role=reader.role,
        number=_next(earlier),
        what=what,
        place=place,
        ai_seen=ai_seen,
        remark=remark,
        is_withdrawn=is_withdrawn,
        at=reader.at,
    )
    await transaction.add_missed(said)
    payload = {"mark": mark, "version": said.number, "withdrawn": is_withdrawn}
    await _note(transaction, "missed_marked", study_key, reader, payload)
    return said


async def look_first(  # noqa: PLR0913 - the parts of a first look
    transaction: Transaction,
    study_key: str,
    finding_id: str,
    reader: Reader,
    *,
    found: Evaluation,
    ai_seen: Seen,
    is_called: bool,
) -> FirstLook:
    """Keep an emergency physician's first assessment, or what it has become on a second thought.

    Raises
    ------
    FencedError
        The same reader has said something else meanwhile.
    """
    earlier = [
        one
        for one in await transaction.first_looks_of(study_key)
        if (one.finding_id, one.reader) == (finding_id, reader.name)
    ]
    look = FirstLook(
        study_key=study_key,
        finding_id=finding_id,
        reader=reader.name,
        role=reader.role,
        number=_next(earlier),
        found=found,
        ai_seen=ai_seen,
        is_called=is_called,
        at=reader.at,
    )
    await transaction.add_first_look(look)
    payload = {"finding": finding_id, "found": found.value, "ai_seen": ai_seen.value, "version": look.number}
    await _note(transaction, "first_sight", study_key, reader, payload)
    if is_called and not any(one.is_called for one in earlier):
        await _note(transaction, "called", study_key, reader, {})
    return look


def _next(earlier: Sequence[Feedback | Missed | FirstLook]) -> int:
    return 1 + max((one.number for one in earlier), default=0)


async def _note(  # noqa: PLR0913 - the fields of an event
    transaction: Transaction,
    kind: str,
    study_key: str,
    reader: Reader,
    payload: Mapping[str, object],
    job_key: str | None = None,
) -> None:
    event = Event(
        at=reader.at, kind=kind, study_key=study_key, job_key=job_key, actor=reader.name, payload=dict(payload)
    )
    await transaction.add_event(event)
