"""An app's versions against the reference of a site: by source, by subgroup, and one version against the next (R39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.reference_cases import (
    ErrorOf,
    Question,
    against_reference,
    group_name,
    latest_labels,
    truths,
)
from collega.measure.scores import pair
from collega.measure.subgroups import BY, Intervals, multiplicity, weakness_map
from collega.measure.versions import Asked, compare_versions
from collega.model.reference import ReferenceLabel

WORDS = {True: "1", False: "0"}
# What an app said of a finding is taken as a score of 0 or 1: which threshold was in force is in the word already.
SAID_PRESENT = 0.5
Word = Mapping[str, bool | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What one version said of a finding, by study key: None where it did not decide."""

    version: str
    said: Word


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What is known of a study: its name in lists of cases, and its place in each of `BY`."""

    name: str
    places: Mapping[str, str]


def by_version(
    spoken: Sequence[Spoken],
    labels: Sequence[ReferenceLabel],
    about: Mapping[str, About],
    question: Question,
    error_of: ErrorOf,
) -> dict[str, Any]:
    """Answer as JSON; sources of labels are never counted together.

    Parameters
    ----------
    spoken : sequence of Spoken
        In the order of the versions.
    labels : sequence of ReferenceLabel
        Of any finding and version.
    about : mapping
        By study key, of every study that a version spoke of.
    """
    groups: dict[str, list[ReferenceLabel]] = {}
    for label in latest_labels(labels):
        if label.finding_id == question.finding:
            groups.setdefault(group_name(label), []).append(label)
    known = {name: truths(found)[0] for name, found in sorted(groups.items())}
    return {
        "finding": question.finding,
        "confidence": question.confidence,
        "versions": [_version(one, labels, known, about, question, error_of) for one in spoken],
        "comparisons": [
            {"first": first.version, "second": second.version, "group": name, **_against(first, second, truth, about)}
            for first, second in pairwise(spoken)
            for name, truth in known.items()
        ],
    }


def _version(  # noqa: PLR0913 - one version, one account
    one: Spoken,
    labels: Sequence[ReferenceLabel],
    known: Mapping[str, Mapping[str, bool]],
    about: Mapping[str, About],
    question: Question,
    error_of: ErrorOf,
) -> dict[str, Any]:
    told = against_reference(one.said, labels, question, error_of)
    blocks = [
        {**block, **_weak(one, known[block["group"]], about, question.confidence)}
        for block in told["groups"]
        if any(block["table"].values())
    ]
    return {"version": one.version, "analysed": len(one.said), "groups": blocks}


def _weak(one: Spoken, truth: Mapping[str, bool], about: Mapping[str, About], confidence: float) -> dict[str, Any]:
    """Map the weaknesses of a version; where one class is missing there is none, and it is said."""
    keys = sorted(key for key in truth if one.said.get(key) is not None)
    try:
        pairs = pair(_scores(one, keys, about), _reference(truth, keys, about))
    except InputError:
        return {"subgroups": [], "multiplicity": "", "limit": "one class has no case: no subgroup can be set apart"}
    found = weakness_map(pairs, pairs.scores >= SAID_PRESENT, BY, Intervals(confidence=confidence))
    # An area under a curve of words that are yes or no would tell nothing new.
    groups = [{key: value for key, value in group.items() if key != "auc"} for group in found]
    return {"subgroups": groups, "multiplicity": multiplicity(found), "limit": ""}


def _against(first: Spoken, second: Spoken, truth: Mapping[str, bool], about: Mapping[str, About]) -> dict[str, Any]:
    """Set two versions beside each other on the studies that both decided."""
    keys = sorted(key for key in truth if first.said.get(key) is not None and second.said.get(key) is not None)
    asked = Asked(first_threshold=SAID_PRESENT, second_threshold=SAID_PRESENT)
    tables = _scores(first, keys, about), _scores(second, keys, about), _reference(truth, keys, about)
    try:
        told = compare_versions(*tables, asked) if keys else None
    except InputError:
        told = None
    if told is None:
        limit = "no study has a word of both" if not keys else "one class has no case: they cannot be compared"
        return {"cases": len(keys), "limit": limit}
    return {**{key: value for key, value in told.items() if key not in {"auc", "not_analysed"}}, "limit": ""}


def _scores(one: Spoken, keys: Sequence[str], about: Mapping[str, About]) -> tuple[Row, ...]:
    return tuple(
        Row(table="words of the app", line=line, cells={"case": about[key].name, "score": WORDS[bool(one.said[key])]})
        for line, key in enumerate(keys, 2)
    )


def _reference(truth: Mapping[str, bool], keys: Sequence[str], about: Mapping[str, About]) -> tuple[Row, ...]:
    return tuple(
        Row(
            table="reference of this site",
            line=line,
            cells={
                "case": about[key].name,
                "truth": WORDS[truth[key]],
                **{name: about[key].places.get(name, "") for name in BY},
            },
        )
        for line, key in enumerate(keys, 2)
    )
