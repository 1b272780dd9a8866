"""A questionnaire while it is being made: fields of a form, changed step by step, written as the TOML that is read."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from collega.survey.questionnaire import CHOSEN, Kind, Option, Question, Questionnaire
from collega.survey.toml import BY_KIND, LANGUAGES

HEAD = ("id", "version", "title.en", "title.nl", "source.en", "source.nl")
SCALE_TEXTS = ("low_text.en", "low_text.nl", "high_text.en", "high_text.nl")
FIELDS = ("id", "kind", "en", "nl", "goto", "low", "high", *SCALE_TEXTS, "agree_from", "scale")
FLAGS = ("group", "cumulative", "reversed")
OPTION = ("id", "en", "nl", "goto")
ACTION = ("question", "option", "step", "en", "nl", "owner", "by")
NUMBERS = frozenset({"low", "high", "agree_from"})
MOST = 200
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Fields = dict[str, Any]


def draft_of(asked: Questionnaire) -> Fields:
    """Give the fields of a questionnaire."""
    head = {"id": asked.id, "version": asked.version}
    for name, text in (("title", asked.title), ("source", asked.source)):
        head |= {f"{name}.{language}": text.in_language(language) for language in LANGUAGES}
    actions = [
        {
            **{name: getattr(one, name) for name in ("question", "option", "step", "owner")},
            **{language: one.text.in_language(language) for language in LANGUAGES},
            "by": one.by.isoformat() if one.by else "",
        }
        for one in asked.actions
    ]
    return {"head": head, "questions": [_question(one) for one in asked.questions], "actions": actions}


def _question(one: Question) -> Fields:
    found: Fields = {name: getattr(one, name) for name in ("id", "goto", "scale", *FLAGS)}
    found |= {"kind": str(one.kind), "options": [_option(option) for option in one.options]}
    found |= {name: _number(getattr(one, name)) for name in NUMBERS}
    for language in LANGUAGES:
        found[language] = one.text.in_language(language)
        for name, text in (("low_text", one.low_text), ("high_text", one.high_text)):
            found[f"{name}.{language}"] = text.in_language(language) if text else ""
    return found


def _option(one: Option) -> Fields:
    return {"id": one.id, "goto": one.goto, **{name: one.text.in_language(name) for name in LANGUAGES}}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def empty_question() -> Fields:
    """Give a question of which nothing is known, with two options to fill in."""
    fields = {**dict.fromkeys(FIELDS, ""), **dict.fromkeys(FLAGS, False)}
    return {**fields, "kind": str(Kind.SINGLE), "options": [dict.fromkeys(OPTION, "") for _ in range(2)]}


def sent_draft(sent: Mapping[str, str]) -> Fields:
    """Read the fields that a form has sent: ``id``, ``q0.en``, ``q0.o1.nl``, ``a0.step``."""
    questions = []
    for place in _places(sent, "q"):
        start = f"q{place}."
        question: Fields = {name: sent.get(start + name, "") for name in FIELDS}
        question |= {name: bool(sent.get(start + name)) for name in FLAGS}
        options = [{name: sent.get(f"{start}o{at}.{name}", "") for name in OPTION} for at in _places(sent, start + "o")]
        questions.append({**question, "options": options})
    actions = [{name: sent.get(f"a{place}.{name}", "") for name in ACTION} for place in _places(sent, "a")]
    return {"head": {name: sent.get(name, "") for name in HEAD}, "questions": questions, "actions": actions}


def _places(sent: Mapping[str, str], start: str) -> list[int]:
    found = {int(match[1]) for name in sent if (match := re.fullmatch(re.escape(start) + r"(\d{1,3})\..+", name))}
    return sorted(found)[:MOST]


def changed(draft: Fields, what: str) -> Fields:
    """Take one step.

    Parameters
    ----------
    what : str
        ``add`` a question; ``up:2``, ``down:2`` or ``drop:2`` one; ``option:2`` adds an option to it, ``less:2`` takes
        its last away; ``act`` adds an action, ``unact:0`` drops one. Anything else changes nothing.
    """
    step, _, number = what.partition(":")
    questions, actions = list(draft["questions"]), list(draft["actions"])
    place = int(number) if number.isdecimal() else -1
    if step == "add":
        questions.append(empty_question())
    elif step == "act":
        actions.append(dict.fromkeys(ACTION, ""))
    elif step == "unact" and 0 <= place < len(actions):
        del actions[place]
    elif 0 <= place < len(questions):
        questions = _moved(questions, step, place)
    return {**draft, "questions": questions, "actions": actions}


def _moved(questions: list[Fields], step: str, place: int) -> list[Fields]:
    one = questions[place]
    if step == "drop":
        return [*questions[:place], *questions[place + 1 :]]
    if step in {"option", "less"}:
        options = [*one["options"], dict.fromkeys(OPTION, "")] if step == "option" else one["options"][:-1]
        return [*questions[:place], {**one, "options": options}, *questions[place + 1 :]]
    other = place + {"up": -1, "down": 1}.get(step, 0)
    if 0 <= other < len(questions):
        questions[place], questions[other] = questions[other], one
    return questions


def draft_toml(draft: Fields) -> str:
    """Write a draft as a questionnaire, good or bad: whoever reads it says what is wrong, by key and reason."""
    head = draft["head"]
    lines = [f"{name} = {_text(head[name])}" for name in ("id", "version")]
    for name in ("title", "source"):
        lines += ["", f"[{name}]", *(f"{language} = {_text(head[f'{name}.{language}'])}" for language in LANGUAGES)]
    for one in draft["questions"]:
        lines += ["", "[[question]]", *_question_lines(one)]
    for one in draft["actions"]:
        lines += ["", "[[action]]", *(_line(name, one[name]) for name in ACTION if one[name])]
    return "\n".join(lines) + "\n"


def _question_lines(one: Fields) -> list[str]:
    kind = one["kind"]
    allowed = BY_KIND[Kind(kind)] if kind in set(Kind) else frozenset()
    lines = [_line(name, one[name]) for name in ("id", "kind", "en", "nl", "goto") if one[name]]
    bounds = [name for name in ("low", "high", "agree_from", "scale") if name in allowed and one[name]]
    lines += [_line(name, one[name]) for name in bounds]
    lines += [f"{name} = true" for name in FLAGS if name in allowed and one[name]]
    for name in ("low_text", "high_text"):
        if name in allowed:
            lines.append(f"{name} = {_inline({word: one[f'{name}.{word}'] for word in LANGUAGES})}")
    if kind in set(CHOSEN):
        lines += ["options = [", *(f"  {_inline(option)}," for option in _kept(one["options"])), "]"]
    return lines


def _kept(options: Sequence[Fields]) -> list[Fields]:
    """Leave out options of which nothing was filled in."""
    return [one for one in options if any(one.values())]


def _inline(fields: Mapping[str, str]) -> str:
    return "{ " + ", ".join(_line(name, value) for name, value in fields.items() if value) + " }"


def _line(name: str, value: str) -> str:
    if name == "by" and DAY.fullmatch(value):
        return f"{name} = {value}"
    if name in NUMBERS and re.fullmatch(r"-?(0|[1-9]\d{0,8})(\.\d{1,6})?", value):
        return f"{name} = {value}"
    return f"{name} = {_text(value)}"


def _text(value: str) -> str:
    """Write a basic string of TOML, which JSON's is but for one sign."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
