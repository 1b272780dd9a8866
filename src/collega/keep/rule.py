"""The rule of retention: facts in, reasons to stay out; nothing is removed while there is one."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from collega.model.delivery import DeliveryState
from collega.model.job import SETTLED_JOB_STATES
from collega.model.keeping import DeliveryFact, StayReason, StudyFacts
from collega.model.study import StudyState

# Delivery states after which nothing is sent again. An accepted object is settled only where nothing
# more is asked: one that the PACS never shows is sent a second time.
SETTLED = frozenset({DeliveryState.COMMITTED, DeliveryState.VISIBLE, DeliveryState.REFUSED, DeliveryState.WITHDRAWN})

# Each reason that holds keeps everything of a study, whatever its age.
REASONS: Mapping[StayReason, Callable[[StudyFacts], bool]] = {
    StayReason.RECEIVING: lambda facts: facts.state is not StudyState.ROUTED,
    StayReason.OPEN_JOB: lambda facts: not SETTLED_JOB_STATES.issuperset(facts.jobs),
    StayReason.OPEN_STEP: lambda facts: facts.has_open_step,
    StayReason.UNDELIVERED: lambda facts: any(is_undelivered(item) for item in facts.deliveries),
    StayReason.HELD: lambda facts: facts.is_held,
}


def is_undelivered(delivery: DeliveryFact) -> bool:
    """Tell whether an object may still have to be sent, or sent again."""
    if delivery.state in SETTLED:
        return False
    return delivery.waits or delivery.state is not DeliveryState.ACCEPTED


def reasons_to_stay(facts: StudyFacts, length: timedelta | None, now: datetime) -> tuple[StayReason, ...]:
    """Say why files of a study must stay; empty where they may be removed.

    Parameters
    ----------
    facts : StudyFacts
    length : timedelta, optional
        How long they are kept after the last activity; None is for ever.
    now : datetime
    """
    reasons = [reason for reason, holds in REASONS.items() if holds(facts)]
    if length is None:
        reasons.append(StayReason.KEPT_FOR_EVER)
    elif facts.last_activity_at + length > now:
        reasons.append(StayReason.RECENT)
    return tuple(reasons)
