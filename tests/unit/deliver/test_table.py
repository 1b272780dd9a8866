"""The whole product of stage, channel, outcome and object, against a second transcription of the table."""

from dataclasses import replace
from itertools import product

import pytest

from collega.deliver.table import CHANNELS, FALLBACK, OBJECTS, Channel, Say, Standing, narrowed, reaches, say
from collega.model.app import RUNNING_STAGES, Stage
from collega.model.code import Code, Text
from collega.model.finding import Attachment, Evaluation, Outcome, Region, RegionKind, Segment
from collega.model.job import JobState
from collega.model.result import NoAnswer, ObjectKind
from collega.model.runtime import Way
from collega.model.trust import Allowance
from collega.testing import records

# Copied from the design, not from the code: who is heard where.
HEARD = {(Stage.LIVE, channel) for channel in Channel} | {(Stage.PILOT, Channel.BOARD)}
REPORTED = {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}
REPORTS = {ObjectKind.FINDINGS_SR, ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION, ObjectKind.FORWARDED}

RIGHTS = [Allowance(may_prioritise=a, may_rule_out=b, may_localise=c) for a, b, c in product([True, False], repeat=3)]


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


# --------------------------------------------------------------------------- stage x way x rights x outcome x channel


def expected(standing: Standing, channel: Channel) -> Say | None:
    """Tell the whole table a second time, from the sentences of the design, in another order."""
    stage, way, may, state, outcome = standing.stage, standing.way, standing.may, standing.state, standing.outcome
    if stage in {Stage.OFF, Stage.SHADOW, Stage.SUSPENDED} or (stage is Stage.PILOT and channel is not Channel.BOARD):
        return None
    has_looked = outcome in {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}
    is_shut = way is Way.ON_DEMAND and has_looked and state not in {JobState.ASKED, JobState.DONE}
    if channel in {Channel.ORDER, Channel.ALERTS, Channel.FLAG}:
        speaks = outcome is Outcome.FOUND and not is_shut and may.may_prioritise
        return Say(outcome=Outcome.FOUND, absences=may.may_rule_out, places=may.may_localise) if speaks else None
    if outcome is None:
        waits = state is JobState.OFFERED
        word: Outcome | NoAnswer | None = NoAnswer.OWN_SCREEN if waits else None
    elif is_shut:
        word = NoAnswer.NOT_ASKED
    elif outcome is Outcome.NOTHING_FOUND and not may.may_rule_out:
        word = NoAnswer.NO_RULE_OUT
    else:
        word = outcome
    if word is None:
        return None
    objects: list[ObjectKind] = []
    if channel is Channel.PACS and word in {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}:
        objects = [ObjectKind.FINDINGS_SR]
        if may.may_localise:
            objects += [ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION]
        if may.may_localise and may.may_rule_out:
            objects.append(ObjectKind.FORWARDED)
    return Say(outcome=word, objects=tuple(objects), absences=may.may_rule_out, places=may.may_localise)


@pytest.mark.shows("R25", "R32", "R67", "R76")
def test_the_whole_table_of_stage_way_rights_outcome_and_channel() -> None:
    seen = 0
    for stage, way, may, state, outcome in product(Stage, Way, RIGHTS, JobState, [*Outcome, None]):
        standing = Standing(stage=stage, way=way, may=may, state=state, outcome=outcome)
        for channel in Channel:
            assert say(standing, channel) == expected(standing, channel), (standing, channel)
            seen += 1
    assert seen == 5 * 3 * 8 * len(JobState) * 6 * 7


@pytest.mark.shows("R32")
def test_shadow_reaches_no_channel() -> None:
    """Not the app that is silenced either, nor the one that is off: whatever way, right, state or outcome."""
    for stage in (Stage.SHADOW, Stage.SUSPENDED, Stage.OFF):
        for way, may, state, outcome, channel in product(Way, RIGHTS, JobState, [*Outcome, None], Channel):
            assert say(Standing(stage=stage, way=way, may=may, state=state, outcome=outcome), channel) is None


@pytest.mark.shows("R25")
def test_no_word_of_the_table_is_a_negative_but_the_one() -> None:
    """Nothing found is said by one outcome, of a job that has ended, by an app that may rule out."""
    for stage, way, may, state, outcome in product(Stage, Way, RIGHTS, JobState, [*Outcome, None]):
        said = say(Standing(stage=stage, way=way, may=may, state=state, outcome=outcome), Channel.BOARD)
        if said is not None and said.outcome is Outcome.NOTHING_FOUND:
            assert outcome is Outcome.NOTHING_FOUND
            assert may.may_rule_out
            assert way is not Way.ON_DEMAND or state in {JobState.ASKED, JobState.DONE}


LEFT = Code(scheme="SCT", value="44029006", meaning="Left lung")
BOX = Region(kind=RegionKind.BOX, image="1.2.3", frame=1, points=((1.0, 1.0), (2.0, 2.0)))


@pytest.mark.shows("R32", "R76")
@pytest.mark.parametrize(("absences", "places"), list(product([True, False], repeat=2)))
def test_what_is_left_of_a_result(absences: bool, places: bool) -> None:
    present = replace(records.finding(["1.2.3"], Evaluation.PRESENT), site=LEFT, regions=(BOX,))
    absent = replace(records.finding(["1.2.3"], Evaluation.ABSENT, 0.1), id="second", regions=(BOX,))
    result = records.analysed(
        "1.2",
        [present, absent],
        segments=(Segment(finding_id="pneumonia", label="Pneumonia", images=("1.2.3",), file="mask.npy"),),
        attachments=(Attachment(kind="picture", file="heat.png", title="where it looked"),),
        notes=(Text(en="nothing on the left", nl="links niets"),),
    )
    said = Say(outcome=Outcome.FOUND, absences=absences, places=places)
    kept = narrowed(result, said, records.manifest())
    assert [item.id for item in kept.findings] == (["pneumonia", "second"] if absences else ["pneumonia"])
    assert [item.score for item in kept.findings][:1] == [present.score]
    for item in kept.findings:
        assert bool(item.regions) is places
        assert bool(item.images) is places
        assert item.site is None or places
    assert bool(kept.segments) is places
    assert bool(kept.notes) is bool(kept.attachments) is (absences and places)


def test_a_site_that_the_manifest_fixes_is_no_place() -> None:
    manifest = records.manifest(findings=(records.finding_spec(site=LEFT),))
    found = replace(records.finding(["1.2.3"]), site=LEFT)
    said = Say(outcome=Outcome.FOUND, places=False)
    assert narrowed(records.analysed("1.2", [found]), said, manifest).findings[0].site == LEFT
