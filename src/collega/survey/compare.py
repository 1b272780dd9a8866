"""Groups and waves held against each other."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from collega.stats.contingency import change_z, chi_squared, ratio
from collega.stats.proportion import fisher, newcombe
from collega.stats.ranks import mann_whitney
from collega.survey.answers import Person
from collega.survey.questionnaire import Kind, Question
from collega.survey.suppress import EVERYBODY, FEWEST, Counted, N, Sheet
from collega.survey.tabulate import NOT

TWO = 2


class Counts(Protocol):
    """A wave as it is needed here."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def people(self) -> tuple[Person, ...]:
        """Who answered."""

    @property
    def counted(self) -> tuple[tuple[Question, Sheet, Counted], ...]:
        """What they answered."""


def between(grouping: str, members: Sequence[str], wave: Counts, confidence: float) -> Iterator[dict[str, Any]]:
    """Hold the groups of one grouping against each other, question by question.

    With two groups each share of the first is held against the second: ratio, difference, Fisher's test. A figure is
    left out where a count that it is made of is hidden.
    """
    for question, sheet, table in wave.counted:
        if question.id == grouping:
            continue
        told: dict[str, Any] = {
            "by": grouping,
            "item": question.id,
            "groups": [_group(sheet, table, f"{grouping}={one}", one) for one in members],
            "chi_squared": _chi(sheet, table, [f"{grouping}={one}" for one in members]),
            "mann_whitney": None,
            "ratios": [],
        }
        if len(members) == TWO:
            told["ratios"] = _ratios(sheet, table, grouping, members, confidence)
            told["mann_whitney"] = _ranks(question, sheet, table, grouping, members, wave.people)
        yield told


def _group(sheet: Sheet, table: Counted, row: str, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "n": table.shown(row, N),
        "counts": {one: table.shown(row, one) for one in (*sheet.columns, *sheet.sums) if not one.startswith(NOT)},
    }


def _chi(sheet: Sheet, table: Counted, rows: Sequence[str]) -> dict[str, float] | None:
    counts = [[table.shown(row, one) for one in sheet.columns] for row in rows]
    whole = [[cell for cell in line if cell is not None] for line in counts]
    if any(None in line for line in counts) or (found := chi_squared(whole)) is None:
        return None
    return {"value": found.value, "df": found.df, "p": found.p, "smallest_expected": found.smallest}


def _ratios(
    sheet: Sheet, table: Counted, grouping: str, members: Sequence[str], confidence: float
) -> list[dict[str, Any]]:
    told = []
    for name in (*sheet.columns, *sheet.sums):
        first, second = (pair(table, f"{grouping}={one}", name) for one in members)
        if name.startswith(NOT) or first is None or second is None:
            continue
        found = ratio(first, second, confidence)
        low, high = newcombe(first, second, confidence)
        told.append(
            {
                "option": name,
                "groups": list(members),
                "first": {"count": first[0], "n": first[1], "share": first[0] / first[1]},
                "second": {"count": second[0], "n": second[1], "share": second[0] / second[1]},
                "ratio": found.value,
                "low": found.low,
                "high": found.high,
                "difference": first[0] / first[1] - second[0] / second[1],
                "difference_low": low,
                "difference_high": high,
                "fisher_p": fisher(first, second),
            }
        )
    return told


def _ranks(  # noqa: PLR0913 - what a comparison is made of
    question: Question, sheet: Sheet, table: Counted, grouping: str, members: Sequence[str], people: Sequence[Person]
) -> dict[str, Any] | None:
    counts = [table.shown(f"{grouping}={one}", point) for one in members for point in sheet.columns]
    if question.kind is not Kind.SCALE or None in counts:
        return None
    first, second = (
        [
            float(value)
            for person in people
            if person.answers.get(grouping) == one and isinstance(value := person.answers.get(question.id), float)
        ]
        for one in members
    )
    found = mann_whitney(first, second)
    return {"u": found.u, "superiority": found.superiority, "z": found.z, "p": found.p}


def over_time(old: Counts, new: Counts, confidence: float) -> Iterator[dict[str, Any]]:
    """Hold each share of a wave against that of the wave before."""
    for (question, sheet, before), (_, _, after) in zip(old.counted, new.counted, strict=True):
        for name in (*sheet.columns, *sheet.sums):
            told = None if name.startswith(NOT) else change(before, after, name, confidence)
            if told is not None:
                yield {"item": question.id, "option": name, "from": old.name, "to": new.name, **told}


def change(before: Counted, after: Counted, name: str, confidence: float) -> dict[str, Any] | None:
    """Tell how a share of everybody changed; None where one of the two is hidden."""
    first, second = pair(before, EVERYBODY, name), pair(after, EVERYBODY, name)
    if first is None or second is None:
        return None
    low, high = newcombe(second, first, confidence)
    tested = change_z(first, second)
    return {
        "before": {"count": first[0], "n": first[1], "share": first[0] / first[1]},
        "after": {"count": second[0], "n": second[1], "share": second[0] / second[1]},
        "difference": second[0] / second[1] - first[0] / first[1],
        "low": low,
        "high": high,
        "z": tested[0] if tested else None,
        "chi_squared": tested[0] ** 2 if tested else None,
        "p": tested[1] if tested else None,
    }


def pair(table: Counted, row: str, name: str) -> tuple[int, int] | None:
    """Give count and number of answers, or None where they are hidden."""
    found, n = table.shown(row, name), table.shown(row, N)
    return None if found is None or n is None or n < FEWEST else (found, n)
