"""Filling in a questionnaire, one question at a time: which comes now, and what a form says."""

from collections.abc import Mapping

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.survey.answers import SEPARATOR, read_value
from collega.survey.questionnaire import Kind, Question, Questionnaire

LONGEST = 2000


def next_question(asked: Questionnaire, cells: Mapping[str, str]) -> Question | None:
    """Give the first question on somebody's way that was neither answered nor passed over; None at the end.

    Parameters
    ----------
    cells : mapping of str to str
        What was answered, by question, as it stands in a table; empty where it was passed over.
    """
    return next((one for one in asked.path(cells) if one.id not in cells), None)


def place_of(asked: Questionnaire, cells: Mapping[str, str], question: Question) -> tuple[int, int]:
    """Tell the how manieth question this is, of how many as far as is known."""
    way = [one.id for one in asked.path(cells)]
    return (way.index(question.id) + 1 if question.id in way else len(way), len(way))


def cell_of(question: Question, form: Mapping[str, str]) -> str:
    """Read an answer from a form, as a cell of the table of answers; empty where nothing was said.

    Raises
    ------
    InputError
        It is no answer of this question.
    """
    if question.kind is Kind.MULTIPLE:
        cell = SEPARATOR.join(one.id for one in question.options if form.get(f"option_{one.id}"))
    elif question.kind is Kind.RANKED:
        cell = _ranked(question, form)
    else:
        cell = form.get("answer", "").replace("\0", "").strip()[:LONGEST]
    if cell:
        read_value(Row(table="answer", line=1, cells={question.id: cell}), question)
    return cell


def _ranked(question: Question, form: Mapping[str, str]) -> str:
    places = {one.id: form.get(f"place_{one.id}", "") for one in question.options}
    chosen = {name: int(place) for name, place in places.items() if place.isdecimal()}
    if len(set(chosen.values())) < len(chosen):
        message = "two have the same place"
        raise InputError(message)
    return SEPARATOR.join(sorted(chosen, key=lambda name: chosen[name]))
