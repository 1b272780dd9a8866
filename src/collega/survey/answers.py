"""Answers as a table: one line a person, as the survey tool of the hospital gives them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collega.errors import InputError
from collega.formats.csv_table import ABSENT, PRESENT, Row
from collega.survey.questionnaire import CHOSEN, Kind, Question, Questionnaire

Value = str | tuple[str, ...] | float
WAVE = "wave"
SEPARATOR = "|"
# `barriers[expertise]`, as common tools spread one question over columns.
PART = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What one person answered, by question: option, options, ranked options, number or words.

    Attributes
    ----------
    wave : str
        Which round of asking; empty where there was one.
    off_way : int
        Answers left out, since the other answers lead past their questions.
    """

    wave: str
    answers: Mapping[str, Value]
    off_way: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """All people, and the columns that mean nothing here."""

    people: tuple[Person, ...]
    unknown: tuple[str, ...] = ()


def read_answers(rows: Sequence[Row], asked: Questionnaire) -> Answers:
    """Read a table against its questionnaire.

    Parameters
    ----------
    rows : sequence of Row
        Columns are the questions' ids; an empty cell is no answer. Several options of one question stand in its cell,
        separated by ``|``, or in columns ``question[option]`` (yes or no) and, ranked, ``question[1]`` and so on.
        ``wave`` tells rounds apart. Options are written by id, or in the words of either language.

    Raises
    ------
    InputError
        A cell holds no answer of its question, or no column is a question.
    """
    columns = list(rows[0].cells)
    named = {column: match[1] for column in columns if (match := PART.fullmatch(column))}
    known = {one.id for one in asked.questions}
    if not known & {*columns, *named.values()}:
        message = f"{rows[0].table}: no column is a question; there are {', '.join(sorted(known))}"
        raise InputError(message)
    unknown = tuple(one for one in columns if one != WAVE and named.get(one, one) not in known)
    return Answers(people=tuple(_person(row, asked) for row in rows), unknown=unknown)


def _person(row: Row, asked: Questionnaire) -> Person:
    given: dict[str, Value] = {}
    for question in asked.questions:
        if (value := read_value(row, question)) is not None:
            given[question.id] = value
    on_way = {one.id for one in asked.path(given)}
    kept = {name: value for name, value in given.items() if name in on_way}
    return Person(wave=row.cells.get(WAVE, ""), answers=kept, off_way=len(given) - len(kept))


def as_cells(answers: Mapping[str, Value]) -> dict[str, str]:
    """Write answers as cells that `read_value` reads; to have chosen none is an answer too."""
    return {name: _as_cell(value) for name, value in answers.items()}


def _as_cell(value: Value) -> str:
    if isinstance(value, tuple):
        return SEPARATOR.join(value) or SEPARATOR
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def read_value(row: Row, question: Question) -> Value | None:
    """Read what a line says to a question; None where it says nothing.

    Raises
    ------
    InputError
        The cell holds no answer of its question.
    """
    if question.kind in {Kind.MULTIPLE, Kind.RANKED} and (spread := _spread(row, question)) is not None:
        return spread
    if not row.has(question.id):
        return None
    if question.kind is Kind.OPEN:
        return row.text(question.id)
    if question.kind not in CHOSEN:
        return _number(row, question)
    if question.kind is Kind.SINGLE:
        return _option(row, question.id, question, row.text(question.id))
    found = tuple(_option(row, question.id, question, one) for one in row.text(question.id).split(SEPARATOR) if one)
    return _once(row, question, found)


def _spread(row: Row, question: Question) -> tuple[str, ...] | None:
    """Read a question that is spread over columns; None where all its cells are empty: to choose none is an answer."""
    found: list[tuple[int, str]] = []
    answered = False
    for column in row.cells:
        match = PART.fullmatch(column)
        if not match or match[1] != question.id or not row.has(column):
            continue
        answered = True
        if question.kind is Kind.RANKED:
            if not match[2].isdecimal():
                raise row.complain(column, f"write the place, {question.id}[1], {question.id}[2] and so on")
            found.append((int(match[2]), _option(row, column, question, row.text(column))))
        elif _chosen(row, column):
            found.append((len(found), _option(row, column, question, match[2])))
    return _once(row, question, tuple(name for _, name in sorted(found))) if answered else None


def _chosen(row: Row, column: str) -> bool:
    written = row.text(column).casefold()
    if written not in PRESENT | ABSENT:
        raise row.complain(column, f"{row.text(column)!r} is neither yes nor no")
    return written in PRESENT


def _option(row: Row, column: str, question: Question, written: str) -> str:
    wanted = written.strip().casefold()
    for option in question.options:
        if wanted in {option.id, option.text.en.casefold(), option.text.nl.casefold()}:
            return option.id
    raise row.complain(column, f"{written!r} is none of {', '.join(one.id for one in question.options)}")


def _once(row: Row, question: Question, found: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(found)) < len(found):
        raise row.complain(question.id, "an option stands there twice")
    return found


def _number(row: Row, question: Question) -> float:
    found = row.number(question.id)
    low, high = question.low, question.high
    if (low is not None and found < low) or (high is not None and found > high):
        raise row.complain(question.id, f"{found:g} is outside {low} to {high}")
    if question.kind is Kind.SCALE and not found.is_integer():
        raise row.complain(question.id, f"{found:g} is no point of the scale")
    return found
