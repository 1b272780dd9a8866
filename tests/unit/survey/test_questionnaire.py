"""Questionnaires: the shipped ones are whole, bad ones are refused by file, key and reason."""

import pytest

from collega.errors import ConfigurationError
from collega.survey.shipped import SHIPPED, shipped
from collega.survey.toml import read_questionnaire

pytestmark = pytest.mark.shows("R11", "R30", "R77", "R78", "R79", "R80", "R81", "R82", "R84", "R85")

HEAD = """
id = "q"
version = "1"
title = { en = "T", nl = "T" }
source = { en = "S", nl = "S" }
"""
YES_NO = """
[[question]]
id = "{id}"
kind = "single"
en = "?"
nl = "?"
options = [ {{ id = "yes", en = "Yes", nl = "Ja"{goto} }}, {{ id = "no", en = "No", nl = "Nee" }} ]
"""
SCALE = """
[[question]]
id = "s"
kind = "scale"
low = 1
high = 5
en = "?"
nl = "?"
low_text = { en = "a", nl = "a" }
high_text = { en = "b", nl = "b" }
"""


def single(id_: str, goto: str = "") -> str:
    """Write a question with yes, which may lead somewhere, and no."""
    return YES_NO.format(id=id_, goto=f', goto = "{goto}"' if goto else "")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_questionnaire_is_in_both_languages_and_says_whose_words_it_holds(name: str) -> None:
    found = shipped(name)
    assert "collega" in found.source.en
    assert "collega" in found.source.nl
    texts = [text for one in found.questions for text in (one.text, *(option.text for option in one.options))]
    assert all(text.en != text.nl for text in texts)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(single("a") + single("b", "a"), r"question\[b\].goto: a loop: a -> b -> a", id="loop"),
        pytest.param(single("a", "a"), r"a loop: a -> a", id="loop-on-itself"),
        pytest.param(
            single("a").replace('nl = "Nee"', 'nl = ""'),
            r"question\[a\].options\[no\].nl: missing translation",
            id="missing-translation",
        ),
        pytest.param(
            single("a").replace('id = "no"', 'id = "yes"'),
            r"question\[a\].options\[yes\]: two of one name",
            id="two-options-of-one-name",
        ),
        pytest.param(single("a") + single("a"), r"question\[a\]: two of one name", id="two-questions-of-one-name"),
        pytest.param(
            single("a", "c"), r"question\[a\].options\[yes\].goto: unknown target c", id="unknown-target-of-an-option"
        ),
        pytest.param(
            single("a").replace("kind", 'goto = "c"\nkind') + single("b"),
            r"question\[a\].goto: unknown target c",
            id="unknown-target-of-a-question",
        ),
        pytest.param(
            single("a").replace("kind", 'goto = "end"\nkind') + single("b"), r"question\[b\]: nobody", id="unreached"
        ),
        pytest.param(single("a").replace('"single"', '"choice"'), r"question\[a\].kind: 'choice' is none", id="kind"),
        pytest.param(single("a").replace("kind", "colour = 1\nkind"), r"question\[a\].colour: unknown key", id="key"),
        pytest.param(single("end"), r"question\[end\].id: end means something else", id="reserved"),
        pytest.param(SCALE.replace("high = 5\n", ""), r"question\[s\].high: missing", id="half-a-scale"),
        pytest.param(SCALE.replace("high = 5\n", "high = 0\n"), r"question\[s\].high: 0 is not above", id="upside"),
        pytest.param(SCALE.replace("low = 1", "agree_from = 9\nlow = 1"), r"question\[s\].agree_from", id="agree"),
        pytest.param("", "question: missing", id="nothing-asked"),
        pytest.param("nonsense", "no TOML", id="no-toml"),
        pytest.param(
            single("a") + '[[action]]\nquestion = "a"\noption = "x"\nstep = "s"\nen = "e"\nnl = "n"\n',
            r"action\[1\].option: a has no option x",
            id="action-for-nothing",
        ),
        pytest.param(
            single("a") + '[[action]]\nquestion = "a"\noption = "no"\nstep = "s"\nen = "e"\nnl = "n"\nby = "soon"\n',
            r"action\[1\].by: 'soon' is no day",
            id="action-some-day",
        ),
    ],
)
def test_a_bad_questionnaire_is_refused_by_file_key_and_reason(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^bad\.toml: .*{complaint}"):
        read_questionnaire(HEAD + text, "bad.toml")


def test_answers_lead_past_questions() -> None:
    asked = read_questionnaire(HEAD + single("a", "c") + single("b") + single("c"), "q.toml")
    assert [one.id for one in asked.path({"a": "yes"})] == ["a", "c"]
    assert [one.id for one in asked.path({"a": "no"})] == ["a", "b", "c"]
    assert [one.id for one in asked.path({})] == ["a", "b", "c"]
