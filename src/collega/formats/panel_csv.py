"""What came of a panel as tables: each reader's word, how well they agree, and what counts as true in the end."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from collega.formats.validation_files import table_csv
from collega.formats.validation_parts import Part

Told = Mapping[str, Any]
Cells = tuple[str, ...]
READS: Cells = ("case", "study", "finding", "reader", "role", "label", "ai_visible")
AGREEMENT: Cells = ("finding", "cases", "same", "measure", "value", "low", "high", "note")
TRUTH: Cells = ("case", "study", "finding", "truth", "how", "ai_visible")
MEASURES = ("alpha", "cohen", "fleiss")


def panel_tables(told: Told) -> dict[str, str]:
    """Give the tables by name, as CSV; ``told`` is what `paneling.result` tells.

    ``reads`` has the columns reader, case and label that `collega readers agree` takes.
    """
    return {
        name: table_csv(Part(name=name, columns=columns, rows=tuple(rows(told))))
        for name, (columns, rows) in TABLES.items()
    }


def _reads(told: Told) -> Iterator[Cells]:
    for one in told["list"]:
        by_reader = [(name, "reader", words) for name, words in one["reads"].items()]
        settled = [(told["adjudicator"], "adjudicator", one["settled"])] if one["settled"] else []
        for reader, role, words in (*by_reader, *settled):
            for finding, word in words.items():
                yield (*_case(one), finding, reader, role, str(word), one["ai_visible"].get(reader, "unknown"))


def _agreement(told: Told) -> Iterator[Cells]:
    for finding, one in told["agreement"].items():
        counts = (finding, str(one["cases"]), str(one["same"]))
        if one["alpha"] is None:
            yield (*counts, "", "", "", "", one["limit"])
        for measure in MEASURES:
            if (found := one[measure]) is not None:
                ends = (_number(found[name]) for name in ("value", "low", "high"))
                yield (*counts, measure, *ends, found.get("limit") or "")


def _truth(told: Told) -> Iterator[Cells]:
    for one in told["list"]:
        for finding in told["findings"]:
            word = one["outcome"][finding] if one["outcome"] else ""
            is_settled = bool(one["settled"]) and finding in one["settled"]
            how = "" if not one["outcome"] else "settled" if is_settled else "agreed"
            yield (*_case(one), finding, str(word), how, _seen(one["ai_visible"].values()))


def _seen(words: Collection[str]) -> str:
    found = set(words)
    return next((word for word in ("yes", "unknown", "no") if word in found), "")


def _case(one: Told) -> Cells:
    return str(one["case"]), one["study_instance_uid"]


def _number(value: float | None) -> str:
    return "" if value is None else repr(round(value, 6))


TABLES: Mapping[str, tuple[Cells, Callable[[Told], Iterator[Cells]]]] = {
    "reads": (READS, _reads),
    "agreement": (AGREEMENT, _agreement),
    "truth": (TRUTH, _truth),
}
