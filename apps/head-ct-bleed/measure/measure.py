"""Measure the app on the seeds for measuring and write ``report.json``: ``PYTHONPATH=.. python measure.py``."""

import json
import sys
import tomllib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from head_ct_bleed.look import look
from head_ct_bleed.verdict import UNDECIDED, decide
from intervals import agreement, exact
from phantoms import MEASURING, PER_CELL, TUNING, Cell, cells

from collega.testing.head_bleeds import Place
from collega.testing.head_phantom import Head

HERE = Path(__file__).resolve().parent
PRESENT, BETWEEN = "present", "undetermined"


@dataclass(frozen=True, kw_only=True)
class Study:
    """What the app said of one head; volumes in mL.

    Attributes
    ----------
    hit : bool
        Whether it marks a voxel of a bleed.
    beside : int
        Parts marked that hold no voxel of a bleed.
    """

    evaluation: str
    score: float
    hit: bool
    beside: int
    true_ml: float
    marked_ml: float


# Names of what is kept of each study, in the order of its row.
FIELDS = tuple(field.name for field in fields(Study))


def main() -> None:
    """Measure every cell; what was said of each head is kept with the sums."""
    app = tomllib.loads((HERE.parent / "app.toml").read_text(encoding="utf-8"))
    threshold = app["findings"][0]["threshold"]
    measured = []
    with ProcessPoolExecutor() as pool:
        every = cells(MEASURING)
        for cell, studies in zip(every, pool.map(partial(examine_all, threshold), every), strict=True):
            measured.append((cell, studies))
            sys.stdout.write(".")
            sys.stdout.flush()
    said = {
        "date": datetime.now(UTC).date().isoformat(),
        "version": app["app"]["version"],
        "threshold": threshold,
        "undecided": UNDECIDED,
        "first_seeds": {"tuning": TUNING, "measuring": MEASURING, "per_cell": PER_CELL},
        "fields": FIELDS,
        **sums(measured),
        "cells": [row(cell, studies) for cell, studies in measured],
    }
    (HERE / "report.json").write_text(to_text(said), encoding="utf-8")


def examine_all(threshold: float, cell: Cell) -> list[Study]:
    """Let the app look at every head of a cell."""
    return [examine(head, threshold) for head in cell.heads()]


def examine(head: Head, threshold: float) -> Study:
    """Let the app look at a head."""
    verdict = decide(look(head.hounsfield.astype(np.float32), head.voxel).bleeds, threshold)
    marked = np.zeros(head.truth.shape, dtype=np.bool_)
    for bleed in verdict.bleeds:
        marked |= bleed.mask
    return Study(
        evaluation=verdict.evaluation,
        score=round(verdict.score, 4),
        hit=bool((marked & head.truth).any()),
        beside=sum(not (bleed.mask & head.truth).any() for bleed in verdict.bleeds),
        true_ml=round(head.bleed_ml, 3),
        marked_ml=round(float(marked.sum()) * float(np.prod(head.voxel)) / 1000, 3),
    )


def found(studies: list[Study]) -> list[Study]:
    """Studies in which the bleed was found: called present, and marked where it is."""
    return [study for study in studies if study.evaluation == PRESENT and study.hit]


def row(cell: Cell, studies: list[Study]) -> dict[str, Any]:
    """One cell: what it holds, what came of it, and study by study what was said."""
    shared = {
        "noise_hu": cell.noise_hu,
        "calcifications": cell.calcifications,
        "bleed": asdict(cell.bleed) if cell.bleed else None,
        "first_seed": cell.first_seed,
        "present": exact(sum(study.evaluation == PRESENT for study in studies), len(studies)),
        "undetermined": exact(sum(study.evaluation == BETWEEN for study in studies), len(studies)),
    }
    if cell.bleed:
        shared["sensitivity"] = exact(len(found(studies)), len(studies))
    return {**shared, "n": len(studies), "studies": [list(asdict(study).values()) for study in studies]}


def sums(measured: list[tuple[Cell, list[Study]]]) -> dict[str, Any]:
    """Over cells: false positives by noise and calcification; sensitivity and volume error by volume."""
    negatives = [
        {
            "noise_hu": cell.noise_hu,
            "calcifications": cell.calcifications,
            "n": len(studies),
            "false_positive": exact(sum(study.evaluation == PRESENT for study in studies), len(studies)),
            "undetermined": exact(sum(study.evaluation == BETWEEN for study in studies), len(studies)),
        }
        for cell, studies in measured
        if cell.bleed is None
    ]
    volumes = []
    for place, volume in dict.fromkeys((cell.bleed.place, cell.bleed.volume_ml) for cell, _ in measured if cell.bleed):
        same = [
            study
            for cell, studies in measured
            if cell.bleed and (cell.bleed.place, cell.bleed.volume_ml) == (place, volume)
            for study in studies
        ]
        hits = found(same)
        volumes.append(
            {
                "place": Place(place),
                "volume_ml": volume,
                "n": len(same),
                "sensitivity": exact(len(hits), len(same)),
                "marks_beside": exact(sum(study.beside > 0 for study in hits), len(hits)) if hits else None,
                "volume_error": agreement([study.marked_ml - study.true_ml for study in hits]),
            }
        )
    return {"negatives": negatives, "volumes": volumes}


def to_text(said: dict[str, Any]) -> str:
    """Write the report with one line for each cell."""
    rows = ",\n".join(f"  {json.dumps(cell)}" for cell in said["cells"])
    rest = json.dumps({key: value for key, value in said.items() if key != "cells"}, indent=1)
    return rest.removesuffix("\n}") + f',\n "cells": [\n{rows}\n ]\n}}\n'


if __name__ == "__main__":
    main()
