"""What the answers say: every share with its own number of answers and an interval, small cells hidden."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np

from collega.errors import InputError
from collega.stats.distributions import t_quantile
from collega.stats.raking import effective, rake
from collega.stats.reliability import cronbach
from collega.survey.answers import Answers, Person
from collega.survey.compare import between, over_time
from collega.survey.questionnaire import Kind, Question, Questionnaire
from collega.survey.readiness import readiness
from collega.survey.share import share
from collega.survey.suppress import EVERYBODY, FEWEST, NO_GROUP, Counted, N, Sheet
from collega.survey.tabulate import NOT, column, count, groupings, sheets

Margins = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wave:
    """One round of asking, counted."""

    name: str
    people: tuple[Person, ...]
    counted: tuple[tuple[Question, Sheet, Counted], ...]


def analyse(
    asked: Questionnaire, answers: Answers, *, confidence: float = 0.95, margins: Margins | None = None
) -> dict[str, Any]:
    """Tell what was answered in the last wave, and what changed since the one before each.

    Parameters
    ----------
    margins : mapping, optional
        Known shares of each group by grouping question, for weights; those without an answer there are left out of
        weighted shares.

    Raises
    ------
    InputError
        Margins do not fit the answers.
    """
    groups = groupings(asked)
    names = sorted({one.wave for one in answers.people}, key=_order)
    waves = [_wave(name, asked, answers.people, groups) for name in names]
    last = waves[-1]
    weights = _weights(last.people, margins) if margins else {}
    return {
        "questionnaire": asked.id,
        "version": asked.version,
        "title": {"en": asked.title.en, "nl": asked.title.nl},
        "confidence": confidence,
        "fewest": FEWEST,
        "waves": [{"wave": one.name, "n": len(one.people)} for one in waves],
        "n": len(last.people),
        "items": [_item(question, last, weights, confidence) for question in asked.questions],
        "groups": [told for name in groups for told in between(name, groups[name], last, confidence)],
        "trends": [told for old, new in pairwise(waves) for told in over_time(old, new, confidence)],
        "scales": _scales(asked, last.people, confidence),
        "readiness": readiness(asked, waves, confidence),
        "notes": _notes(asked, answers, last, weights),
    }


def _order(name: str) -> list[tuple[int, str]]:
    """Put 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _wave(name: str, asked: Questionnaire, people: Sequence[Person], groups: Mapping[str, tuple[str, ...]]) -> Wave:
    those = tuple(one for one in people if one.wave == name)
    found = tuple((one, sheet, count(sheet, those, groups)) for one in asked.questions for sheet in sheets(one))
    return Wave(name=name, people=those, counted=found)


def _item(question: Question, wave: Wave, weights: Mapping[int, float], confidence: float) -> dict[str, Any]:
    values = [one.answers[question.id] for one in wave.people if question.id in one.answers]
    enough = len(values) >= FEWEST
    told: dict[str, Any] = {
        "id": question.id,
        "kind": str(question.kind),
        "text": {"en": question.text.en, "nl": question.text.nl},
        "n": len(values) if enough else None,
    }
    own = [(sheet, table) for one, sheet, table in wave.counted if one is question]
    told["options"] = [
        _share(sheet, table, name, wave.people, weights, confidence)
        for sheet, table in own
        for name in (*sheet.columns, *sheet.sums)
        if not name.startswith(NOT)
    ]
    # A mean is one more sum: beside hidden counts it would tell them.
    enough = enough and all(table.shown(EVERYBODY, name) is not None for sheet, table in own for name in sheet.columns)
    numbers = [float(value) for value in values if isinstance(value, float)]
    if enough and numbers:
        told["mean"] = _mean(numbers, confidence)
    if enough and question.kind is Kind.RANKED:
        told["places"] = _places(question, [value for value in values if isinstance(value, tuple)])
    if question.kind is Kind.OPEN:
        # In the order of the alphabet: the order of lines tells who.
        told["answers"] = sorted((str(value) for value in values), key=str.casefold) if enough else []
    return told


def _share(  # noqa: PLR0913 - what a share is made of
    sheet: Sheet,
    table: Counted,
    name: str,
    people: Sequence[Person],
    weights: Mapping[int, float],
    confidence: float,
) -> dict[str, Any]:
    found, n = table.shown(EVERYBODY, name), table.shown(EVERYBODY, N)
    told = share(name, found, n, confidence)
    if weights and found is not None and _open(table, name):
        inside = _columns(sheet, name)
        given = [(weight, column(sheet, people[place])) for place, weight in weights.items()]
        mine = [weight for weight, where in given if where is not None]
        total, size = sum(mine), effective(mine)
        weighted = sum(weight for weight, where in given if where in inside) / total if total else 0.0
        low, high = _wilson_share(weighted, size, confidence)
        told["weighted"] = {"share": weighted, "low": low, "high": high, "effective_n": size}
    return told


def _open(table: Counted, name: str) -> bool:
    """Tell whether the count is told for every group: a weighted share is one more sum, and would tell hidden ones."""
    rows = {row for row, column_ in table.counts if column_ == N and table.counts[row, N]}
    return all(table.shown(row, name) is not None for row in rows if not row.endswith(f"={NO_GROUP}"))


def _columns(sheet: Sheet, name: str) -> set[str]:
    return {one for part in sheet.sums[name] for one in _columns(sheet, part)} if name in sheet.sums else {name}


def _wilson_share(p: float, n: float, confidence: float) -> tuple[float, float]:
    """Interval of Wilson where the number of answers is an effective one, and no whole number."""
    z = t_quantile((1 + confidence) / 2, float("inf"))
    if not n:
        return 0.0, 1.0
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    middle, scale = p + z * z / (2 * n), 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _mean(numbers: Sequence[float], confidence: float) -> dict[str, float | None]:
    spread = stdev(numbers)
    half = t_quantile((1 + confidence) / 2, len(numbers) - 1) * spread / sqrt(len(numbers))
    middle = fmean(numbers)
    low, high = (middle - half, middle + half) if spread else (None, None)
    return {"value": middle, "low": low, "high": high, "sd": spread, "n": len(numbers)}


def _places(question: Question, ranked: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Tell the mean place of each option among those who ranked it, where they are enough."""
    seen: Counter[str] = Counter(name for one in ranked for name in one)
    return [
        {
            "id": option.id,
            "n": seen[option.id] if seen[option.id] >= FEWEST else None,
            "mean_place": fmean(one.index(option.id) + 1 for one in ranked if option.id in one)
            if seen[option.id] >= FEWEST
            else None,
        }
        for option in question.options
    ]


def _scales(asked: Questionnaire, people: Sequence[Person], confidence: float) -> list[dict[str, Any]]:
    told = []
    for name in dict.fromkeys(one.scale for one in asked.questions if one.scale):
        items = [one for one in asked.questions if one.scale == name]
        complete = [
            [_turned(item, float(one.answers[item.id])) for item in items]  # type: ignore[arg-type]
            for one in people
            if all(item.id in one.answers for item in items)
        ]
        alpha = cronbach(np.array(complete), confidence) if len(complete) >= FEWEST else None
        told.append(
            {
                "scale": name,
                "items": [item.id for item in items],
                "n": len(complete) if len(complete) >= FEWEST else None,
                "alpha": alpha.value if alpha else None,
                "low": alpha.low if alpha else None,
                "high": alpha.high if alpha else None,
            }
        )
    return told


def _turned(item: Question, value: float) -> float:
    return (item.low or 0) + (item.high or 0) - value if item.reversed else value


def _weights(people: Sequence[Person], margins: Margins) -> dict[int, float]:
    """Give weights by place of those who told every group."""
    known = [
        (place, {name: str(one.answers[name]) for name in margins})
        for place, one in enumerate(people)
        if all(name in one.answers for name in margins)
    ]
    try:
        found = rake([membership for _, membership in known], margins)
    except ValueError as error:
        message = f"weights: {error}"
        raise InputError(message) from error
    return {place: weight for (place, _), weight in zip(known, found, strict=True)}


def _notes(asked: Questionnaire, answers: Answers, last: Wave, weights: Mapping[int, float]) -> list[str]:
    notes = [f"column {name} is no question and was left out" for name in answers.unknown]
    if off := sum(one.off_way for one in answers.people):
        notes.append(f"{off} answers were left out: other answers of the same person lead past their questions")
    if weights and len(weights) < len(last.people):
        notes.append("those who did not tell their group are left out of weighted shares")
    if any(table.shown(EVERYBODY, name) is None for _, _, table in last.counted for _, name in table.counts):
        notes.append(f"counts below {FEWEST}, and those from which they would follow, are not told")
    if any(one.kind is Kind.OPEN for one in asked.questions):
        notes.append("open answers are told as written, by themselves: read them before they are passed on")
    return notes
