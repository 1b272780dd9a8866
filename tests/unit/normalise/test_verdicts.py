"""Composite rules: nothing that is missing, undetermined or above its threshold is ever called normal."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.errors import QuarantineError
from collega.formats.rule_words import rule_words, told
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import Direction, Evaluation, Score, Status
from collega.model.rule import Rule, RuleKind, RuleVerdict, Verdict
from collega.normalise.outputs import read_result
from collega.normalise.verdicts import judged, verdict, verdicts
from collega.testing import records
from tests.unit.normalise.conftest import HEADER, UID
from tests.unit.normalise.test_checks import Judge, code_of
from tests.unit.normalise.test_outputs import put

NAME = Text(en="normal film", nl="normale foto")
IDS = tuple(f"f{number}" for number in range(75))
ALL = Rule(id="normal", name=NAME, kind=RuleKind.ALL_BELOW, findings=IDS)
WORDS = st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(Evaluation)))
NOTHING = dict.fromkeys(IDS, Evaluation.ABSENT)


@pytest.mark.shows("R48")
def test_normal_only_if_every_one_of_75_is_below_its_threshold() -> None:
    found = verdict(ALL, NOTHING)
    assert (found.verdict, found.below, found.of) == (Verdict.NORMAL, 75, 75)
    for name in IDS:
        assert verdict(ALL, {**NOTHING, name: Evaluation.PRESENT}).verdict is Verdict.NOT_NORMAL
        assert verdict(ALL, {**NOTHING, name: Evaluation.UNDETERMINED}).verdict is Verdict.CANNOT_TELL
        assert verdict(ALL, {key: word for key, word in NOTHING.items() if key != name}).verdict is Verdict.CANNOT_TELL


@pytest.mark.shows("R48")
@given(words=WORDS)
def test_one_above_decides_and_one_unsaid_is_never_normal(words: dict[str, Evaluation]) -> None:
    found = verdict(ALL, words)
    assert found.below + len(found.above) + len(found.open) == found.of
    if Evaluation.PRESENT in words.values():
        assert found.verdict is Verdict.NOT_NORMAL
    elif len(words) < 75 or Evaluation.UNDETERMINED in words.values():
        assert found.verdict is Verdict.CANNOT_TELL
    else:
        assert found.verdict is Verdict.NORMAL


@given(words=WORDS, seed=st.integers())
def test_the_order_of_findings_does_not_matter(words: dict[str, Evaluation], seed: int) -> None:
    ids = list(IDS)
    Random(seed).shuffle(ids)  # noqa: S311 - no secret
    turned, found = verdict(replace(ALL, findings=tuple(ids)), words), verdict(ALL, words)
    assert (turned.verdict, set(turned.above), set(turned.open)) == (found.verdict, set(found.above), set(found.open))


@pytest.mark.shows("R49")
@given(value=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(0, 1), direction=st.sampled_from(list(Direction)))
def test_a_stricter_threshold_never_turns_absent_into_present(
    value: float, low: float, high: float, direction: Direction
) -> None:
    looser, stricter = sorted((low, high), reverse=direction is Direction.LOWER_IS_PRESENT)
    score = Score(value=value, low=0.0, high=1.0, direction=direction, calibrated=False)
    if judged(score, looser) is Evaluation.ABSENT:
        assert judged(score, stricter) is Evaluation.ABSENT


@pytest.mark.shows("R48")
def test_words_count_what_is_below_and_name_what_is_not() -> None:
    specs = tuple(records.finding_spec(id=name, name=Text(en=f"F {name}", nl=f"B {name}")) for name in IDS)
    app = records.manifest(findings=specs, rules=(ALL,))
    said = verdict(ALL, {**NOTHING, "f3": Evaluation.UNDETERMINED, "f7": Evaluation.UNDETERMINED})
    assert rule_words(verdict(ALL, NOTHING), app).en == "normal film: 75 of 75 findings below their thresholds"
    assert rule_words(said, app) == Text(
        en="normal film: 73 of 75 findings below their thresholds; 2 cannot be told: F f3, F f7",
        nl="normale foto: 73 van 75 bevindingen onder hun drempel; 2 niet te zeggen: B f3, B f7",
    )
    many = verdict(ALL, {**NOTHING, **dict.fromkeys(IDS[:5], Evaluation.PRESENT)})
    assert rule_words(many, app).en.endswith("70 of 75 findings below their thresholds; above: F f0, F f1, F f2, +2")


@pytest.mark.shows("R48")
def test_an_app_that_may_not_rule_out_calls_no_study_normal() -> None:
    said = [RuleVerdict(rule_id=word, name=NAME, verdict=word, of=1) for word in Verdict]
    assert [item.verdict for item in told(said, may_rule_out=False)] == [Verdict.NOT_NORMAL, Verdict.CANNOT_TELL]
    assert told(said, may_rule_out=True) == said


def test_an_app_that_failed_gets_no_verdict() -> None:
    failed = records.analysed(
        HEADER.study_instance_uid, [], status=Status.FAILED, reason_code="crashed", reason=Text(en="x", nl="x")
    )
    assert verdicts(failed, records.manifest(rules=(ALL,))) == ()


def test_several_findings_of_one_id_count_as_the_one_that_speaks_most_for_presence() -> None:
    rule = Rule(id="normal", name=NAME, kind=RuleKind.ALL_BELOW, findings=("pneumonia",))
    both = [records.finding([UID], Evaluation.PRESENT), records.finding([UID], Evaluation.ABSENT, 0.1)]
    for findings in (both, both[::-1]):
        (found,) = verdicts(records.analysed(HEADER.study_instance_uid, findings), records.manifest(rules=(rule,)))
        assert found.verdict is Verdict.NOT_NORMAL


# --------------------------------------------------------------------------- scores alone


def scores_alone(right: dict[str, Any], value: float) -> dict[str, Any]:
    put(right, "findings.0.score.value", value)
    del right["findings"][0]["evaluation"]
    del right["findings"][0]["threshold"]
    return right


def read(folder: Path, app: Manifest) -> Evaluation:
    return read_result(folder, app).findings[0].evaluation


@pytest.mark.shows("R49")
@pytest.mark.parametrize(("value", "word"), [(0.49, Evaluation.ABSENT), (0.5, Evaluation.PRESENT)])
def test_scores_alone_are_held_against_the_threshold_in_force(
    tmp_path: Path, right: dict[str, Any], value: float, word: Evaluation
) -> None:
    (tmp_path / "result.json").write_text(json.dumps(scores_alone(right, value)), encoding="utf-8")
    app = records.manifest()
    assert read(tmp_path, app) is word
    assert read(tmp_path, app.held_against({"pneumonia": 0.9})) is Evaluation.ABSENT
    assert read(tmp_path, app.held_against({"pneumonia": 0.1})) is Evaluation.PRESENT
    assert read_result(tmp_path, app).findings[0].threshold == 0.5


def test_a_score_without_any_threshold_is_set_apart(tmp_path: Path, right: dict[str, Any]) -> None:
    (tmp_path / "result.json").write_text(json.dumps(scores_alone(right, 0.4)), encoding="utf-8")
    with pytest.raises(QuarantineError) as caught:
        read_result(tmp_path, records.manifest(findings=(records.finding_spec(threshold=None),)))
    assert caught.value.code == "no-threshold"


@pytest.mark.shows("R49")
def test_an_app_that_holds_to_its_own_threshold_is_found_out(judge: Judge, right: dict[str, Any]) -> None:
    put(right, "findings.0.threshold", None)
    moved = records.manifest().held_against({"pneumonia": 0.9})
    assert code_of(judge, right, findings=moved.findings) == "contradiction"  # 0.8 is called present
