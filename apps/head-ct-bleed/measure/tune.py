"""Choose the threshold and the band below it, on the seeds for tuning: ``PYTHONPATH=.. python tune.py``.

Of heads with calcifications and without a bleed, no more than 2 in 100 may be called present, and no more than
10 in 100 present or undetermined.
"""

import json
import math
import sys

import numpy as np
from head_ct_bleed.look import look
from phantoms import TUNING, Cell, cells

PRESENT, UNDECIDED = 0.02, 0.10


def main() -> None:
    """Score the negatives for tuning and print what follows."""
    scores = [score for cell in cells(TUNING) if cell.bleed is None and cell.calcifications for score in scored(cell)]
    threshold, band = (round_up(float(np.quantile(scores, 1 - share))) for share in (PRESENT, UNDECIDED))
    said = {"n": len(scores), "threshold": threshold, "undecided": round_up(band / threshold)}
    sys.stdout.write(json.dumps(said) + "\n")


def scored(cell: Cell) -> list[float]:
    """Score of every head of a cell; 0 where nothing stands out."""
    found = [look(head.hounsfield.astype(np.float32), head.voxel) for head in cell.heads()]
    return [max((bleed.score for bleed in bleeds), default=0.0) for bleeds in found]


def round_up(number: float) -> float:
    """Round up to two decimals."""
    return math.ceil(100 * number) / 100


if __name__ == "__main__":
    main()
