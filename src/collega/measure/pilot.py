"""One app's pilot: how often it answers, is looked at, and is right as far as anybody has judged it (R21, R26, R27)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collega.measure.hours import HourClass
from collega.measure.share import Share, share_of
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation, Outcome

ALL = "all"


class Judged(StrEnum):
    """What readers make of an app's word on one finding."""

    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"
    TRUE_NEGATIVE = "true_negative"
    FALSE_NEGATIVE = "false_negative"


# The app's word x the reader's opinion on it. Words and opinions that are undecided say nothing.
JUDGEMENTS = {
    (Evaluation.PRESENT, Opinion.AGREE): Judged.TRUE_POSITIVE,
    (Evaluation.PRESENT, Opinion.DISAGREE): Judged.FALSE_POSITIVE,
    (Evaluation.ABSENT, Opinion.AGREE): Judged.TRUE_NEGATIVE,
    (Evaluation.ABSENT, Opinion.DISAGREE): Judged.FALSE_NEGATIVE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotCase:
    """One job of the app: ``outcome`` is None while it has not ended; ``viewed``: a reader was there after it had."""

    hours: HourClass
    outcome: Outcome | None
    viewed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotOpinion:
    """One reader's opinion on one finding of one job."""

    job_key: str
    finding_id: str
    hours: HourClass
    said: Evaluation
    opinion: Opinion
    ai_seen: Seen


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotFigures:
    """The figures of one class of hours, or of all.

    ``ppv`` and ``sensitivity`` rest on opinions alone: ``disputed`` findings, of which readers think differently, are
    in neither; ``blind`` counts the opinions that were formed before AI was seen.
    """

    hours: str
    n: int
    ended: int
    analysed: Share
    failed: Share
    not_suitable: Share
    viewed: Share
    judged: int
    disputed: int
    blind: int
    ppv: Share
    sensitivity: Share


def pilot_figures(cases: Sequence[PilotCase], opinions: Sequence[PilotOpinion]) -> list[PilotFigures]:
    """Count over all hours, then by their class; classes without a job are left out."""
    found = [_figures(ALL, cases, opinions)]
    for hours in HourClass:
        mine = [case for case in cases if case.hours is hours]
        if mine:
            found.append(_figures(str(hours), mine, [one for one in opinions if one.hours is hours]))
    return found


def _figures(hours: str, cases: Sequence[PilotCase], opinions: Sequence[PilotOpinion]) -> PilotFigures:
    ended = [case for case in cases if case.outcome is not None]
    answered = [case for case in ended if case.outcome not in {Outcome.FAILED, Outcome.NOT_SUITABLE}]
    words, disputed = _judged(opinions)
    counts = {judged: sum(word is judged for word in words) for judged in Judged}
    positives = counts[Judged.TRUE_POSITIVE] + counts[Judged.FALSE_POSITIVE]
    diseased = counts[Judged.TRUE_POSITIVE] + counts[Judged.FALSE_NEGATIVE]
    return PilotFigures(
        hours=hours,
        n=len(cases),
        ended=len(ended),
        analysed=share_of(len(answered), len(ended)),
        failed=_share(ended, lambda case: case.outcome is Outcome.FAILED),
        not_suitable=_share(ended, lambda case: case.outcome is Outcome.NOT_SUITABLE),
        viewed=_share(answered, lambda case: case.viewed),
        judged=len(words),
        disputed=disputed,
        blind=sum(one.ai_seen is Seen.NO for one in opinions),
        ppv=share_of(counts[Judged.TRUE_POSITIVE], positives),
        sensitivity=share_of(counts[Judged.TRUE_POSITIVE], diseased),
    )


def _judged(opinions: Iterable[PilotOpinion]) -> tuple[list[Judged], int]:
    """Give one judgement for each finding of which all its readers think the same, and how many others there are."""
    by_finding: dict[tuple[str, str], set[Judged]] = {}
    for one in opinions:
        judged = JUDGEMENTS.get((one.said, one.opinion))
        if judged is not None:
            by_finding.setdefault((one.job_key, one.finding_id), set()).add(judged)
    agreed = [next(iter(words)) for words in by_finding.values() if len(words) == 1]
    return agreed, len(by_finding) - len(agreed)


def _share(cases: Sequence[PilotCase], holds: Callable[[PilotCase], bool]) -> Share:
    return share_of(sum(map(holds, cases)), len(cases))
