"""An app's word and a signed report are held against each other."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.discrepancy import Conclusion, Contrast, Discrepancy, DiscrepancyState
from collega.model.finding import Evaluation
from collega.model.label import Label, LabelWord
from collega.read.discrepancies import SignedReport, Spoken, closed, differences, is_overdue, reopened, taken
from collega.testing import records
from collega.testing.records import AT

SIGNED = AT + timedelta(hours=1)


def held(said: Evaluation, label: LabelWord | None, *, late: bool = False) -> list[Contrast]:
    finding = records.finding(["1.2"], said)
    at = SIGNED + timedelta(minutes=1) if late else AT
    spoken = Spoken(study_key="s", job_key="j", app_id="a", findings=(finding,), at=at)
    labels = {} if label is None else {finding.id: Label(finding_id=finding.id, word=label, sentence="So.")}
    report = SignedReport(version="1", signed_at=SIGNED, labels=labels)
    return [one.contrast for one in differences(spoken, report, SIGNED)]


@pytest.mark.shows("R74")
@pytest.mark.parametrize(
    ("said", "label", "expected"),
    [
        (Evaluation.PRESENT, LabelWord.ABSENT, [Contrast.AI_POSITIVE]),
        (Evaluation.PRESENT, LabelWord.HISTORIC, [Contrast.AI_POSITIVE]),
        (Evaluation.PRESENT, None, [Contrast.AI_POSITIVE]),
        (Evaluation.PRESENT, LabelWord.PRESENT, []),
        (Evaluation.PRESENT, LabelWord.UNCERTAIN, []),
        (Evaluation.ABSENT, LabelWord.PRESENT, [Contrast.AI_NEGATIVE]),
        (Evaluation.ABSENT, LabelWord.ABSENT, []),
        (Evaluation.ABSENT, LabelWord.UNCERTAIN, []),
        (Evaluation.ABSENT, LabelWord.HISTORIC, []),
        (Evaluation.ABSENT, None, []),
        (Evaluation.UNDETERMINED, LabelWord.PRESENT, []),
        (Evaluation.UNDETERMINED, LabelWord.ABSENT, []),
        (Evaluation.UNDETERMINED, None, []),
    ],
)
def test_what_is_looked_at_again(said: Evaluation, label: LabelWord | None, expected: list[Contrast]) -> None:
    assert held(said, label) == expected


@pytest.mark.shows("R74")
def test_a_finding_named_after_the_signature_is_late_and_a_denial_stays_what_it_is() -> None:
    assert held(Evaluation.PRESENT, LabelWord.ABSENT, late=True) == [Contrast.AI_LATE]
    assert held(Evaluation.PRESENT, LabelWord.PRESENT, late=True) == []
    assert held(Evaluation.ABSENT, LabelWord.PRESENT, late=True) == [Contrast.AI_NEGATIVE]


def one() -> Discrepancy:
    spoken = Spoken(study_key="s", job_key="j", app_id="a", findings=(records.finding(["1.2"]),), at=AT)
    (found,) = differences(spoken, SignedReport(version="1", signed_at=SIGNED, labels={}), SIGNED)
    return found


@pytest.mark.shows("R74")
def test_nothing_closes_without_a_verdict_and_a_name() -> None:
    with pytest.raises(ValueError, match="verdict"):
        closed(one(), Conclusion.NONE, "dr. A", AT)
    with pytest.raises(ValueError, match="not named"):
        closed(one(), Conclusion.AI_RIGHT, "", AT)
    done = closed(one(), Conclusion.AI_RIGHT, "dr. A", AT)
    assert (done.state, done.owner, done.revision) == (DiscrepancyState.CLOSED, "dr. A", 2)
    assert reopened(done, "dr. B", AT).state is DiscrepancyState.TAKEN


def test_taking_it_names_an_owner() -> None:
    with pytest.raises(ValueError, match="owner"):
        taken(one(), "", None, "dr. A", AT)


CHOICES = st.one_of(
    st.tuples(st.just("take"), st.sampled_from(["", "dr. A", "dr. B"]), st.sampled_from([None, AT.date()])),
    st.tuples(st.just("close"), st.sampled_from(list(Conclusion)), st.sampled_from(["", "dr. A"])),
    st.tuples(st.just("reopen"), st.none(), st.sampled_from(["dr. A", "dr. B"])),
)


def changed(now: Discrepancy, choice: tuple[str, Any, Any]) -> Discrepancy:
    act, first, second = choice
    if act == "take":
        return taken(now, first, second, "dr. C", AT)
    return closed(now, first, second, AT) if act == "close" else reopened(now, second, AT)


@pytest.mark.shows("R74")
@given(st.lists(CHOICES, max_size=12))
def test_whatever_is_done_in_whatever_order_nothing_closes_without_a_person_and_a_verdict(
    choices: list[tuple[str, Any, Any]],
) -> None:
    now, made = one(), 1
    for choice in choices:
        before = now
        try:
            now = changed(now, choice)
        except ValueError:
            assert now == before
            continue
        made += 1
        assert now.revision == made
        assert (now.key, now.sentence, now.found_at) == (before.key, before.sentence, before.found_at)
        is_closed = now.state is DiscrepancyState.CLOSED
        assert is_closed == (choice[0] == "close")
        assert is_closed == (now.verdict is not Conclusion.NONE)
        assert before.state is not DiscrepancyState.CLOSED or choice[0] == "reopen"
        assert now.changed_by
        assert now.owner or now.state is DiscrepancyState.OPEN


@pytest.mark.shows("R74")
def test_what_nobody_takes_or_closes_in_time_is_overdue_by_the_days_of_the_site() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    waits = one()
    mine = taken(waits, "dr. A", SIGNED.date(), "dr. A", AT)
    night = datetime.combine(SIGNED.date(), time(23, 30), UTC)  # past midnight at the site
    assert not is_overdue(waits, SIGNED + timedelta(days=2), zone)
    assert is_overdue(waits, SIGNED + timedelta(days=3), zone)
    assert is_overdue(mine, night, zone)
    assert not is_overdue(mine, night - timedelta(hours=2), zone)
    assert not is_overdue(taken(waits, "dr. A", None, "dr. A", AT), SIGNED + timedelta(days=999), zone)
    assert not is_overdue(closed(mine, Conclusion.AI_RIGHT, "dr. A", AT), SIGNED + timedelta(days=999), zone)
