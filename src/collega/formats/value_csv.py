"""A worked-out case for a spreadsheet: inputs kept, results as numbers, no formulas."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BLANK: Sequence[object] = ()
RESULTS = (
    *("npv", "p_npv_positive", "roi", "bcr", "pv_benefits", "pv_costs", "payback_years", "irr", "qalys", "nmb"),
    *("break_even_volume", "break_even_volume_with_setup", "break_even_price", "break_even_adoption", "setup"),
)


def value_csv(told: Mapping[str, Any]) -> str:
    """Write what `collega.value.answer.as_json` says as a table of tables, each with its heading."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in _rows(told):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _rows(told: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    yield ("case", told["title"])
    yield ("currency", told["currency"], "prices of", told["prices_of"])
    yield BLANK
    yield ("input", "value", "low", "high", "distribution", "source", "from", "date")
    for item in told["inputs"]:
        yield tuple(item[key] for key in ("name", "value", "low", "high", "distribution", "source", "origin", "on"))
    yield BLANK
    yield ("result", "value")
    for key in RESULTS:
        yield (key, told[key])
    yield BLANK
    years = range(1, told["horizon_years"] + 1)
    yield ("year", 0, *years)
    yield ("studies", 0, *told["studies"])
    yield ("cash flow", told["setup"], *told["cash_flows"])
    yield BLANK
    yield ("line", "payer", "beneficiary", "source", "present value", "once", *years)
    for one in told["ledger"]["lines"]:
        named = (one[key] for key in ("name", "payer", "beneficiary", "source", "present", "once"))
        yield (*named, *one["yearly"])


def _cell(value: object) -> object:
    """Keep text text: what people wrote may begin as a formula does."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
