"""Figures of a survey in words, for page and paper alike: what is hidden in one is hidden in the other."""

from collections.abc import Mapping
from typing import Any

from collega.stats.proportion import wilson
from collega.survey.questionnaire import Kind, Question, Questionnaire
from collega.survey.tabulate import AGREE, DISAGREE, UP_TO

SUMS = {
    AGREE: {"en": "agree", "nl": "eens"},
    DISAGREE: {"en": "do not agree", "nl": "niet eens"},
    UP_TO: {"en": "up to and including: ", "nl": "tot en met: "},
}
# Between two signed numbers a dash would be read as a third sign.
TO = {"en": "to", "nl": "tot"}


def result_view(asked: Questionnaire, told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Put figures into words; a figure that is hidden is None."""
    return {
        "title": asked.title.in_language(language),
        "source": asked.source.in_language(language),
        "n": told["n"],
        "waves": told["waves"],
        "items": [_item(asked, item, language) for item in told["items"]],
        "groups": [_groups(asked, one, told["confidence"], language) for one in told["groups"]],
        "ratios": sorted(_ratios(asked, told, language), key=lambda one: not one["clear"]),
        "trends": [
            {
                **_named(asked, one, language),
                "waves": f"{one['from']} - {one['to']}",
                **_change(one, language),
                "p": None if one["p"] is None else _p(one["p"]),
            }
            for one in told["trends"]
        ],
        "scales": [_scale(asked, one, language) for one in told["scales"]],
        "todo": [_todo(asked, one, language) for one in told["readiness"]],
    }


def _item(asked: Questionnaire, item: Mapping[str, Any], language: str) -> dict[str, Any]:
    question = _question(asked, item["id"])
    places = {one["id"]: f"{one['mean_place']:.1f}" for one in item.get("places", []) if one["n"]}
    return {
        "id": item["id"],
        "text": item["text"][language],
        "n": item["n"],
        "ranked": question.kind is Kind.RANKED,
        "mean": _mean(item["mean"]) if "mean" in item else None,
        "options": [
            {
                "name": _name(question, one["id"], language),
                "count": one["count"],
                "share": _share(one),
                "place": places.get(one["id"]),
            }
            for one in item["options"]
        ],
        "answers": item.get("answers", []),
    }


def _groups(asked: Questionnaire, one: Mapping[str, Any], confidence: float, language: str) -> dict[str, Any]:
    question, by = _question(asked, one["item"]), _question(asked, one["by"])
    return {
        "id": f"{one['by']}-{one['item']}",
        "question": question.text.in_language(language),
        "by": by.text.in_language(language),
        "groups": [_name(by, group["id"], language) for group in one["groups"]],
        "rows": [
            {
                "name": _name(question, name, language),
                "cells": [_of_group(group["counts"][name], group["n"], confidence) for group in one["groups"]],
            }
            for name in one["groups"][0]["counts"]
        ],
        "p": None if one["chi_squared"] is None else _p(one["chi_squared"]["p"]),
        "ranks": _ranks(one["mann_whitney"]) if one["mann_whitney"] else None,
    }


def _ranks(one: Mapping[str, Any]) -> dict[str, str] | None:
    if one["p"] is None:
        return None
    return {"p": _p(one["p"]), "higher": f"{one['superiority']:.0%}"}


def _scale(asked: Questionnaire, one: Mapping[str, Any], language: str) -> dict[str, Any]:
    told = None if one["alpha"] is None else f"{one['alpha']:.2f}"
    if told and one["low"] is not None:
        told += f" ({one['low']:.2f} - {one['high']:.2f})"
    items = [_question(asked, item).text.in_language(language) for item in one["items"]]
    return {"name": one["scale"], "items": items, "n": one["n"], "alpha": told}


def _mean(one: Mapping[str, Any]) -> str:
    told = f"{one['value']:.2f}"
    return told if one["low"] is None else f"{told} ({one['low']:.2f} - {one['high']:.2f})"


def _ratios(asked: Questionnaire, told: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Tell the ratios of groups; one is clear where its whole interval lies on one side of 1."""
    return [
        {
            **_named(asked, ratio | {"item": one["item"]}, language),
            "groups": " / ".join(_name(_question(asked, one["by"]), group, language) for group in ratio["groups"]),
            "ratio": _ratio(ratio),
            "clear": not ratio["low"] <= 1 <= ratio["high"],
        }
        for one in told["groups"]
        for ratio in one["ratios"]
        if ratio["ratio"] is not None
    ]


def _of_group(count: int | None, n: int | None, confidence: float) -> str | None:
    if count is None or not n:
        return None
    low, high = wilson(count, n, confidence)
    return f"{count}/{n}: {count / n:.0%} ({low:.0%} - {high:.0%})"


def _todo(asked: Questionnaire, one: Mapping[str, Any], language: str) -> dict[str, Any]:
    barrier, change = one["barrier"], one["change"]
    question = _question(asked, barrier["item"])
    return {
        "question": barrier["item"],
        "option": barrier["id"],
        "barrier": _barrier(question, barrier["id"], language),
        "share": _share(barrier),
        "action": one["action"][language],
        "owner": one["owner"] or "",
        "by": one["by"] or "",
        "state": one["state"],
        "worked": one["worked"],
        **(_change(change, language) if change else {"before": None, "after": None, "change": None}),
    }


def _barrier(question: Question, name: str, language: str) -> str:
    """Name a barrier; a single answer says nothing without its question."""
    asks = f"{question.text.in_language(language)} " if question.kind is Kind.SINGLE else ""
    return asks + _name(question, name, language)


def _change(one: Mapping[str, Any], language: str) -> dict[str, str]:
    told = {name: f"{one[name]['count']}/{one[name]['n']}: {one[name]['share']:.0%}" for name in ("before", "after")}
    change, low, high = (round(100 * one[name]) for name in ("difference", "low", "high"))
    return {**told, "change": f"{change:+d} ({low:+d} {TO[language]} {high:+d})"}


def _named(asked: Questionnaire, one: Mapping[str, Any], language: str) -> dict[str, str]:
    question = _question(asked, one["item"])
    return {"question": question.text.in_language(language), "answer": _name(question, one["option"], language)}


def _question(asked: Questionnaire, name: str) -> Question:
    return next(one for one in asked.questions if one.id == name)


def _name(question: Question, name: str, language: str) -> str:
    if name in SUMS:
        return SUMS[name][language]
    bare = name.removeprefix(UP_TO)
    option = question.option(bare)
    words = option.text.in_language(language) if option else _point(question, bare, language)
    return SUMS[UP_TO][language] + words if bare != name else words


def _point(question: Question, name: str, language: str) -> str:
    """Name a point of a scale, with the words that stand at its ends."""
    for end, words in ((question.low, question.low_text), (question.high, question.high_text)):
        if words and end is not None and name == f"{end:g}":
            return f"{name}: {words.in_language(language)}"
    return name


def _share(one: Mapping[str, Any]) -> str | None:
    if one["suppressed"] or one["share"] is None:
        return None
    return f"{one['share']:.0%} ({one['low']:.0%} - {one['high']:.0%})"


def _ratio(one: Mapping[str, Any]) -> str:
    return f"{one['ratio']:.2f} ({one['low']:.2f} - {one['high']:.2f})"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as papers print it
