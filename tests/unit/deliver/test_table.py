"""The whole product of stage, channel, outcome and object, against a second transcription of the table."""

from itertools import product

import pytest

from collega.deliver.table import CHANNELS, FALLBACK, OBJECTS, Channel, reaches
from collega.model.app import RUNNING_STAGES, Stage
from collega.model.finding import Outcome
from collega.model.result import ObjectKind

# Copied from the design, not from the code: who is heard where.
HEARD = {(Stage.LIVE, channel) for channel in Channel} | {(Stage.PILOT, Channel.BOARD)}
REPORTED = {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}
REPORTS = {ObjectKind.FINDINGS_SR, ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION}


@pytest.mark.shows("R32")
@pytest.mark.parametrize(("stage", "channel"), list(product(Stage, Channel)))
def test_who_is_heard_where(stage: Stage, channel: Channel) -> None:
    assert reaches(stage, channel) is ((stage, channel) in HEARD)


@pytest.mark.shows("R32")
def test_shadow_reaches_nobody() -> None:
    assert Stage.SHADOW in RUNNING_STAGES
    assert CHANNELS[Stage.SHADOW] == frozenset()


@pytest.mark.shows("R25")
@pytest.mark.parametrize(("outcome", "kind"), list(product(Outcome, ObjectKind)))
def test_what_is_made_of_an_outcome(outcome: Outcome, kind: ObjectKind) -> None:
    assert (kind in OBJECTS[outcome]) is (outcome in REPORTED and kind in REPORTS)


def test_the_table_is_whole() -> None:
    assert set(CHANNELS) == set(Stage)
    assert set(OBJECTS) == set(Outcome)


def test_falling_back_comes_to_an_end() -> None:
    for kind in ObjectKind:
        seen = []
        while kind in FALLBACK:
            assert kind not in seen
            seen.append(kind)
            kind = FALLBACK[kind]  # noqa: PLW2901 - the walk
