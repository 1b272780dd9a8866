"""The figures of a survey as one table."""

from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("part", "question", "answer", "group", "count", "n", "value", "low", "high", "p")


def lines(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Give one line a figure: shares, means, ratios, trends and scales; hidden figures are empty.

    Open answers are no figures, and stay out.
    """
    for item in told["items"]:
        for one in item["options"]:
            yield _line(
                "share", item["id"], one["id"], count=one["count"], n=one["n"], value=one["share"], **_ends(one)
            )
        if "mean" in item:
            yield _line("mean", item["id"], n=item["mean"]["n"], value=item["mean"]["value"], **_ends(item["mean"]))
    for one in told["groups"]:
        for group in one["groups"]:
            for answer, count in group["counts"].items():
                name = f"{one['by']}={group['id']}"
                yield _line("group", one["item"], answer, group=name, count=count, n=group["n"])
        for ratio in one["ratios"]:
            name, p = " / ".join(ratio["groups"]), ratio["fisher_p"]
            yield _line("ratio", one["item"], ratio["option"], group=name, value=ratio["ratio"], p=p, **_ends(ratio))
    for one in told["trends"]:
        name = f"{one['from']} to {one['to']}"
        yield _line("trend", one["item"], one["option"], group=name, value=one["difference"], p=one["p"], **_ends(one))
    for one in told["scales"]:
        yield _line("alpha", one["scale"], n=one["n"], value=one["alpha"], **_ends(one))


def _ends(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"low": one["low"], "high": one["high"]}


def _line(part: str, question: str, answer: str = "", **values: object) -> dict[str, object]:
    return {"part": part, "question": question, "answer": answer, **values}
