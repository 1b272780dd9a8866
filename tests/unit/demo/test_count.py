import pytest

from collega.bootstrap.demo.count import InPacs, Known, Said, count, is_delivered, median_of, p95_of
from collega.bootstrap.demo.watch import passage
from collega.model.finding import Outcome
from collega.model.result import NoAnswer

SR = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34", model_name="probe", description="AI probe: found (87/100)")
PAGE = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.7", model_name="collega", description="AI status: found")


def said(state: str = "routed", **apps: Outcome | None) -> Said:
    return Said(accession_number="A1", received_at=None, state=state, apps=apps)


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("word", "objects", "delivered"),
    [
        (said(probe=Outcome.FOUND), [SR, PAGE], True),
        (said(probe=Outcome.FOUND), [PAGE], False),
        (said(probe=Outcome.FOUND), [SR], False),
        (said(probe=Outcome.NOTHING_FOUND), [PAGE], False),
        (said(probe=Outcome.UNDETERMINED), [PAGE], False),
        (said(probe=Outcome.NOT_SUITABLE), [PAGE], True),
        (said(probe=Outcome.FAILED), [PAGE], True),
        (said(probe=Outcome.NOT_SUITABLE), [], False),
        (said(probe=Outcome.FOUND, other=Outcome.FOUND), [SR, PAGE], False),
        (said(probe=Outcome.FOUND, other=Outcome.NOT_SUITABLE), [SR, PAGE], True),
        (said(probe=Outcome.FOUND, other=None), [SR, PAGE], False),
        (said(), [SR, PAGE], False),
        (None, [SR, PAGE], False),
    ],
)
def test_what_an_outcome_calls_for(word: Said | None, objects: list[InPacs], delivered: bool) -> None:
    assert is_delivered(word, objects) is delivered


def test_counts() -> None:
    known = Known(
        said={"1": said(probe=Outcome.FOUND), "2": said(probe=Outcome.FOUND), "3": said(probe=None), "4": said()},
        shelf={"1": (SR, PAGE), "2": (SR, PAGE)},
        confirmed={"1": 0.5},
    )
    progress = count(6, ["1", "2", "3", "4", "5"], known, not_taken=("status A700",))
    assert (progress.planned, progress.sent, progress.analysed) == (6, 5, 2)
    assert (progress.delivered, progress.confirmed, progress.missing) == (2, 1, 3)
    assert progress.latencies_s == (0.5,)
    assert progress.without_app == ("4",)
    assert [line.study_instance_uid for line in progress.latest] == ["5", "4", "3", "2", "1"]
    assert not progress.ended
    assert not progress.passed


def test_nothing_more_is_awaited_of_a_study_that_no_app_takes() -> None:
    progress = count(1, ["1"], Known(said={"1": said()}, shelf={}, confirmed={}))
    assert progress.ended
    assert not progress.passed
    waiting = count(1, ["1"], Known(said={"1": said("complete")}, shelf={}, confirmed={}))
    assert not waiting.ended


def test_it_has_passed_only_when_everything_planned_is_confirmed() -> None:
    whole = Known(said={"1": said(probe=Outcome.FOUND)}, shelf={"1": (SR, PAGE)}, confirmed={"1": 0.2})
    assert count(1, ["1"], whole).passed
    assert not count(2, ["1"], whole).passed  # one was not taken
    assert count(2, ["1"], whole).missing == 0
    unconfirmed = Known(said=whole.said, shelf=whole.shelf, confirmed={})
    assert not count(1, ["1"], unconfirmed).passed
    lost = Known(said=whole.said, shelf={"1": (SR,)}, confirmed={"1": 0.2})
    assert count(1, ["1"], lost).missing == 1
    assert count(1, ["1"], lost).confirmed == 0


def test_quantiles() -> None:
    assert median_of([]) is None
    assert p95_of([]) is None
    assert p95_of([0.4]) == 0.4
    assert p95_of([float(value) for value in range(101)]) == 95.0
    assert median_of([3.0, 1.0, 2.0]) == 2.0


def test_latency_runs_until_the_last_result_is_confirmed() -> None:
    events = [
        {"kind": "received", "at": "2026-03-02T09:00:00+00:00"},
        {"kind": "complete", "at": "2026-03-02T09:00:01+00:00"},
        {"kind": "planned", "at": "2026-03-02T09:00:01.300000+00:00"},
        {"kind": "confirmed", "at": "2026-03-02T09:00:01.400000+00:00"},
        {"kind": "confirmed", "at": "2026-03-02T09:00:01.500000Z"},
    ]
    way = passage(events)
    assert way is not None
    assert (way.confirmed_at - way.complete_at).total_seconds() == pytest.approx(0.5)
    assert (way.ready_at - way.complete_at).total_seconds() == pytest.approx(0.3)
    assert passage(events[:3]) is None


@pytest.mark.shows("R67")
def test_a_word_that_waits_for_a_reader_calls_for_the_page_alone() -> None:
    """Each word in the place of an outcome is an end for the day's count, and asks for no report."""
    for word in NoAnswer:
        row = Said(accession_number="A1", received_at=None, state="routed", apps={"probe": word})
        assert row.analysed
        assert is_delivered(row, [PAGE])
        assert not is_delivered(row, [])
