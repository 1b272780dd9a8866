"""What ``collega roi`` says of the error of the labels that its figures rest on."""

from dataclasses import asdict, replace
from typing import Any

from collega.stats.accuracy import Figure
from collega.stats.label_error import LabelError, freed_share
from collega.value.case import Distribution
from collega.value.measured import Measured
from collega.value.opportunity import Opportunity

UNKNOWN = "unknown"
NOTHING = Figure(value=None, low=None, high=None, limit="no label check of these labels is done")
# Inputs of a case that are counted from labels.
LABELLED = frozenset({"population.prevalence"})


def of_need(one: Opportunity, error: LabelError | None) -> dict[str, Any]:
    """Tell the label's error, which a need's share of normal reports is freed of."""
    return {**asdict(one), "label_error": _told(error)}


def of_input(one: Measured, error: LabelError | None) -> dict[str, Any]:
    """Tell the label's error beside an input that is counted from labels, and the input freed of it."""
    if one.key not in LABELLED:
        return {}
    found = _freed(one, error)
    return {"label_error": _told(error), "corrected": {name: getattr(found, name) for name in ("value", "low", "high")}}


def for_case(one: Measured, error: LabelError | None) -> Measured:
    """Give an input as a case takes it: one that is counted from labels freed of their error, or why there is none."""
    if one.key not in LABELLED or one.value is None:
        return one
    found = _freed(one, error)
    if found.value is None or found.low is None or found.high is None:
        return Measured(key=one.key, n=one.n, why_not=f"label error unknown: {found.limit}")
    if not found.low < found.value < found.high:
        return Measured(key=one.key, n=one.n, why_not="freed of the label's error it is at the end of the scale")
    return replace(one, value=found.value, low=found.low, high=found.high, counts=None, distribution=Distribution.BETA)


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
        return f"{one.key}: label error unknown; a case does not take the raw share, see `collega reports check`"
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
