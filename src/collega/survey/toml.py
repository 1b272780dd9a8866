"""A questionnaire as TOML: read so that every complaint names file, key and reason."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from collega.errors import ConfigurationError
from collega.model.code import Text
from collega.survey.questionnaire import CHOSEN, END, Action, Kind, Option, Question, Questionnaire

LANGUAGES = ("en", "nl")
# Names become columns of tables, and `a|b` is a list there.
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = frozenset({END, "wave", "row"})
TOP = frozenset({"id", "version", "title", "source", "question", "action"})
OPTION = frozenset({"id", "goto", *LANGUAGES})
ACTION = frozenset({"question", "option", "step", "owner", "by", *LANGUAGES})
ANY = frozenset({"id", "kind", "goto", *LANGUAGES})
# What may stand in a question besides, by its kind.
BY_KIND: Mapping[Kind, frozenset[str]] = {
    Kind.SINGLE: frozenset({"options", "cumulative", "group"}),
    Kind.MULTIPLE: frozenset({"options"}),
    Kind.RANKED: frozenset({"options"}),
    Kind.SCALE: frozenset({"low", "high", "low_text", "high_text", "agree_from", "scale", "reversed"}),
    Kind.NUMBER: frozenset({"low", "high"}),
    Kind.OPEN: frozenset(),
}
FEWEST_OPTIONS, LONGEST_SCALE, MOST_QUESTIONS = 2, 11, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A table of the file, and how complaints call it."""

    file: str
    key: str
    table: Mapping[str, Any]

    def refuse(self, key: str, reason: str) -> NoReturn:
        where = ".".join(part for part in (self.key, key) if part)
        message = f"{self.file}: {where}: {reason}"
        raise ConfigurationError(message)

    def only(self, allowed: frozenset[str], of: str) -> None:
        for key in self.table:
            if key not in allowed:
                self.refuse(key, f"unknown key of {of}; there are {', '.join(sorted(allowed))}")

    def name(self, key: str) -> str:
        found = self.table.get(key)
        if not isinstance(found, str) or not NAME.fullmatch(found):
            self.refuse(key, f"{found!r} is no name: small letters, digits and _, a letter first")
        return found

    def words(self, key: str, default: str | None = None) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or (default is None and not found.strip()):
            self.refuse(key, "missing: write some words" if found is None else f"{found!r} is no text")
        return found

    def both(self) -> Text:
        for language in LANGUAGES:
            if not self.table.get(language):
                self.refuse(language, "missing translation: every text is there in English (en) and Dutch (nl)")
        return Text(en=self.words("en"), nl=self.words("nl"))

    def flag(self, key: str) -> bool:
        found = self.table.get(key, False)
        if not isinstance(found, bool):
            self.refuse(key, f"{found!r} is neither true nor false")
        return found

    def number(self, key: str, *, whole: bool) -> float | None:
        found = self.table.get(key)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int if whole else int | float)):
            self.refuse(key, f"{found!r} is no {'whole ' if whole else ''}number")
        return found

    def below(self, key: str) -> "_Place":
        found = self.table.get(key)
        if not isinstance(found, dict):
            self.refuse(key, "missing: a table with en and nl" if found is None else f"{found!r} is no table")
        return _Place(file=self.file, key=".".join(part for part in (self.key, key) if part), table=found)

    def each(self, key: str, label: str) -> Iterator["_Place"]:
        found = self.table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.refuse(key, "is no list of tables")
        for number, one in enumerate(found, start=1):
            name = one.get("id") or number
            where = ".".join(part for part in (self.key, f"{label}[{name}]") if part)
            yield _Place(file=self.file, key=where, table=one)


def read_questionnaire(text: str, file: str) -> Questionnaire:
    """Read and check a questionnaire.

    Parameters
    ----------
    text : str
        All of the file.
    file : str
        How complaints call it.

    Raises
    ------
    ConfigurationError
        It is no TOML, a key is unknown or missing, a translation is missing, two names are the same, a target does
        not exist, questions lead round in a loop, or one is never reached.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: no TOML: {error}"
        raise ConfigurationError(message) from error
    top = _Place(file=file, key="", table=values)
    top.only(TOP, "a questionnaire")
    places = list(top.each("question", "question"))
    if not places:
        top.refuse("question", "missing: a questionnaire asks something")
    if len(places) > MOST_QUESTIONS:
        top.refuse("question", f"{len(places)} questions: nobody answers more than {MOST_QUESTIONS}")
    found = Questionnaire(
        id=top.name("id"),
        version=top.words("version"),
        title=top.below("title").both(),
        source=top.below("source").both(),
        questions=tuple(_question(place) for place in places),
        actions=tuple(_action(place) for place in top.each("action", "action")),
    )
    _check_names(top, [one.id for one in found.questions], "question")
    _check_targets(found, places)
    _check_actions(found, list(top.each("action", "action")))
    _check_ways(found, top)
    return found


def _question(place: _Place) -> Question:
    id_ = place.name("id")
    if id_ in RESERVED:
        place.refuse("id", f"{id_} means something else here: choose another name")
    try:
        kind = Kind(place.words("kind"))
    except ValueError:
        place.refuse("kind", f"{place.table['kind']!r} is none of {', '.join(Kind)}")
    place.only(ANY | BY_KIND[kind], f"a {kind} question")
    options = tuple(_option(one, kind) for one in place.each("options", "options"))
    _check_names(place, [one.id for one in options], "options")
    if kind in CHOSEN and len(options) < FEWEST_OPTIONS:
        place.refuse("options", "there is nothing to choose from: write two or more")
    low, high = (place.number(key, whole=kind is Kind.SCALE) for key in ("low", "high"))
    question = Question(
        id=id_,
        kind=kind,
        text=place.both(),
        options=options,
        low=low,
        high=high,
        low_text=place.below("low_text").both() if kind is Kind.SCALE else None,
        high_text=place.below("high_text").both() if kind is Kind.SCALE else None,
        agree_from=_point(place, "agree_from"),
        cumulative=place.flag("cumulative"),
        group=place.flag("group"),
        scale=place.words("scale", ""),
        reversed=place.flag("reversed"),
        goto=place.words("goto", ""),
    )
    _check_range(place, question)
    return question


def _point(place: _Place, key: str) -> int | None:
    found = place.number(key, whole=True)
    return None if found is None else int(found)


def _check_range(place: _Place, question: Question) -> None:
    low, high = question.low, question.high
    if question.kind is Kind.SCALE:
        if low is None or high is None:
            place.refuse("low" if low is None else "high", "missing: a scale has two ends")
        if high - low >= LONGEST_SCALE:
            place.refuse("high", f"a scale has at most {LONGEST_SCALE} points")
        if question.agree_from is not None and not low < question.agree_from <= high:
            place.refuse("agree_from", f"{question.agree_from} is no point above the lowest, {low} to {high}")
    if low is not None and high is not None and low >= high:
        place.refuse("high", f"{high} is not above low, {low}")


def _option(place: _Place, kind: Kind) -> Option:
    place.only(OPTION, "an option")
    if place.table.get("goto") and kind is not Kind.SINGLE:
        place.refuse("goto", "only an answer of a question with a single answer leads somewhere")
    return Option(id=place.name("id"), text=place.both(), goto=place.words("goto", ""))


def _action(place: _Place) -> Action:
    place.only(ACTION, "an action")
    by = place.table.get("by")
    if by is not None and type(by) is not date:
        place.refuse("by", f"{by!r} is no day: write 2027-03-01, without quotes")
    return Action(
        question=place.name("question"),
        option=place.name("option"),
        step=place.words("step"),
        text=place.both(),
        owner=place.words("owner", ""),
        by=by,
    )


def _check_names(place: _Place, names: Sequence[str], key: str) -> None:
    for name in names:
        if names.count(name) > 1:
            place.refuse(f"{key}[{name}]", "two of one name")


def _check_targets(found: Questionnaire, places: Sequence[_Place]) -> None:
    known = {END, *(one.id for one in found.questions)}
    for question, place in zip(found.questions, places, strict=True):
        if question.goto and question.goto not in known:
            place.refuse("goto", f"unknown target {question.goto}")
        for option in question.options:
            if option.goto and option.goto not in known:
                place.refuse(f"options[{option.id}].goto", f"unknown target {option.goto}")


def _check_actions(found: Questionnaire, places: Sequence[_Place]) -> None:
    for action, place in zip(found.actions, places, strict=True):
        question = found.question(action.question)
        if question is None:
            place.refuse("question", f"unknown question {action.question}")
        if question.kind not in {Kind.SINGLE, Kind.MULTIPLE} or question.option(action.option) is None:
            place.refuse("option", f"{action.question} has no option {action.option} to choose")


def _ways(found: Questionnaire, question: Question) -> list[str]:
    """List where a question can lead; a skipped one leads where it leads without an answer."""
    answers = [None, *(one.id for one in question.options if one.goto)]
    return list(dict.fromkeys(found.after(question, answer) for answer in answers))


def _check_ways(found: Questionnaire, top: _Place) -> None:
    """Refuse a loop and a question that nobody is asked."""
    done: set[str] = set()
    ways = {one.id: [way for way in _ways(found, one) if way != END] for one in found.questions}

    def walk(here: str, trail: tuple[str, ...]) -> None:
        if here in trail:
            loop = " -> ".join((*trail[trail.index(here) :], here))
            top.refuse(f"question[{trail[-1]}].goto", f"a loop: {loop}")
        if here not in done:
            for way in ways[here]:
                walk(way, (*trail, here))
            done.add(here)

    walk(found.questions[0].id, ())
    for question in found.questions:
        if question.id not in done:
            top.refuse(f"question[{question.id}]", "nobody is asked this: no way leads to it")
