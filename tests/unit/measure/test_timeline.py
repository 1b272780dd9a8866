"""One study's way by one clock, and the same words in figures over many."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from collega.measure.clocks import Clocks, Pair
from collega.measure.timeline import LONGEST_STAY, timeline
from collega.measure.times import Cases, time_figures
from collega.model.timeline import OWN_CLOCK, ClockName, ClockOwner, Moment, MomentKind, Timeline, WaitEnd

pytestmark = pytest.mark.shows("R26", "R37")
ZONE = ZoneInfo("Europe/Amsterdam")
AT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # half past midnight by the clocks of the site
RIS = ClockName(owner=ClockOwner.RIS, name="RIS")
K = MomentKind


def own(kind: MomentKind, minutes: float, app: str = "") -> Moment:
    return Moment(kind=kind, at=AT + timedelta(minutes=minutes), clock=OWN_CLOCK, app=app)


def ris_ahead(seconds: float) -> Clocks:
    """Give clocks of which that of the RIS is ahead, as fifty messages tell."""
    random = Random(3)  # noqa: S311 - noise
    heard = [AT - timedelta(hours=2) + timedelta(minutes=3 * place) for place in range(50)]
    lags = [random.expovariate(2) for _ in heard]
    return Clocks(
        [
            Pair(clock=RIS, said_at=at + timedelta(seconds=seconds - lag), heard_at=at)
            for at, lag in zip(heard, lags, strict=True)
        ],
        ZONE,
    )


def told(*moments: Moment, clocks: Clocks | None = None, now: float = 600) -> Timeline:
    base = (own(K.RECEIVED_FIRST, 0), own(K.RECEIVED_LAST, 2), own(K.QUEUED, 2, "a"))
    return timeline([*base, *moments], clocks or Clocks([], ZONE), AT + timedelta(minutes=now))


def test_times_of_another_clock_are_moved_and_the_raw_ones_stay() -> None:
    ordered = Moment(kind=K.ORDERED, at=AT + timedelta(minutes=5), clock=RIS)
    found = told(ordered, clocks=ris_ahead(600))
    first = found.placed[0]
    assert first.moment == ordered
    assert first.low < AT - timedelta(minutes=5) + timedelta(seconds=10)
    assert abs((first.at - AT).total_seconds() + 300) < 10
    gap = found.gaps[0]
    assert (gap.begin, gap.end) == (K.ORDERED, K.RECEIVED_FIRST)
    assert gap.minutes == pytest.approx(5, abs=0.2)
    assert {offset.clock for offset in found.offsets} == {RIS, OWN_CLOCK}


def test_a_clock_of_which_nothing_is_known_is_not_corrected_and_says_so() -> None:
    found = told(Moment(kind=K.ORDERED, at=AT, clock=RIS))
    item = next(item for item in found.placed if item.moment.kind is K.ORDERED)
    assert (item.at, item.is_known) == (AT, False)


WAITS = {
    "until it was visible": ((own(K.OPENED, 3), own(K.VISIBLE, 9, "a")), (6.0, WaitEnd.VISIBLE)),
    "left by signing": ((own(K.OPENED, 3), own(K.SIGNED, 5), own(K.VISIBLE, 9, "a")), (2.0, WaitEnd.LEFT)),
    "left by closing": ((own(K.OPENED, 3), own(K.CLOSED, 4), own(K.VISIBLE, 9, "a")), (1.0, WaitEnd.LEFT)),
    "taken to have left": ((own(K.OPENED, 3), own(K.VISIBLE, 200, "a")), (30.0, WaitEnd.LEFT)),
    "never answered": ((own(K.OPENED, 3),), (30.0, WaitEnd.NEVER)),
    "closed before it was opened": ((own(K.CLOSED, 1), own(K.OPENED, 3), own(K.VISIBLE, 9, "a")), (6, WaitEnd.VISIBLE)),
    "visible already": ((own(K.VISIBLE, 3, "a"), own(K.OPENED, 4)), None),
    "not opened": ((own(K.VISIBLE, 3, "a"),), None),
}  # fmt: skip


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_lasts_as_long_as_the_reader_stayed(name: str) -> None:
    moments, expected = WAITS[name]
    waits = told(*moments).waits
    assert [(round(wait.minutes, 6), wait.how) for wait in waits] == ([expected] if expected else [])


def test_a_wait_goes_on_until_now() -> None:
    (wait,) = told(own(K.OPENED, 3), now=7).waits
    assert (wait.minutes, wait.how) == (4.0, WaitEnd.NEVER)


FIRSTS = {
    "app": (own(K.VISIBLE, 5, "a"), own(K.SIGNED, 9)),
    "reader": (own(K.SIGNED, 4), own(K.VISIBLE, 5, "a")),
    "reader, no answer": (own(K.SIGNED, 4),),
    "": (own(K.VISIBLE, 5, "a"),),
}


@pytest.mark.parametrize("name", FIRSTS)
def test_who_was_first(name: str) -> None:
    assert told(*FIRSTS[name]).first.get("a", "") == name.partition(",")[0]


def test_who_was_first_stays_open_within_what_the_clocks_leave_open() -> None:
    signed = Moment(kind=K.SIGNED, at=AT + timedelta(minutes=15), clock=RIS)
    clocks = ris_ahead(600)
    middle = clocks.offset(RIS, AT).middle
    visible = own(K.VISIBLE, (900 - middle) / 60, "a")
    assert told(signed, visible, clocks=clocks).first == {"a": "undecided"}


# ------------------------------------------------------------------ figures


def cases(rows: list[dict[str, float]]) -> Cases:
    """Make columns; moments in minutes after ``AT``, left out where unknown."""
    names = ("made", "received", "ordered", "visible", "opened", "closed", "signed")
    columns = {
        name: np.array([AT.timestamp() + 60 * row[name] if name in row else np.nan for row in rows]) for name in names
    }
    count = len(rows)
    return Cases(
        app=np.array(["a"] * count),
        exam=np.array(["CT"] * count),
        shown=np.array([bool(row.get("shown", 1)) for row in rows]),
        signed_low=columns["signed"] - 2,
        signed_high=columns["signed"] + 2,
        calls=np.array([int(row.get("calls", 0)) for row in rows]),
        **columns,
    )


BASE = {"made": 0.0, "received": 2.0}


def test_figures_say_n_and_interval_and_no_data() -> None:
    rows = [BASE | {"visible": 2.0 + place} for place in range(1, 21)]
    figure = time_figures(cases(rows), ZONE)[0]
    assert (figure.app, figure.exam, figure.hours, figure.n) == ("a", "all", "all", 20)
    median = figure.image_to_visible.median
    assert median is not None
    assert (median.value, median.low, median.high) == pytest.approx((10.5, 6.0, 15.0))
    assert figure.order_to_visible.n == 0
    assert figure.order_to_visible.median is None
    assert figure.visible_before_opened.share is None
    assert figure.waited.minutes is None
    assert figure.calls.calls is None  # not logged, and never 0


def test_figures_are_split_by_class_of_hours_at_local_time() -> None:
    # Half past midnight on a Saturday by the clocks of the site is the weekend; the UTC day is still Friday.
    assert [figure.hours for figure in time_figures(cases([BASE]), ZONE)] == ["all", "weekend", "all", "weekend"]


def test_calls_are_counted_once_anything_was_logged() -> None:
    figure = time_figures(cases([BASE | {"calls": 2.0}, BASE]), ZONE)[0]
    assert (figure.calls.calls, figure.calls.n, figure.calls.per_study) == (2, 2, 1.0)


def test_an_app_in_shadow_has_no_part_in_what_readers_met() -> None:
    figure = time_figures(cases([BASE | {"shown": 0.0, "opened": 3.0, "signed": 9.0}]), ZONE)[0]
    assert (figure.n, figure.visible_before_opened.n, figure.first.reader, figure.waited.never) == (1, 0, 0, 0)
    assert figure.image_to_signed.n == 1


def test_figures_agree_with_the_timelines_of_the_same_studies() -> None:
    """Two routes to the same numbers: one study at a time, and all at once."""
    random = Random(11)  # noqa: S311 - noise
    rows = []
    for _ in range(300):
        row = dict(BASE)
        for name, chance, most in (("visible", 0.8, 40), ("opened", 0.8, 30), ("signed", 0.7, 90), ("closed", 0.3, 60)):
            if random.random() < chance:
                row[name] = 2 + random.uniform(0, most)
        rows.append(row)
    figure = time_figures(cases(rows), ZONE)[0]
    kinds = {"visible": (K.VISIBLE, "a"), "opened": (K.OPENED, ""), "signed": (K.SIGNED, ""), "closed": (K.CLOSED, "")}
    lines = [told(*(own(kind, row[name], app) for name, (kind, app) in kinds.items() if name in row)) for row in rows]
    waits = [wait for line in lines for wait in line.waits]
    ends = {how: [wait for wait in waits if wait.how is how] for how in WaitEnd}
    assert (figure.waited.n, figure.waited.left, figure.waited.never) == tuple(len(ends[how]) for how in WaitEnd)
    assert figure.waited.minutes == pytest.approx(sum(wait.minutes for wait in ends[WaitEnd.VISIBLE]))
    assert timedelta(minutes=30) == LONGEST_STAY
    first = [line.first.get("a") for line in lines]
    assert abs(figure.first.app - first.count("app")) <= figure.first.undecided
    assert figure.first.unsigned == first.count(None)
