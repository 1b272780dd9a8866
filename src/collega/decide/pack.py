"""What goes into a feedback pack, and the way of a pack from a first list to what its maker says."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from collega.model.discrepancy import Conclusion, Discrepancy
from collega.model.feedback import Feedback, Missed, Opinion, latest, latest_missed
from collega.model.job import Job, JobState
from collega.model.pack import Case, CaseSource, Pack, PackStanding, PackState
from collega.ports.store import Transaction

# Answers that have not been checked, or were never given, are no word of an app.
SPOKEN = frozenset({JobState.NORMALISED, JobState.READY, JobState.ASKED, JobState.DONE, JobState.SUPERSEDED})


class Act(StrEnum):
    """What somebody does with a pack."""

    APPROVE = "approve"
    REFUSE = "refuse"
    TAKE = "take"


DONE: Mapping[Act, str] = {Act.APPROVE: "approved", Act.REFUSE: "refused", Act.TAKE: "taken"}
# Taken again after it was taken: the file is made anew, without those who have objected meanwhile.
MOVES: Mapping[tuple[PackState, Act], PackState] = {
    (PackState.PREPARED, Act.APPROVE): PackState.APPROVED,
    (PackState.PREPARED, Act.REFUSE): PackState.REFUSED,
    (PackState.APPROVED, Act.REFUSE): PackState.REFUSED,
    (PackState.APPROVED, Act.TAKE): PackState.TAKEN,
    (PackState.TAKEN, Act.TAKE): PackState.TAKEN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the approver has decided of single cases; see `collega.model.pack.PackStanding`."""

    with_text: frozenset[int] = frozenset()
    withheld: frozenset[int] = frozenset()


def moved(  # noqa: PLR0913 - one move
    pack: Pack, act: Act, *, actor: str, at: datetime, reason: str = "", choice: Choice | None = None
) -> PackStanding:
    """Give the standing that an act leads to; what was decided of single cases goes along.

    Raises
    ------
    ValueError
        A pack that stands so cannot be treated so, or a case is not of this pack.
    """
    before = pack.standing
    after = MOVES.get((before.state, act))
    if after is None:
        message = f"a pack that is {before.state} cannot be {DONE[act]}"
        raise ValueError(message)
    chosen = choice or Choice(with_text=frozenset(before.with_text), withheld=frozenset(before.withheld))
    known = {case.number for case in pack.cases}
    if (chosen.with_text | chosen.withheld) - known:
        message = f"the pack has the cases 1 to {len(known)}"
        raise ValueError(message)
    if act is Act.APPROVE and chosen.withheld == known:
        message = "nothing is left of the pack: refuse it"
        raise ValueError(message)
    return PackStanding(
        revision=before.revision + 1,
        state=after,
        at=at,
        actor=actor,
        reason=reason,
        with_text=tuple(sorted(chosen.with_text)),
        withheld=tuple(sorted(chosen.withheld)),
        gone=before.gone,
    )


async def new_cases(transaction: Transaction, vendor: str, app_ids: Collection[str]) -> tuple[Case, ...]:
    """List what was found wrong and is in no pack for this maker, numbered in the order of its moments."""
    keys = await transaction.judged(vendor, app_ids)
    packed = await transaction.packed(vendor, keys)
    found: list[Case] = []
    for key in keys:
        jobs = [job for job in await transaction.jobs_of(key) if job.app_id in app_ids and job.state in SPOKEN]
        found += disagreements(jobs, await transaction.feedback_of(key))
        found += overlooked(jobs, await transaction.missed_of(key))
        found += contradicted(jobs, await transaction.discrepancies_of(key))
    fresh = sorted((one for one in found if (one.thing, one.version) not in packed), key=_order)
    return tuple(replace(one, number=number) for number, one in enumerate(fresh, start=1))


def disagreements(jobs: Sequence[Job], said: Iterable[Feedback]) -> Iterator[Case]:
    """Make a case of each finding with which at least one reader disagrees now."""
    by_key = {job.key: job for job in jobs}
    against = [one for one in latest(said) if one.opinion is Opinion.DISAGREE and one.job_key in by_key]
    ordered = sorted(against, key=lambda one: (one.job_key, one.finding_id, one.reader))
    for (job_key, finding_id), group in groupby(ordered, lambda one: (one.job_key, one.finding_id)):
        opinions, job = list(group), by_key[job_key]
        yield Case(
            number=1,
            source=CaseSource.OPINION,
            thing=f"opinion/{job_key}/{finding_id}",
            version=_version(f"{one.reader}\0{one.number}" for one in opinions),
            study_key=job.study_key,
            job_key=job.key,
            app_id=job.app_id,
            app_version=job.app_version,
            finding_id=finding_id,
            causes=tuple(sorted({one.cause for one in opinions} - {""})),
            readers=len(opinions),
            text="\n".join(one.remark for one in opinions if one.remark),
            at=min(one.at for one in opinions),
        )


def overlooked(jobs: Sequence[Job], said: Iterable[Missed]) -> Iterator[Case]:
    """Make a case of each finding that a reader saw and no app named, for each app that had looked.

    Of several attempts of one app at a study, the last one is meant.
    """
    last = {job.app_id: job for job in jobs}
    for one in latest_missed(said):
        for app_id, job in sorted(last.items()):
            yield Case(
                number=1,
                source=CaseSource.MISSED,
                thing=f"missed/{one.study_key}/{one.mark}/{app_id}",
                version=_version([str(one.number)]),
                study_key=job.study_key,
                job_key=job.key,
                app_id=job.app_id,
                app_version=job.app_version,
                text=": ".join(filter(None, (one.what, one.remark))),
                place=one.place,
                at=one.at,
            )


def contradicted(jobs: Sequence[Job], found: Iterable[Discrepancy]) -> Iterator[Case]:
    """Make a case of each difference between app and signed report in which the report was found right."""
    by_key = {job.key: job for job in jobs}
    for one in found:
        job = by_key.get(one.job_key)
        if one.verdict is Conclusion.REPORT_RIGHT and job is not None:
            yield Case(
                number=1,
                source=CaseSource.REPORT,
                thing=f"report/{one.key}",
                version=_version([str(one.revision)]),
                study_key=job.study_key,
                job_key=job.key,
                app_id=job.app_id,
                app_version=job.app_version,
                finding_id=one.finding_id,
                contrast=one.contrast,
                text=one.remark,
                at=one.changed_at or one.found_at,
            )


def _version(parts: Iterable[str]) -> str:
    """Tell versions apart without saying who is in them."""
    return hashlib.sha256("\0\0".join(parts).encode()).hexdigest()[:16]


def _order(case: Case) -> tuple[datetime, str]:
    return case.at, case.thing
