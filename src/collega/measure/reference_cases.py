"""An app against the reference: by source, and by whether AI had been visible; pooled only where that is asked for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from collega.errors import InputError
from collega.model.reference import ReferenceLabel, ReferenceSource, TruthWord
from collega.stats.accuracy import Table, figures
from collega.stats.label_error import LabelError, freed

SHOWN = ("sensitivity", "specificity", "ppv", "npv")
UNKNOWN_ERROR = "label error unknown: no label check of these labels is done at this site"
NO_ERROR = "not made by a program from text"
MIXED = "mixed"
ErrorOf = Callable[[str], LabelError | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked: ``pool`` names groups, such as panel/no, that are counted together as well."""

    finding: str
    pool: tuple[str, ...] = ()
    confidence: float = 0.95


def latest_labels(labels: Iterable[ReferenceLabel]) -> tuple[ReferenceLabel, ...]:
    """Keep the last version of each label; none where it was withdrawn."""

    def place(one: ReferenceLabel) -> tuple[str, str, str, str]:
        return one.study_key, one.finding_id, one.source, one.origin

    ordered = sorted(labels, key=lambda one: (*place(one), one.number))
    last = (list(group)[-1] for _, group in groupby(ordered, place))
    return tuple(one for one in last if one.word is not TruthWord.WITHDRAWN)


def group_name(label: ReferenceLabel) -> str:
    """Name the group that a label is counted in: its source, and whether AI had been visible."""
    return f"{label.source}/{label.ai_visible}"


def against_reference(
    said: Mapping[str, bool | None], labels: Iterable[ReferenceLabel], question: Question, error_of: ErrorOf
) -> dict[str, Any]:
    """Answer as JSON: one block for each source and visibility, and a pooled one only where groups are named.

    Parameters
    ----------
    said : mapping
        What the app said of the finding, by study: None where it did not decide.
    labels : iterable of ReferenceLabel
        Of any finding and version.
    error_of : callable
        Gives the error of the labels of a labeller; None where none is known.

    Raises
    ------
    InputError
        A group is named that has no label.
    """
    mine = [one for one in latest_labels(labels) if one.finding_id == question.finding]
    groups: dict[str, list[ReferenceLabel]] = {}
    for label in mine:
        groups.setdefault(group_name(label), []).append(label)
    unknown = [name for name in question.pool if name not in groups]
    if unknown:
        there = ", ".join(sorted(groups)) or "none"
        message = f"--pool {', '.join(unknown)}: no such group of labels of {question.finding}; there are {there}"
        raise InputError(message)
    told = [_block(name, groups[name], said, question, error_of) for name in sorted(groups)]
    pooled = [label for name in dict.fromkeys(question.pool) for label in groups[name]]
    named = " + ".join(dict.fromkeys(question.pool))
    return {
        "finding": question.finding,
        "confidence": question.confidence,
        "groups": told,
        "pooled": _block(named, pooled, said, question, error_of) if pooled else None,
    }


def _block(
    name: str,
    labels: Sequence[ReferenceLabel],
    said: Mapping[str, bool | None],
    question: Question,
    error_of: ErrorOf,
) -> dict[str, Any]:
    known, left_out = truths(labels)
    table, without = _table(known, said)
    found = figures(table, confidence=question.confidence)
    strengths = {one.strength for one in labels}
    return {
        "group": name,
        "source": only({str(one.source) for one in labels}),
        "ai_visible": only({str(one.ai_visible) for one in labels}),
        "strength": only({str(one) for one in strengths}),
        "studies": len(known),
        "table": asdict(table),
        "left_out": {**left_out, **without},
        "figures": {key: asdict(found[key]) for key in SHOWN},
        **_of_labels(labels, table, question.confidence, error_of),
    }


def only(words: Collection[str]) -> str:
    """Give the one word that all share; ``mixed`` where they differ."""
    return next(iter(words)) if len(words) == 1 else MIXED


def truths(labels: Sequence[ReferenceLabel]) -> tuple[dict[str, bool], dict[str, int]]:
    """Give the truth of each study that has one; studies whose labels contradict each other have none."""
    words: dict[str, set[TruthWord]] = {}
    for label in labels:
        words.setdefault(label.study_key, set()).add(label.word)
    sure = {key: found - {TruthWord.UNCERTAIN} for key, found in words.items()}
    left_out = {
        "uncertain": sum(not found for found in sure.values()),
        "contradicting": sum(len(found) > 1 for found in sure.values()),
    }
    return {key: TruthWord.PRESENT in found for key, found in sure.items() if len(found) == 1}, left_out


def _table(known: Mapping[str, bool], said: Mapping[str, bool | None]) -> tuple[Table, dict[str, int]]:
    pairs = [(said[key], truth) for key, truth in known.items() if said.get(key) is not None]
    counts = {
        name: sum(bool(word) is test and truth is there for word, truth in pairs)
        for name, (test, there) in CELLS.items()
    }
    silent = sum(key not in said for key in known)
    return Table(**counts), {"app_did_not_analyse": silent, "app_did_not_decide": len(known) - silent - len(pairs)}


CELLS = {"tp": (True, True), "fp": (True, False), "fn": (False, True), "tn": (False, False)}


def _of_labels(labels: Sequence[ReferenceLabel], table: Table, confidence: float, error_of: ErrorOf) -> dict[str, Any]:
    """Tell the error of labels that a program made of reports, and the figures freed of it."""
    made = [one for one in labels if one.source is ReferenceSource.REPORT]
    if not made:
        return {"label_error": NO_ERROR, "corrected": None}
    errors = [error_of(labeller) for labeller in {one.origin for one in made}]
    if len(errors) != 1 or errors[0] is None or len(made) < len(labels):
        return {"label_error": UNKNOWN_ERROR, "corrected": None}
    error = errors[0]
    corrected = freed(table, error, confidence)
    told = {"sensitivity": asdict(error.sensitivity), "specificity": asdict(error.specificity), "read": error.read}
    return {
        "label_error": told,
        "corrected": {
            "sensitivity": asdict(corrected.sensitivity),
            "specificity": asdict(corrected.specificity),
            "prevalence": asdict(corrected.prevalence),
        },
    }
