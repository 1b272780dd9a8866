"""Findings of several apps in one list: nobody agrees who has not decided, and disagreement is never lost."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.formats.dicom_concept import concept
from collega.formats.together import Agreement, AppSaid, Row, said_of, sayable, shared, together
from collega.model.code import Code, Text
from collega.model.finding import Evaluation, Finding, Outcome
from collega.testing import records
from collega.testing.records import PNEUMONIA

EFFUSION = Code(scheme="SCT", value="60046008", meaning="Pleural effusion")
EFFUSION_RT = Code(scheme="SRT", value="D2-80100", meaning="Pleural effusion")
LUNG = Code(scheme="SCT", value="39607008", meaning="Lung structure")
LUNG_RT = Code(scheme="SNM3", value="T-28000", meaning="Lung")
SPEC = records.finding_spec()
APP = records.manifest()


def word(evaluation: Evaluation, code: Code = PNEUMONIA, site: Code | None = None, value: float = 0.8) -> Finding:
    made = records.finding(["1.2"], evaluation, value)
    return Finding(
        id=made.id,
        code=code,
        site=site,
        evaluation=evaluation,
        score=made.score,
        threshold=None,
        images=made.images,
    )


def app(name: str, *findings: Finding, outcome: Outcome | None = Outcome.FOUND) -> AppSaid:
    return AppSaid(
        app_id=name,
        version="1.0.0",
        name=Text(en=f"The {name}", nl=f"De {name}"),
        stage="live",
        outcome=outcome,
        findings=findings,
        looks_for=(SPEC,),
    )


def one(*apps: AppSaid) -> Row:
    (row,) = together(apps, concept)
    return row


PRESENT, ABSENT, UNDETERMINED = word(Evaluation.PRESENT), word(Evaluation.ABSENT), word(Evaluation.UNDETERMINED)


@pytest.mark.shows("R8", "R66")
@pytest.mark.parametrize(
    ("said", "agreement"),
    [
        ([PRESENT], Agreement.ALONE),
        ([PRESENT, PRESENT], Agreement.AGREE),
        ([ABSENT, ABSENT], Agreement.AGREE),
        ([PRESENT, ABSENT], Agreement.DISAGREE),
        ([PRESENT, ABSENT, UNDETERMINED], Agreement.DISAGREE),
        ([PRESENT, UNDETERMINED], Agreement.OPEN),
        ([UNDETERMINED, UNDETERMINED], Agreement.OPEN),
        ([PRESENT, Outcome.FAILED], Agreement.OPEN),
        ([ABSENT, Outcome.NOT_SUITABLE], Agreement.OPEN),
        ([ABSENT, None], Agreement.OPEN),
        ([PRESENT, PRESENT, Outcome.FAILED], Agreement.AGREE),
        ([Outcome.FAILED, Outcome.FAILED], Agreement.OPEN),
    ],
)
def test_only_those_who_decided_agree_or_disagree(said: list[Finding | Outcome | None], agreement: Agreement) -> None:
    apps = [
        app(str(number), item) if isinstance(item, Finding) else app(str(number), outcome=item)
        for number, item in enumerate(said)
    ]
    for order in permutations(apps):
        assert one(*order).agreement is agreement
        assert len(one(*order).words) == len(said)


@pytest.mark.shows("R8")
def test_the_same_concept_in_two_codes_is_one_row_and_another_site_is_not() -> None:
    rows = together(
        [
            app("a", word(Evaluation.PRESENT, EFFUSION, LUNG)),
            app("b", word(Evaluation.ABSENT, EFFUSION_RT, LUNG_RT)),
            app("c", word(Evaluation.ABSENT, EFFUSION)),
        ],
        concept,
    )
    assert [(row.site, [item.app_id for item in row.words], row.agreement) for row in rows] == [
        (None, ["c"], Agreement.ALONE),
        (LUNG, ["a", "b"], Agreement.DISAGREE),
    ]


def test_a_code_that_no_table_knows_is_itself() -> None:
    odd = Code(scheme="SRT", value="R-00000", meaning="Odd")
    assert concept(odd) == ("SRT", "R-00000")
    assert concept(Code(scheme="99X", value="T-28000", meaning="Other")) == ("99X", "T-28000")


def test_one_app_has_one_word_on_one_finding_the_one_that_speaks_most_for_presence() -> None:
    said = [word(Evaluation.ABSENT, value=0.1), word(Evaluation.PRESENT, value=0.7), word(Evaluation.PRESENT)]
    for order in permutations(said):
        row = one(app("a", *order))
        assert [(item.said, item.score_percent) for item in row.words] == [(Evaluation.PRESENT, 80.0)]


def test_an_app_that_is_silent_is_named_where_it_should_have_spoken() -> None:
    row = one(app("a", PRESENT), app("b", outcome=Outcome.FAILED), app("c", outcome=None))
    assert row.in_words("nl") == (
        "Pneumonia: De a: aanwezig; De b: mislukt; De c: nog geen antwoord. Niet door meer dan één app beslist."
    ).replace("Pneumonia", "Longontsteking")
    assert one(app("a", PRESENT)).in_words("en") == "Pneumonia: The a: present"
    disagreeing = one(app("a", PRESENT), app("b", word(Evaluation.ABSENT, site=None)))
    assert disagreeing.in_words("en") == "Pneumonia: The a: present; The b: not seen. THE APPS DISAGREE."


def test_a_shared_finding_is_one_on_which_somebody_has_spoken() -> None:
    silent = together([app("a", outcome=None), app("b", outcome=Outcome.FAILED)], concept)
    assert shared(silent) == []
    assert shared(together([app("a", PRESENT)], concept)) == []
    assert len(shared(together([app("a", UNDETERMINED), app("b", outcome=None)], concept))) == 1


def test_an_app_that_may_not_rule_out_says_nothing_of_what_it_did_not_see() -> None:
    assert sayable([PRESENT, ABSENT, UNDETERMINED], may_rule_out=False) == [PRESENT, UNDETERMINED]
    assert sayable([PRESENT, ABSENT], may_rule_out=True) == [PRESENT, ABSENT]
    assert said_of(APP, Outcome.FOUND, [PRESENT]).looks_for == APP.findings


WORD = st.builds(
    word,
    st.sampled_from(list(Evaluation)),
    st.sampled_from([PNEUMONIA, EFFUSION, EFFUSION_RT]),
    st.sampled_from([None, LUNG, LUNG_RT]),
    st.floats(0, 1),
)


@pytest.mark.shows("R66")
@given(spoken=st.lists(st.lists(WORD, max_size=4), max_size=4))
def test_no_present_finding_of_any_app_is_lost(spoken: list[list[Finding]]) -> None:
    apps = [app(str(number), *findings) for number, findings in enumerate(spoken)]
    rows = together(apps, concept)
    told = {
        (concept(row.code), concept(row.site) if row.site else None, item.app_id)
        for row in rows
        for item in row.words
        if item.said is Evaluation.PRESENT
    }
    meant = {
        (concept(item.code), concept(item.site) if item.site else None, one.app_id)
        for one in apps
        for item in one.findings
        if item.evaluation is Evaluation.PRESENT
    }
    assert told == meant
    assert all(len({item.app_id for item in row.words}) == len(row.words) for row in rows)
    turned = together(apps[::-1], concept)
    assert [(row.agreement, len(row.words)) for row in turned] == [(row.agreement, len(row.words)) for row in rows]
