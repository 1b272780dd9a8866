"""What ``collega roi`` says of the error of the labels that its figures rest on."""

from dataclasses import asdict
from typing import Any

from collega.stats.accuracy import NO_CASE, Figure
from collega.stats.label_error import LabelError, freed_share
from collega.value.measured import Measured
from collega.value.opportunity import Opportunity, Ranged

UNKNOWN = "unknown"
NOTHING = Figure(value=None, low=None, high=None, limit=NO_CASE)
# Inputs of a case that are counted from labels.
LABELLED = frozenset({"population.prevalence"})


def of_need(one: Opportunity, error: LabelError | None) -> dict[str, Any]:
    """Tell the label's error beside a need, and its share of normal reports freed of it."""
    return {"label_error": _told(error), "normal_corrected": asdict(ranged(corrected_normal(one, error)))}


def corrected_normal(one: Opportunity, error: LabelError | None) -> Figure:
    """Free the share of normal reports of the label's error; without a value where that is unknown."""
    normal = one.normal
    if error is None or normal.value is None:
        return NOTHING
    found = freed_share(round((1 - normal.value) * normal.n), normal.n, error)
    return _turned(found)


def _turned(one: Figure) -> Figure:
    """Give the share of the others."""
    if one.value is None or one.low is None or one.high is None:
        return one
    return Figure(value=1 - one.value, low=1 - one.high, high=1 - one.low, limit=one.limit)


def ranged(one: Figure) -> Ranged:
    """Give a figure as needs are told."""
    return Ranged(n=0, value=one.value, low=one.low, high=one.high)


def of_input(one: Measured, error: LabelError | None) -> dict[str, Any]:
    """Tell the label's error beside an input that is counted from labels, and the input freed of it."""
    if one.key not in LABELLED:
        return {}
    found = _freed(one, error)
    return {"label_error": _told(error), "corrected": {name: getattr(found, name) for name in ("value", "low", "high")}}


def _freed(one: Measured, error: LabelError | None) -> Figure:
    if error is None or one.value is None:
        return NOTHING
    return freed_share(round(one.value * one.n), one.n, error)


def note_of_input(one: Measured, error: LabelError | None) -> str:
    """Say it in a line; empty for an input that is not counted from labels."""
    if one.key not in LABELLED or one.value is None:
        return ""
    found = _freed(one, error)
    if found.value is None:
        return f"{one.key}: label error unknown"
    return f"{one.key}, freed of the label's error: {found.value:.4g} ({found.low:.4g} to {found.high:.4g})"


def note_of_error(error: LabelError | None) -> str:
    """Say what is known of the labels that tell normal from abnormal."""
    if error is None or error.sensitivity.value is None or error.specificity.value is None:
        return "normal, by labels of reports: label error unknown; see `collega reports check`"
    sure = (
        f"{name} {one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
        for name, one in (("sensitivity", error.sensitivity), ("specificity", error.specificity))
    )
    return f"label of abnormal, by {error.read} reports read again: {', '.join(sure)}"


def _told(error: LabelError | None) -> str | dict[str, Any]:
    if error is None:
        return UNKNOWN
    return {"sensitivity": asdict(error.sensitivity), "specificity": asdict(error.specificity), "read": error.read}
