"""Choose the threshold and the band below it, on the seeds for tuning; ``PYTHONPATH=.. python tune.py`` writes them.

Of heads with calcifications and without a bleed, no more than 2 in 100 may be called present, and no more than
10 in 100 present or undetermined.
"""

import json
import math
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from head_ct_bleed.look import look
from phantoms import TUNING, Cell, cells

HERE = Path(__file__).resolve().parent
PRESENT, UNDECIDED = 0.02, 0.10


def main() -> None:
    """Score the negatives for tuning, and write scores and what follows."""
    with ProcessPoolExecutor() as pool:
        scores = [score for of_cell in pool.map(scored, negatives()) for score in of_cell]
    said = {**choose(scores), "n": len(scores), "scores": scores}
    (HERE / "tuning.json").write_text(json.dumps(said) + "\n", encoding="utf-8")
    sys.stdout.write(f"threshold {said['threshold']}, undecided from {said['undecided']} of it\n")


def negatives() -> list[Cell]:
    """Give the cells for tuning: no bleed, and calcifications, which are what it takes for bleeds."""
    return [cell for cell in cells(TUNING) if cell.bleed is None and cell.calcifications]


def scored(cell: Cell, most: int | None = None) -> list[float]:
    """Score every head of a cell, or the first ones; 0 where nothing stands out."""
    found = [look(head.hounsfield.astype(np.float32), head.voxel).bleeds for head in cell.heads(most)]
    return [round(max((bleed.score for bleed in bleeds), default=0.0), 4) for bleeds in found]


def choose(scores: Sequence[float]) -> dict[str, float]:
    """Choose the threshold, and from which share of it on the app does not decide."""
    threshold, band = (round_up(float(np.quantile(scores, 1 - share))) for share in (PRESENT, UNDECIDED))
    return {"threshold": threshold, "undecided": round_up(band / threshold)}


def round_up(number: float) -> float:
    """Round up to two decimals."""
    return math.ceil(100 * number) / 100


if __name__ == "__main__":
    main()
