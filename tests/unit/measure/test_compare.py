"""Two apps on the same studies: every study is counted once, and what says nothing is no agreement."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.formats.dicom_concept import concept
from collega.measure.compare import Disagreement, Report, compare, differences
from collega.model.code import Code, Text
from collega.model.comparison import Item, ItemState, Said, Side
from collega.model.finding import Evaluation
from collega.stats.paired import mcnemar, tango
from collega.stats.proportion import wilson
from collega.testing.records import PNEUMONIA

pytestmark = pytest.mark.shows("R8", "R15")
PRESENT, ABSENT, UNDETERMINED = Evaluation.PRESENT, Evaluation.ABSENT, Evaluation.UNDETERMINED
EFFUSION = Code(scheme="SCT", value="60046008", meaning="Pleural effusion")


def said(evaluation: Evaluation, score: float = 50.0, code: Code = PNEUMONIA) -> Said:
    return Said(
        code=code, site=None, name=Text(en=code.meaning, nl=code.meaning), evaluation=evaluation, score_percent=score
    )


def item(study: str, side: Side, *findings: Said, state: ItemState = ItemState.ANALYSED) -> Item:
    return Item(study_instance_uid=study, side=side, state=state, findings=findings, seconds=2.0)


def pair(study: str, a: Said, b: Said) -> list[Item]:
    return [item(study, Side.A, a), item(study, Side.B, b)]


def report(*pairs: list[Item]) -> Report:
    return compare([one for two in pairs for one in two], concept)


def test_the_table_of_words_and_the_share_that_agrees() -> None:
    words = [(PRESENT, PRESENT)] * 6 + [(PRESENT, ABSENT)] * 2 + [(ABSENT, PRESENT)] + [(ABSENT, ABSENT)] * 11
    words += [(UNDETERMINED, PRESENT), (ABSENT, UNDETERMINED)]
    found = report(*(pair(f"{number:02d}", said(a), said(b)) for number, (a, b) in enumerate(words)))
    (finding,) = found.findings
    assert (found.studies, found.compared) == (22, 22)
    assert finding.table == {
        (PRESENT, PRESENT): 6,
        (PRESENT, ABSENT): 2,
        (ABSENT, PRESENT): 1,
        (ABSENT, ABSENT): 11,
        (UNDETERMINED, PRESENT): 1,
        (ABSENT, UNDETERMINED): 1,
    }
    assert (finding.agree, finding.decided, finding.interval) == (17, 20, wilson(17, 20))
    assert sorted(one.study_instance_uid for one in finding.disagreements) == ["06", "07", "08"]
    present = finding.present
    assert (present.a_alone, present.b_alone, present.decided) == (2, 1, 20)
    assert (present.difference, present.interval, present.p) == (-1 / 20, tango(1, 2, 20), mcnemar(2, 1).exact)


def test_who_failed_says_nothing_and_is_named() -> None:
    silent = [state for state in ItemState if state is not ItemState.ANALYSED]
    pairs = [[item(state, Side.A, said(ABSENT)), item(state, Side.B, state=state)] for state in silent]
    found = report(*pairs, pair("both", said(ABSENT), said(ABSENT)))
    assert (found.studies, found.compared, found.findings[0].decided) == (len(silent) + 1, 1, 1)
    assert {one.state for one in found.apart} == set(silent) - {ItemState.TO_DO}
    assert all(one.side is Side.B for one in found.apart)
    assert found.states[Side.B] == dict.fromkeys(ItemState, 1)


def test_what_one_alone_looks_for_is_named_and_not_compared() -> None:
    found = report([item("1", Side.A, said(PRESENT), said(PRESENT, code=EFFUSION)), item("1", Side.B, said(PRESENT))])
    assert [one.code for one in found.findings] == [PNEUMONIA]
    assert [name.en for name in found.only[Side.A]] == ["Pleural effusion"]
    assert found.only[Side.B] == ()


def test_nothing_to_compare_is_no_agreement() -> None:
    found = compare([], concept)
    assert (found.studies, found.compared, found.findings, found.seconds[Side.A]) == (0, 0, (), None)
    (finding,) = report(pair("1", said(UNDETERMINED), said(PRESENT))).findings
    assert (finding.agree, finding.decided, finding.interval) == (0, 0, (0.0, 1.0))


def test_differences_against_the_worked_example_of_bland_and_altman() -> None:
    """Peak flow of 17 subjects by two meters: mean difference -2.1, SD 38.8, limits -79.7 and 75.5 (Lancet 1986).

    The paper takes two standard deviations for the limits; ours are 1.96 of the same.
    """
    large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    found = differences([a - b for a, b in zip(large, mini, strict=True)])
    assert found.n == 17
    assert round(found.mean, 1) == -2.1
    assert found.limits is not None
    low, high = found.limits
    assert round((high - low) / 2 / 1.959964, 1) == 38.8
    assert found.largest == -81
    assert found.interval is not None
    assert found.interval[0] < found.mean < found.interval[1]


def test_one_study_has_no_spread() -> None:
    found = differences([3.0])
    assert (found.mean, found.median, found.interval, found.limits) == (3.0, 3.0, None, None)


def turned_round(one: Disagreement) -> Disagreement:
    return replace(one, a=one.b, b=one.a, score_a=one.score_b, score_b=one.score_a)


def test_the_widest_gap_of_scores_is_named_first() -> None:
    pairs = [("1", 40, 60), ("2", 90, 5), ("3", 60, 40), ("4", 1, 99)]
    words = [(ABSENT, PRESENT) if a < b else (PRESENT, ABSENT) for _, a, b in pairs]
    found = report(
        *(pair(uid, said(first, a), said(second, b)) for (uid, a, b), (first, second) in zip(pairs, words, strict=True))
    )
    assert [one.study_instance_uid for one in found.findings[0].disagreements] == ["4", "2", "1", "3"]
    assert found.findings[0].disagreements[1] == Disagreement(
        study_instance_uid="2", a=PRESENT, b=ABSENT, score_a=90, score_b=5
    )


WORDS = st.lists(st.tuples(*[st.sampled_from(list(product(Evaluation, [0.0, 33.0, 100.0])))] * 2), max_size=12)


@given(words=WORDS)
def test_turned_round_it_says_the_same_with_the_sides_changed(
    words: list[tuple[tuple[Evaluation, float], tuple[Evaluation, float]]],
) -> None:
    found = report(*(pair(str(number), said(*a), said(*b)) for number, (a, b) in enumerate(words)))
    turned = report(*(pair(str(number), said(*b), said(*a)) for number, (a, b) in enumerate(words)))
    for one, other in zip(found.findings, turned.findings, strict=True):
        assert one.table == {(a, b): count for (b, a), count in other.table.items()}
        assert (one.agree, one.decided) == (other.agree, other.decided)
        assert one.disagreements == tuple(map(turned_round, other.disagreements))
        assert one.scores.mean == -other.scores.mean
        assert sum(one.table.values()) == len(words)
        assert one.agree + len(one.disagreements) == one.decided
