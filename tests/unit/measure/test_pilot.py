"""A pilot's figures: what is counted in which share, what readers dispute, what is not known."""

import pytest

from collega.measure.hours import HourClass
from collega.measure.pilot import PilotCase, PilotOpinion, pilot_figures
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation, Outcome

DAY, NIGHT = HourClass.DAY, HourClass.NIGHT


def case(outcome: Outcome | None, *, viewed: bool = False, hours: HourClass = DAY) -> PilotCase:
    return PilotCase(hours=hours, outcome=outcome, viewed=viewed)


def opinion(job: str, said: Evaluation, word: Opinion, *, seen: Seen = Seen.UNKNOWN) -> PilotOpinion:
    return PilotOpinion(job_key=job, finding_id="f", hours=DAY, said=said, opinion=word, ai_seen=seen)


@pytest.mark.shows("R21", "R27")
def test_each_share_has_its_own_denominator() -> None:
    cases = [
        case(Outcome.FOUND, viewed=True),
        case(Outcome.NOTHING_FOUND),
        case(Outcome.FAILED, viewed=True),
        case(Outcome.NOT_SUITABLE),
        case(None),
        case(Outcome.UNDETERMINED, viewed=True, hours=NIGHT),
    ]
    whole, day, night = pilot_figures(cases, [])
    assert (whole.n, whole.ended) == (6, 5)
    assert (whole.analysed.k, whole.analysed.n) == (3, 5)
    assert (whole.failed.k, whole.not_suitable.k) == (1, 1)
    # What failed was offered to nobody.
    assert (whole.viewed.k, whole.viewed.n) == (2, 3)
    assert (day.hours, day.n, night.hours, night.n) == ("day", 5, "night", 1)


@pytest.mark.shows("R11", "R12")
def test_opinions_make_a_reference_and_a_dispute_makes_none() -> None:
    yes, no = Evaluation.PRESENT, Evaluation.ABSENT
    opinions = [
        opinion("1", yes, Opinion.AGREE, seen=Seen.NO),
        opinion("2", yes, Opinion.DISAGREE),
        opinion("3", yes, Opinion.AGREE),
        opinion("4", no, Opinion.DISAGREE),
        opinion("5", no, Opinion.AGREE),
        opinion("6", yes, Opinion.AGREE),
        opinion("6", yes, Opinion.DISAGREE),
        opinion("7", yes, Opinion.UNSURE),
        opinion("8", Evaluation.UNDETERMINED, Opinion.AGREE),
    ]
    (whole,) = pilot_figures([], opinions)
    assert (whole.ppv.k, whole.ppv.n) == (2, 3)
    assert (whole.sensitivity.k, whole.sensitivity.n) == (2, 3)
    assert (whole.judged, whole.disputed, whole.blind) == (5, 1, 1)
    assert whole.ppv.low is not None
    assert whole.ppv.low < 2 / 3


@pytest.mark.shows("R21")
def test_what_nobody_has_judged_is_not_known() -> None:
    (whole,) = pilot_figures([], [])
    assert (whole.ppv.share, whole.sensitivity.share, whole.viewed.share) == (None, None, None)
