"""The error of labels in a report of a validation: unknown, which is said first, or beside the figures it changes."""

from collections.abc import Mapping
from typing import Any

from collega.formats.validation_parts import NONE, Part, Tongue

# How tables name a label that a program read from a report.
OF_REPORTS = ("report", "verslag")
# The worse one first; see `collega.model.label.Reservation`.
RESERVED = ("language", "guess")


def is_error_unknown(told: Mapping[str, Any]) -> bool:
    """Tell whether labels of reports count whose error nobody has measured; a report kept earlier is one of those."""
    beside = told.get("label_errors")
    if beside is None:
        return any(word in name.casefold() for name in told["truth"]["label_source"] for word in OF_REPORTS)
    return any(
        "report" in block["group"] and not _is_known(block["label_error"])
        for block in beside["groups"]
        if block["group"] in beside["counted"]
    )


def reserved_warnings(reserved: Mapping[str, int] | None, say: Tongue) -> list[str]:
    """Say how many signed reports have labels that are worth less, by why; nothing where that was not counted yet."""
    return [say.word(f"reserved_{name}", count=reserved[name]) for name in RESERVED if reserved and reserved.get(name)]


def _is_known(error: str | Mapping[str, Any]) -> bool:
    """Tell whether a check found a value: one whose reports all had the same label finds none."""
    return not isinstance(error, str) and None not in {error[name]["value"] for name in ("sensitivity", "specificity")}


def label_error_parts(told: Mapping[str, Any], say: Tongue) -> list[Part]:
    """Set figures of every source and visibility beside those freed of the label's error."""
    beside = told.get("label_errors")
    if beside is None:
        return []
    blocks = [*beside["groups"], *([beside["pooled"]] if beside["pooled"] else [])]
    columns = (
        *say.heading("group", "label_strength", "cases", "sensitivity", "specificity", "label_right"),
        *say.heading("freed_sensitivity", "freed_specificity"),
    )
    rows = tuple(_row(block, say) for block in blocks)
    table = Part(name="label-error", caption=say.word("label_error"), columns=columns, rows=rows)
    without = beside["without_run"]
    return [table, *([Part(text=say.word("without_run", count=without))] if without else [])]


def _row(block: Mapping[str, Any], say: Tongue) -> tuple[str, ...]:
    raw = (say.range(block["figures"][name]) for name in ("sensitivity", "specificity"))
    counted = str(sum(block["table"].values()))
    return (block["group"], block["strength"], counted, *raw, _error(block, say), *_freed(block, say))


def _error(block: Mapping[str, Any], say: Tongue) -> str:
    error = block["label_error"]
    if isinstance(error, str) or not _is_known(error):
        return say.word("error_unknown" if "report" in block["group"] else "no_program")
    return f"{say.range(error['sensitivity'])}; {say.range(error['specificity'])} ({error['read']})"


def _freed(block: Mapping[str, Any], say: Tongue) -> tuple[str, str]:
    freed = block["corrected"]
    if freed is None:
        return NONE, NONE
    return say.range(freed["sensitivity"]), say.range(freed["specificity"])
