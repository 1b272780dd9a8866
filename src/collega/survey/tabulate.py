"""From answers to counts: what is counted of each kind of question."""

from collections.abc import Iterator, Mapping, Sequence

from collega.survey.answers import Person
from collega.survey.questionnaire import Kind, Question, Questionnaire
from collega.survey.suppress import Counted, Sheet, counted

AGREE, DISAGREE = "agree", "disagree"
NOT, UP_TO = "not:", "up_to:"


def sheets(question: Question) -> tuple[Sheet, ...]:
    """Give what is counted: one table, or for several answers one for each option; none of numbers and words."""
    names = tuple(option.id for option in question.options)
    match question.kind:
        case Kind.MULTIPLE:
            return tuple(Sheet(question=question.id, columns=(name, NOT + name), sums={}) for name in names)
        case Kind.SINGLE:
            return (Sheet(question=question.id, columns=names, sums=_up_to(names) if question.cumulative else {}),)
        case Kind.RANKED:
            return (Sheet(question=question.id, columns=names, sums={}),)
        case Kind.SCALE:
            return (Sheet(question=question.id, columns=points(question), sums=_agreeing(question)),)
        case _:
            return ()


def points(question: Question) -> tuple[str, ...]:
    """Name the points of a scale."""
    return tuple(str(point) for point in range(int(question.low or 0), int(question.high or 0) + 1))


def count(sheet: Sheet, people: Sequence[Person], groups: Mapping[str, tuple[str, ...]]) -> Counted:
    """Count one sheet for everybody and each group."""
    others = {name: members for name, members in groups.items() if name != sheet.question}
    return counted(sheet, _given(sheet, people, tuple(others)), others)


def column(sheet: Sheet, person: Person) -> str | None:
    """Tell in which column a person stands; None without an answer."""
    value = person.answers.get(sheet.question)
    if value is None:
        return None
    if isinstance(value, float):
        return str(int(value))
    if isinstance(value, str):
        return value
    if sheet.columns[1:] == (NOT + sheet.columns[0],):
        return sheet.columns[0] if sheet.columns[0] in value else NOT + sheet.columns[0]
    return value[0] if value else None


def groupings(asked: Questionnaire) -> dict[str, tuple[str, ...]]:
    """Give the groups of people by the question that tells them apart."""
    return {one.id: tuple(option.id for option in one.options) for one in asked.questions if one.group}


def _given(sheet: Sheet, people: Sequence[Person], groups: Sequence[str]) -> Iterator[tuple[Mapping[str, str], str]]:
    for person in people:
        if (where := column(sheet, person)) is not None:
            yield {name: str(person.answers[name]) for name in groups if name in person.answers}, where


def _up_to(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Sum up in order; all of them is everybody, and is left out."""
    inner = names[1:-1]
    before = (names[0], *(UP_TO + name for name in inner))
    return {UP_TO + name: (last, name) for last, name in zip(before, inner, strict=False)}


def _agreeing(question: Question) -> dict[str, tuple[str, ...]]:
    if question.agree_from is None:
        return {}
    names = points(question)
    cut = names.index(str(question.agree_from))
    return {AGREE: names[cut:], DISAGREE: names[:cut]}
