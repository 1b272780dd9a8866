"""The builder's form: what comes along goes through it unchanged, each step does one thing, faults are told."""

from collections.abc import Callable
from typing import Any

import pytest

from collega.errors import ConfigurationError
from collega.survey.draft import ACTION, FIELDS, FLAGS, OPTION, changed, draft_of, draft_toml, sent_draft
from collega.survey.shipped import SHIPPED, shipped
from collega.survey.toml import read_questionnaire

pytestmark = pytest.mark.shows("R77", "R85")


def as_sent(draft: dict[str, Any]) -> dict[str, str]:
    """Give what a browser sends of the form; an empty field is not sent."""
    sent = dict(draft["head"])
    for place, one in enumerate(draft["questions"]):
        sent |= {f"q{place}.{name}": one[name] for name in FIELDS} | {
            f"q{place}.{name}": "1" * one[name] for name in FLAGS
        }
        for at, option in enumerate(one["options"]):
            sent |= {f"q{place}.o{at}.{name}": option[name] for name in OPTION}
    for place, one in enumerate(draft["actions"]):
        sent |= {f"a{place}.{name}": one[name] for name in ACTION}
    return {name: value for name, value in sent.items() if value}


@pytest.mark.parametrize("name", SHIPPED)
def test_what_comes_along_goes_through_the_form_unchanged(name: str) -> None:
    assert read_questionnaire(draft_toml(sent_draft(as_sent(draft_of(shipped(name))))), "q") == shipped(name)


def test_words_that_look_like_toml_stay_words() -> None:
    draft = draft_of(shipped("trust"))
    words = 'say "no"\\ # \x7f ] = {[[question]]}\n\té'
    draft["questions"][0] |= {"en": words, "nl": words}
    assert read_questionnaire(draft_toml(draft), "q").questions[0].text.nl == words


def test_each_step_changes_one_thing() -> None:
    draft = draft_of(shipped("trust"))
    ids = [one["id"] for one in draft["questions"]]

    def after(*steps: str) -> list[str]:
        found = draft
        for step in steps:
            found = changed(found, step)
        return [one["id"] for one in found["questions"]]

    assert after("down:0") == [ids[1], ids[0], *ids[2:]]
    assert after("down:0", "up:1") == ids
    assert after("up:0") == after("drop:99") == after("nonsense") == after("down:4") == ids
    assert after("drop:1") == [ids[0], *ids[2:]]
    assert after("add") == [*ids, ""]
    options = len(draft["questions"][0]["options"])
    assert len(changed(draft, "option:0")["questions"][0]["options"]) == options + 1
    assert len(changed(draft, "less:0")["questions"][0]["options"]) == options - 1
    assert len(changed(changed(draft, "act"), "act")["actions"]) == len(draft["actions"]) + 2
    assert changed(changed(draft, "act"), f"unact:{len(draft['actions'])}") == draft


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda one: one["questions"][0].update(nl=""), r"question\[role\]\.nl: missing translation"),
        (lambda one: one["questions"][1].update(id="role"), r"question\[role\]: two of one name"),
        (lambda one: one["questions"][-1].update(goto="role"), r"goto: a loop: role"),
        (lambda one: one["questions"][0]["options"][0].update(goto="nowhere"), r"goto: unknown target nowhere"),
        (lambda one: one["questions"][-1].update(low="many"), r"low: 'many' is no whole number"),
        (lambda one: one["questions"].clear(), r"question: missing"),
        (lambda one: one["questions"][0].update(kind="riddle"), r"kind: 'riddle' is none of"),
    ],
)
def test_a_bad_draft_is_refused_by_key_and_reason(spoil: Callable[[dict[str, Any]], None], complaint: str) -> None:
    draft = draft_of(shipped("trust"))
    spoil(draft)
    with pytest.raises(ConfigurationError, match=complaint):
        read_questionnaire(draft_toml(draft), "q")
