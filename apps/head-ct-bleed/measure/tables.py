"""The tables of ``card.md``, from ``report.json``: ``python tables.py``."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
YES_NO = {True: "yes", False: "no"}


def main() -> None:
    """Print every table."""
    report = json.loads((HERE / "report.json").read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(lines(report)) + "\n")


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Every line of the tables, in their order in the card."""
    yield from _inside(report["cells"])
    yield ""
    yield from _subdural(report["cells"])
    yield ""
    yield from _negatives(report["negatives"])
    yield ""
    yield from _volumes(report["volumes"])


def share(interval: Sequence[float]) -> str:
    """Write a proportion with its interval in whole per cents."""
    value, low, high = (f"{100 * number:.0f}" for number in interval)
    return f"{value} % ({low} to {high})"


def _row(*fields: str) -> str:
    return f"| {' | '.join(fields)} |"


def _head(*fields: str) -> Iterator[str]:
    yield _row(*fields)
    yield "|" + "---|" * len(fields)


def _inside(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    inside = [cell for cell in cells if cell["bleed"] and cell["bleed"]["place"] == "inside"]
    columns = sorted({(cell["noise_hu"], cell["bleed"]["contrast_hu"]) for cell in inside})
    yield from _head("In the brain", *(f"+{contrast:g} HU, noise {noise:g}" for noise, contrast in columns))
    for volume in sorted({cell["bleed"]["volume_ml"] for cell in inside}):
        found = {
            (cell["noise_hu"], cell["bleed"]["contrast_hu"]): share(cell["sensitivity"])
            for cell in inside
            if cell["bleed"]["volume_ml"] == volume
        }
        yield _row(f"{volume:g} mL", *(found[column] for column in columns))


def _subdural(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    below = [cell for cell in cells if cell["bleed"] and cell["bleed"]["place"] == "subdural"]
    noises = sorted({cell["noise_hu"] for cell in below})
    yield from _head("Crescent below the skull, +30 HU", *(f"noise {noise:g}" for noise in noises))
    for volume in sorted({cell["bleed"]["volume_ml"] for cell in below}):
        found = {cell["noise_hu"]: share(cell["sensitivity"]) for cell in below if cell["bleed"]["volume_ml"] == volume}
        yield _row(f"{volume:g} mL", *(found[noise] for noise in noises))


def _negatives(negatives: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _head("No bleed: noise", "calcifications", "n", "called present", "called undetermined")
    for cell in negatives:
        counts = YES_NO[cell["calcifications"]], str(cell["n"])
        yield _row(f"{cell['noise_hu']:g} HU", *counts, share(cell["false_positive"]), share(cell["undetermined"]))


def _volumes(volumes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _head("True volume", "found", "mean difference", "limits of agreement", "marks besides")
    for row in volumes:
        error = row["volume_error"]
        name = f"{row['volume_ml']:g} mL{', crescent' if row['place'] == 'subdural' else ''}"
        fields = ["-", "-"]
        if error["limits_of_agreement_ml"]:
            low, high = error["limits_of_agreement_ml"]
            fields = [f"{error['mean_difference_ml']:+.2f} mL", f"{low:+.2f} to {high:+.2f} mL"]
        besides = share(row["marks_beside"]) if row["marks_beside"] else "-"
        yield _row(name, f"{error['n']} of {row['n']}", *fields, besides)


if __name__ == "__main__":
    main()
