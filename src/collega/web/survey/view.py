"""Figures of a survey as a page shows them."""

from collections.abc import Mapping
from typing import Any

from collega.survey.questionnaire import Question, Questionnaire
from collega.survey.tabulate import AGREE, DISAGREE, UP_TO

SUMS = {
    AGREE: {"en": "agree", "nl": "eens"},
    DISAGREE: {"en": "do not agree", "nl": "niet eens"},
    UP_TO: {"en": "up to and including: ", "nl": "tot en met: "},
}


def result_view(asked: Questionnaire, told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Put figures into words; a figure that is hidden is None."""
    return {
        "n": told["n"],
        "items": [_item(asked, item, language) for item in told["items"]],
        "ratios": [
            {
                "question": _question(asked, one["item"]).text.in_language(language),
                "answer": _name(_question(asked, one["item"]), ratio["option"], language),
                "groups": " / ".join(_name(_question(asked, one["by"]), group, language) for group in ratio["groups"]),
                "ratio": _ratio(ratio),
            }
            for one in told["groups"]
            for ratio in one["ratios"]
            if ratio["ratio"] is not None
        ],
        "todo": [
            {
                "share": _share(one["barrier"]),
                "action": one["action"][language],
                "owner": ", ".join(part for part in (one["owner"], one["by"]) if part),
            }
            for one in told["readiness"]
        ],
    }


def _item(asked: Questionnaire, item: Mapping[str, Any], language: str) -> dict[str, Any]:
    question = _question(asked, item["id"])
    return {
        "id": item["id"],
        "text": item["text"][language],
        "n": item["n"],
        "options": [
            {"name": _name(question, one["id"], language), "count": one["count"], "share": _share(one)}
            for one in item["options"]
        ],
        "answers": item.get("answers", []),
    }


def _question(asked: Questionnaire, name: str) -> Question:
    return next(one for one in asked.questions if one.id == name)


def _name(question: Question, name: str, language: str) -> str:
    if name in SUMS:
        return SUMS[name][language]
    bare = name.removeprefix(UP_TO)
    option = question.option(bare)
    words = option.text.in_language(language) if option else bare
    return SUMS[UP_TO][language] + words if bare != name else words


def _share(one: Mapping[str, Any]) -> str | None:
    if one["suppressed"] or one["share"] is None:
        return None
    return f"{one['share']:.0%} ({one['low']:.0%} - {one['high']:.0%})"


def _ratio(one: Mapping[str, Any]) -> str:
    return f"{one['ratio']:.2f} ({one['low']:.2f} - {one['high']:.2f})"
