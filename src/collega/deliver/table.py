"""The table of delivery: stage x channel, and outcome x object."""

from collections.abc import Mapping
from enum import StrEnum

from collega.model.app import Stage
from collega.model.finding import Outcome
from collega.model.result import ObjectKind


class Channel(StrEnum):
    """Ways in which an app's word reaches people."""

    PACS = "pacs"
    BOARD = "board"
    ORDER = "order"
    ALERTS = "alerts"


# A new app is in shadow: it runs, and no channel carries its word. In pilot it is shown on the board
# alone and moves no study; only a live app speaks in the PACS and raises a study in the worklist.
CHANNELS: Mapping[Stage, frozenset[Channel]] = {
    Stage.OFF: frozenset(),
    Stage.SHADOW: frozenset(),
    Stage.PILOT: frozenset({Channel.BOARD}),
    Stage.LIVE: frozenset(Channel),
    Stage.SUSPENDED: frozenset(),
}

_REPORTS = (ObjectKind.FINDINGS_SR, ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION)

# Only an analysed study gets a report of findings; every outcome stands on the status page.
OBJECTS: Mapping[Outcome, tuple[ObjectKind, ...]] = {
    Outcome.FOUND: _REPORTS,
    Outcome.NOTHING_FOUND: _REPORTS,
    Outcome.UNDETERMINED: _REPORTS,
    Outcome.NOT_SUITABLE: (),
    Outcome.FAILED: (),
}

# What to offer a PACS that takes no object of this kind; the status page is the last form of all.
FALLBACK: Mapping[ObjectKind, ObjectKind] = {ObjectKind.FINDINGS_SR: ObjectKind.FINDINGS_SR_2D}


def reaches(stage: Stage, channel: Channel) -> bool:
    """Whether an app of that stage is heard on that channel."""
    return channel in CHANNELS[stage]
