"""When AI counts as unavailable: the table of transitions, in every order of facts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.deliver.availability import facts, follow
from collega.model.app import Stage
from collega.model.outage import AppSigns, Cause, Fact, Outage, Part, Signs, Subject
from collega.model.policy import CoveragePolicy, NoticePolicy
from collega.testing.records import AT

RULES = NoticePolicy(after=timedelta(minutes=5), steady=timedelta(minutes=2), failed_jobs=3)
WORKER = Subject(part=Part.WORKER)
COVERAGE = CoveragePolicy(
    every=timedelta(minutes=10), look_back=timedelta(days=1), grace=timedelta(0), most_fetches=0, destination="C"
)
# Minutes to the next look, and whether the part is down then.
LOOKS = st.lists(st.tuples(st.integers(1, 7), st.booleans()), max_size=60)


def told(looks: list[tuple[int, bool]]) -> list[tuple[str, float]]:
    """Follow one part through looks; give what is told, with the minute of it."""
    now, outage, said = AT, None, []
    for minutes, is_down in looks:
        now += timedelta(minutes=minutes)
        after = follow(outage, Fact(subject=WORKER, cause=Cause.SILENT if is_down else None), now, RULES)
        minute = (now - AT).total_seconds() / 60
        if after is not None and after.noticed_at == now and (outage is None or outage.noticed_at is None):
            said.append(("down", minute))
        if after is not None and after.ended_at is not None:
            if after.noticed_at is not None:
                said.append(("up", minute))
            after = None
        outage = after
    return said


def expected(looks: list[tuple[int, bool]]) -> list[tuple[str, float]]:
    """Say the same from the definition: an outage runs from a first "down" until it has been up for two minutes."""
    moments, minute = [], 0
    for minutes, is_down in looks:
        minute += minutes
        moments.append((minute, is_down))
    said: list[tuple[str, float]] = []
    begin: int | None = None
    up: int | None = None
    is_told = False
    for at, is_down in moments:
        if is_down:
            begin, up = at if begin is None else begin, None
            if not is_told and at - begin >= 5:
                said.append(("down", at))
                is_told = True
        elif begin is not None:
            up = at if up is None else up
            if at - up >= 2:
                if is_told:
                    said.append(("up", at))
                begin, up, is_told = None, None, False
    return said


@pytest.mark.shows("R26")
@given(LOOKS)
def test_each_long_outage_is_told_once_and_taken_back_once(looks: list[tuple[int, bool]]) -> None:
    said = told(looks)
    assert said == expected(looks)
    kinds = [kind for kind, _ in said]
    assert kinds == (["down", "up"] * len(kinds))[: len(kinds)], "never twice, never a withdrawal without a notice"


@pytest.mark.shows("R26")
def test_a_short_outage_is_told_to_nobody_and_flapping_is_one_outage() -> None:
    assert told([(1, True), (4, True), (1, False), (2, False)]) == []
    flapping = [(1, True), (1, False)] * 6
    assert told([*flapping, (1, False), (1, False)]) == [("down", 7.0), ("up", 14.0)]


def test_old_work_at_the_start_is_no_outage_until_it_was_seen_for_a_while() -> None:
    fact = Fact(subject=WORKER, cause=Cause.WAITING, since=AT - timedelta(hours=3))
    first = follow(None, fact, AT, RULES)
    assert first is not None
    assert first.noticed_at is None
    later = follow(first, fact, AT + timedelta(minutes=2), RULES)
    assert later is not None
    assert later.noticed_at == AT + timedelta(minutes=2)
    assert later.down_since == AT - timedelta(hours=3)


# ------------------------------------------------------------------ facts


def app_signs(**values: object) -> AppSigns:
    known: dict[str, object] = {
        "app_id": "finder",
        "stage": Stage.LIVE,
        "stage_since": None,
        "was_heard": True,
        "failures": 0,
        "failing_since": None,
        "waiting_since": None,
    }
    return AppSigns(**(known | values))  # type: ignore[arg-type]


def seen(**values: object) -> dict[Part, Cause | None]:
    known: dict[str, object] = {
        "receiver": True,
        "worker": True,
        "pacs_fails": False,
        "last_round_at": AT,
        "unanswered_since": None,
        "apps": [app_signs()],
    }
    signs = Signs(**(known | values))  # type: ignore[arg-type]
    return {fact.subject.part: fact.cause for fact in facts(signs, AT, RULES, "PACS", COVERAGE)}


UP: dict[Part, Cause | None] = dict.fromkeys([Part.RECEIVER, Part.WORKER, Part.PACS, Part.COVERAGE, Part.APP])


@pytest.mark.shows("R26", "R31")
def test_every_part_is_looked_at() -> None:
    assert seen() == UP
    assert seen(receiver=False) == UP | {Part.RECEIVER: Cause.SILENT}
    assert seen(pacs_fails=True) == UP | {Part.PACS: Cause.UNREACHABLE}
    assert seen(unanswered_since=AT) == UP | {Part.COVERAGE: Cause.UNREACHABLE}
    assert seen(last_round_at=AT - timedelta(minutes=31)) == UP | {Part.COVERAGE: Cause.SILENT}
    assert seen(last_round_at=None) == {part: None for part in UP if part is not Part.COVERAGE}


def test_where_the_worker_is_down_nothing_is_said_of_what_needs_it() -> None:
    old = AT - timedelta(hours=1)
    assert seen(worker=False, apps=[app_signs(waiting_since=old)]) == {Part.RECEIVER: None, Part.WORKER: Cause.SILENT}


@pytest.mark.shows("R26")
@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({"waiting_since": AT - timedelta(minutes=5)}, Cause.WAITING),
        ({"waiting_since": AT - timedelta(minutes=4)}, None),
        ({"failures": 3, "failing_since": AT}, Cause.FAILING),
        ({"failures": 2, "failing_since": AT}, None),
        ({"stage": Stage.SUSPENDED, "stage_since": AT}, Cause.STOPPED),
        ({"stage": Stage.OFF, "stage_since": AT}, None),
        ({"stage": Stage.OFF, "waiting_since": AT}, Cause.STOPPED),
        ({"stage": Stage.PILOT, "failures": 9}, Cause.FAILING),
    ],
)
def test_an_app_is_down(values: dict[str, object], cause: Cause | None) -> None:
    assert seen(apps=[app_signs(**values)])[Part.APP] is cause


def test_an_app_that_nobody_hears_is_not_watched() -> None:
    waits = AT - timedelta(hours=9)
    assert Part.APP not in seen(apps=[app_signs(stage=Stage.SHADOW, was_heard=False, waiting_since=waits)])
    assert Part.APP not in seen(apps=[app_signs(stage=Stage.SUSPENDED, was_heard=False)])


def test_an_outage_keeps_the_cause_that_people_were_told() -> None:
    outage = Outage(subject=WORKER, cause=Cause.WAITING, down_since=AT, seen_at=AT, noticed_at=AT)
    after = follow(outage, Fact(subject=WORKER, cause=Cause.FAILING), AT, RULES)
    assert after is not None
    assert after.cause is Cause.WAITING
