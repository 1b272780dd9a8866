"""Reading ``card.toml``: what a maker tells of an app, held against the table of fields."""

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from collega.errors import ManifestError
from collega.model.card import NOT_DISCLOSED, NOT_MEASURED, STUDIES, Card, CardField, Kind, Value, Values
from collega.model.card_fields import FIELDS
from collega.model.code import Text

FILE = "card.toml"
SCHEMA = "collega/card/1"
TOP = {"schema", "simulator", STUDIES, "plain"}
MOST_SHOWN = 60
BY_SECTION: Mapping[str, Mapping[str, CardField]] = {
    section: {asked.name: asked for asked in FIELDS if asked.section == section}
    for section in dict.fromkeys(asked.section for asked in FIELDS)
}


def read_card(folder: Path) -> Card | None:
    """Read the card of the app in ``folder``; None where it has none.

    Raises
    ------
    ManifestError
        Names the file, the key, and what was expected; one line per problem.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: not readable as TOML: {error}"
        raise ManifestError(message) from None
    problems = [f"{file}: {problem}" for problem in card_problems(data)]
    if problems:
        raise ManifestError("\n".join(problems))
    return _card(data)


def card_problems(data: Mapping[str, Any]) -> list[str]:
    """List what is wrong with a card, each with its key and what was expected; what is left out is not wrong."""
    return [*_top(data), *_tables(data), *_studies(data.get(STUDIES, [])), *_plain(data.get("plain", {}))]


def _top(data: Mapping[str, Any]) -> Iterator[str]:
    if data.get("schema") != SCHEMA:
        yield f"schema: expected {SCHEMA!r}, got {data.get('schema')!r}"
    if not isinstance(data.get("simulator", False), bool):
        yield "simulator: expected true or false"
    for key in data.keys() - TOP - BY_SECTION.keys():
        yield f"unknown key {key}; expected only {', '.join(sorted(TOP | BY_SECTION.keys()))}"


def _tables(data: Mapping[str, Any]) -> Iterator[str]:
    for section in BY_SECTION.keys() - {STUDIES}:
        yield from _values(section, data.get(section, {}), BY_SECTION[section])


def _studies(studies: object) -> Iterator[str]:
    if not isinstance(studies, list):
        yield f"{STUDIES}: expected tables [[{STUDIES}]], got {_shown(studies)}"
        return
    for number, study in enumerate(studies):
        yield from _values(f"{STUDIES}[{number}]", study, BY_SECTION[STUDIES])


def _plain(plain: object) -> Iterator[str]:
    if not isinstance(plain, Mapping):
        yield f"plain: expected tables [plain.ROLE], got {_shown(plain)}"
        return
    for role, text in plain.items():
        if not _is_both(text):
            yield f"plain.{role}: expected the texts en and nl, got {_shown(text)}"


def _values(place: str, given: object, fields: Mapping[str, CardField]) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"{place}: expected a table, got {_shown(given)}"
        return
    for name, value in given.items():
        if name not in fields:
            yield f"{place}: unknown key {name}; expected only {', '.join(fields)}"
        elif value != NOT_DISCLOSED and (expected := _expected(value, fields[name])):
            yield f"{place}.{name}: expected {expected} or {NOT_DISCLOSED!r}, got {_shown(value)}"


def _expected(value: object, asked: CardField) -> str:
    """Say what should stand in a field; empty where it does."""
    if asked.kind is Kind.CHOICE:
        return "" if value in asked.choices else f"one of {', '.join(asked.choices)}"
    if asked.kind is Kind.CHOICES:
        fits = _is_words(value) and set(cast("list[str]", value)) <= set(asked.choices)
        return "" if fits else f"some of {', '.join(asked.choices)}"
    test, words = FORMS[asked.kind]
    measured = asked.kind in {Kind.NUMBER, Kind.ESTIMATE}
    fits = test(value) or (measured and value == NOT_MEASURED)
    return "" if fits else f"{words}, {NOT_MEASURED!r}" if measured else words


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_both(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"en", "nl"} and all(map(_is_text, value.values()))


def _is_words(value: Any) -> bool:  # noqa: ANN401 - as TOML has it
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_numbers(value: object, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(map(_is_number, value))


def _is_range(value: Any) -> bool:  # noqa: ANN401 - as TOML has it
    return _is_numbers(value, 2) and value[0] <= value[1]


def _is_estimate(value: Any) -> bool:  # noqa: ANN401 - as TOML has it
    return _is_numbers(value, 3) and value[1] <= value[0] <= value[2] <= 1


FORMS: Mapping[Kind, tuple[Callable[[object], bool], str]] = {
    Kind.TEXT: (_is_text, "text"),
    Kind.BOTH: (_is_both, "the texts en and nl"),
    Kind.WORDS: (_is_words, "a list of words"),
    Kind.DATE: (lambda value: isinstance(value, date) and not isinstance(value, datetime), "a date as 2026-11-24"),
    Kind.NUMBER: (_is_number, "a number from 0 on"),
    Kind.FLAG: (lambda value: isinstance(value, bool), "true or false"),
    Kind.RANGE: (_is_range, "[lowest, highest]"),
    Kind.ESTIMATE: (_is_estimate, "[estimate, lower, upper], each from 0 to 1"),
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def _card(data: Mapping[str, Any]) -> Card:
    values = {
        f"{section}.{name}": _value(value)
        for section in BY_SECTION.keys() - {STUDIES}
        for name, value in data.get(section, {}).items()
    }
    return Card(
        values=values,
        studies=tuple(_study(study) for study in data.get(STUDIES, [])),
        plain={role: Text(**text) for role, text in data.get("plain", {}).items()},
        is_simulator=data.get("simulator", False),
    )


def _study(data: Mapping[str, Any]) -> Values:
    return {name: _value(value) for name, value in data.items()}


def _value(value: Any) -> Value:  # noqa: ANN401 - as TOML has it
    if isinstance(value, Mapping):
        return Text(**value)
    found: Value = tuple(value) if isinstance(value, list) else value
    return found
