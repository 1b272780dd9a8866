"""What may go and what must stay: never anything undelivered, whatever the states and the age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.keep.rule import reasons_to_stay
from collega.model.delivery import DeliveryState
from collega.model.job import JobState
from collega.model.keeping import DeliveryFact, StayReason, StudyFacts
from collega.model.study import StudyState

pytestmark = pytest.mark.shows("R31", "R59")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LENGTH = timedelta(days=90)
OLD = StudyFacts(
    study_key="s",
    state=StudyState.ROUTED,
    last_activity_at=NOW - 2 * LENGTH,
    jobs=(JobState.DONE, JobState.SUPERSEDED),
    deliveries=(DeliveryFact(state=DeliveryState.VISIBLE, waits=False),),
    has_open_step=False,
    is_held=False,
    received_at=NOW - 2 * LENGTH,
)
STATES = st.builds(DeliveryFact, state=st.sampled_from(DeliveryState), waits=st.booleans())
FACTS = st.builds(
    StudyFacts,
    study_key=st.just("s"),
    state=st.sampled_from(StudyState),
    last_activity_at=st.integers(0, 2000).map(lambda days: NOW - timedelta(days=days)),
    jobs=st.lists(st.sampled_from(JobState), max_size=4).map(tuple),
    deliveries=st.lists(STATES, max_size=4).map(tuple),
    has_open_step=st.booleans(),
    is_held=st.booleans(),
    received_at=st.just(NOW),
)


def test_an_old_study_that_was_delivered_may_go() -> None:
    assert reasons_to_stay(OLD, LENGTH, NOW) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": StudyState.RECEIVING}, StayReason.RECEIVING),
        ({"state": StudyState.COMPLETE}, StayReason.RECEIVING),
        ({"jobs": (JobState.DONE, JobState.RAN)}, StayReason.OPEN_JOB),
        ({"has_open_step": True}, StayReason.OPEN_STEP),
        ({"is_held": True}, StayReason.HELD),
        ({"deliveries": (DeliveryFact(state=DeliveryState.PLANNED, waits=True),)}, StayReason.UNDELIVERED),
        ({"deliveries": (DeliveryFact(state=DeliveryState.PLANNED, waits=False),)}, StayReason.UNDELIVERED),
        ({"deliveries": (DeliveryFact(state=DeliveryState.ACCEPTED, waits=True),)}, StayReason.UNDELIVERED),
        ({"last_activity_at": NOW - LENGTH + timedelta(seconds=1)}, StayReason.RECENT),
    ],
)
def test_one_reason_is_enough(change: dict[str, object], reason: StayReason) -> None:
    assert reasons_to_stay(replace(OLD, **change), LENGTH, NOW) == (reason,)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [DeliveryState.REFUSED, DeliveryState.WITHDRAWN, DeliveryState.COMMITTED])
def test_a_delivery_that_has_ended_holds_nothing_back(state: DeliveryState) -> None:
    ended = replace(OLD, deliveries=(DeliveryFact(state=state, waits=False),))
    assert reasons_to_stay(ended, LENGTH, NOW) == ()


def test_without_a_length_everything_stays() -> None:
    assert reasons_to_stay(OLD, None, NOW) == (StayReason.KEPT_FOR_EVER,)


# Copied from the design, not from the code: ended, up to a reader, or held by the switch.
NOTHING_UNDER_WAY = {
    *(JobState.DONE, JobState.SUPERSEDED, JobState.DISCARDED),
    *(JobState.READY, JobState.OFFERED, JobState.HELD),
}


@given(facts=FACTS, days=st.integers(0, 400))
def test_nothing_undelivered_goes_whatever_the_states(facts: StudyFacts, days: int) -> None:
    """Told a second time, from the other side: what all must hold where something goes."""
    if reasons_to_stay(facts, timedelta(days=days), NOW):
        return
    assert facts.state is StudyState.ROUTED
    assert all(job in NOTHING_UNDER_WAY for job in facts.jobs)
    assert not facts.has_open_step
    assert not facts.is_held
    assert facts.last_activity_at + timedelta(days=days) <= NOW
    for delivery in facts.deliveries:
        assert delivery.state is not DeliveryState.PLANNED
        assert not (delivery.state is DeliveryState.ACCEPTED and delivery.waits)


@given(facts=FACTS)
def test_age_alone_never_decides(facts: StudyFacts) -> None:
    other = [reason for reason in reasons_to_stay(facts, LENGTH, NOW) if reason is not StayReason.RECENT]
    ancient = replace(facts, last_activity_at=NOW - timedelta(days=10_000))
    assert list(reasons_to_stay(ancient, LENGTH, NOW)) == other
