"""The figures of the day: what was held up, what failed and says so, who looked when."""

from datetime import UTC, datetime, timedelta

import pytest

from collega.bootstrap.demo.count import InPacs, Known, Passage, Said, count
from collega.bootstrap.demo.day import Exam, Kind, Part
from collega.bootstrap.demo.difficult import Span
from collega.bootstrap.demo.tally import Read, read_of, tally
from collega.model.finding import Outcome

BEGIN = datetime(2026, 3, 2, 17, tzinfo=UTC)
SR = InPacs(sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34", model_name="probe", description="AI probe: found (87/100)")
PAGE_CLASS = "1.2.840.10008.5.1.4.1.1.7"


def page(words: str) -> InPacs:
    return InPacs(sop_class_uid=PAGE_CLASS, model_name="collega", description=f"AI status: {words}")


def moment(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def way(complete: float, ready: float, confirmed: float) -> Passage:
    return Passage(complete_at=moment(complete), ready_at=moment(ready), confirmed_at=moment(confirmed))


def said(outcome: Outcome) -> Said:
    return Said(accession_number="A", received_at=None, state="routed", apps={"probe": outcome})


def exam(hour: int, *, positive: bool = False) -> Exam:
    at = BEGIN.replace(hour=hour)
    return Exam(kind=Kind.FILM, seed=1, at=at, due_s=0, positive=positive, urgent=False)


@pytest.mark.shows("R9", "R25")
def test_a_day_is_summed_up() -> None:
    span = Span(begin=moment(0), end=moment(10))
    known = Known(
        said={
            "before": said(Outcome.FOUND),
            "within": said(Outcome.FAILED),
            "after": said(Outcome.FOUND),
            "silent": said(Outcome.FAILED),
        },
        shelf={
            "before": (SR, page("found")),
            "within": (page("failed"),),
            "after": (SR, page("found")),
            "silent": (page("nothing found"),),
        },
        confirmed={"before": 1.0, "within": 11.0, "after": 2.0, "silent": 1.0},
        passages={
            "before": way(-5, -4.5, -4),
            "within": way(1, 2, 12),
            "after": way(20, 21, 22),
            "silent": way(30, 30.5, 31),
        },
    )
    exams = {"before": exam(9, positive=True), "within": exam(18), "after": exam(18), "silent": exam(3)}
    progress = count(4, list(exams), known, span=span, exams=exams)
    assert progress.latencies_s == (1.0, 2.0, 1.0)
    assert progress.difficult_s == (11.0,)
    read = {
        "before": Read(received_at=moment(-6), opened_at=moment(-2), signed_at=moment(-1)),
        "within": Read(received_at=moment(0), opened_at=moment(14)),
        "after": Read(received_at=moment(19)),
    }
    day = tally(progress, known, span, read, {})
    assert (day.difficult, day.held_up, day.came_through, day.away_s, day.p95_difficult_s) == (1, 1, 1, 10.0, 11.0)
    assert (day.failed, day.failed_on_page) == (2, 1)
    assert day.parts == {Part.DAY: 1, Part.EVENING: 2, Part.NIGHT: 1}
    assert (day.kinds, day.drawn_positive) == ({Kind.FILM: 4}, {Kind.FILM: 1})
    assert day.apps == {"probe": {Outcome.FOUND: 2, Outcome.FAILED: 2}}
    assert (day.opened, day.signed) == (2, 1)
    assert day.waits_s == {Part.DAY: 4.0, Part.EVENING: 14.0, Part.NIGHT: None}


def test_what_is_complete_before_the_first_result_goes_through_again_waits_too() -> None:
    span = Span(begin=moment(0), end=moment(10))
    known = Known(
        said={uid: said(Outcome.NOT_SUITABLE) for uid in "12"},
        shelf={uid: (page("not suitable"),) for uid in "12"},
        confirmed={"1": 9.0, "2": 1.5},
        passages={"1": way(3, 3.2, 12), "2": way(11, 11.5, 12.5)},
    )
    progress = count(2, ["1", "2"], known, span=span)
    assert progress.latencies_s == ()
    assert tally(progress, known, span, {}, {}).held_up == 1


def test_what_never_came_through_is_seen() -> None:
    span = Span(begin=moment(0), end=moment(10))
    known = Known(said={"1": said(Outcome.FOUND)}, shelf={}, confirmed={"1": 9.0}, passages={"1": way(3, 3.2, 12)})
    day = tally(count(1, ["1"], known, span=span), known, span, {}, {})
    assert (day.held_up, day.came_through) == (1, 0)


def test_the_first_look_counts() -> None:
    events = [
        {"kind": "received", "at": "2026-03-02T17:00:00+00:00"},
        {"kind": "opened", "at": "2026-03-02T17:00:09Z"},
        {"kind": "opened", "at": "2026-03-02T17:00:04Z"},
    ]
    assert read_of(events) == Read(received_at=moment(0), opened_at=moment(4))
    assert read_of([]) == Read()
