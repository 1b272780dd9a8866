"""The figures of a survey as one table."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

# What a spreadsheet would take for a formula; names of groups and owners are words from elsewhere.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("part", "question", "answer", "group", "count", "n", "value", "low", "high", "p")


def figures_csv(told: Mapping[str, Any]) -> str:
    """Write every figure as one table."""
    written = StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows({key: _safe(value) for key, value in line.items()} for line in lines(told))
    return written.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def lines(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Give one line a figure: shares, means, ranks, ratios, trends, whether actions worked, scales.

    Hidden figures are empty; open answers are no figures, and stay out.
    """
    for part in (_of_items, _of_groups, _over_time, _of_scales):
        yield from part(told)


def _of_items(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for item in told["items"]:
        for one in item["options"]:
            yield _line(
                "share", item["id"], one["id"], count=one["count"], n=one["n"], value=one["share"], **_ends(one)
            )
        if "mean" in item:
            yield _line("mean", item["id"], n=item["mean"]["n"], value=item["mean"]["value"], **_ends(item["mean"]))


def _of_groups(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for one in told["groups"]:
        for group in one["groups"]:
            for answer, count in group["counts"].items():
                name = f"{one['by']}={group['id']}"
                yield _line("group", one["item"], answer, group=name, count=count, n=group["n"])
        if (ranks := one["mann_whitney"]) and ranks["p"] is not None:
            name = " / ".join(group["id"] for group in one["groups"])
            yield _line("ranks", one["item"], group=name, value=ranks["superiority"], p=ranks["p"])
        for ratio in one["ratios"]:
            name, p = " / ".join(ratio["groups"]), ratio["fisher_p"]
            yield _line("ratio", one["item"], ratio["option"], group=name, value=ratio["ratio"], p=p, **_ends(ratio))


def _over_time(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Give changes, and again those of barriers with who did what about them."""
    for one in told["trends"]:
        name = f"{one['from']} to {one['to']}"
        yield _line("trend", one["item"], one["option"], group=name, value=one["difference"], p=one["p"], **_ends(one))
    for one in told["readiness"]:
        if change := one["change"]:
            name, value, p = f"{one['state']}: {one['owner'] or ''}", change["difference"], change["p"]
            item, option = one["barrier"]["item"], one["barrier"]["id"]
            yield _line("worked", item, option, group=name, value=value, p=p, **_ends(change))


def _of_scales(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for one in told["scales"]:
        yield _line("alpha", one["scale"], n=one["n"], value=one["alpha"], **_ends(one))


def _ends(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"low": one["low"], "high": one["high"]}


def _line(part: str, question: str, answer: str = "", **values: object) -> dict[str, object]:
    return {"part": part, "question": question, "answer": answer, **values}
