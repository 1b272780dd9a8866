"""A worked-out case for a spreadsheet: inputs kept, results as numbers, no formulas."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collega.formats.spreadsheet import workbook

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
    for place, (_, rows) in enumerate(_tables(told)):
        writer.writerows([BLANK] if place else [])
        writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def value_xlsx(told: Mapping[str, Any]) -> bytes:
    """Write the same as a workbook, a sheet for each table."""
    return workbook(list(_tables(told)))


def _tables(told: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Sequence[object]]]]:
    years = range(1, told["horizon_years"] + 1)
    yield "case", [("case", told["title"]), ("currency", told["currency"], "prices of", told["prices_of"])]
    keys = ("name", "value", "low", "high", "distribution", "source", "origin", "on")
    heads = ("input", "value", "low", "high", "distribution", "source", "from", "date")
    yield "inputs", [heads, *(tuple(item[key] for key in keys) for item in told["inputs"])]
    yield "results", [("result", "value"), *((key, told[key]) for key in RESULTS)]
    yield (
        "years",
        [
            ("year", 0, *years),
            ("studies", 0, *told["studies"]),
            ("cash flow", told["setup"], *told["cash_flows"]),
        ],
    )
    yield (
        "ledger",
        [
            ("line", "payer", "beneficiary", "source", "present value", "once", *years),
            *(
                (*(one[key] for key in ("name", "payer", "beneficiary", "source", "present", "once")), *one["yearly"])
                for one in told["ledger"]["lines"]
            ),
        ],
    )


def _cell(value: object) -> object:
    """Keep text text: what people wrote may begin as a formula does."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value
