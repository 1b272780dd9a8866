"""Makes the shipped score of English chest reports anew, and tells how well it does on reports that it has not seen.

    python scripts/train_report_score.py REPORTS.csv [--repeats 4] [--disagreements OUT.csv]

REPORTS.csv: the chest reports of Indiana University (Open-i) with columns uid, Problems, findings, impression. They are
not part of this project. The same table gives the same score.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np

from collega.bootstrap.reports.report_labels import labeller, write_model
from collega.bootstrap.reports.report_tables import read_table, sections_of
from collega.config import Settings
from collega.read.reports.assess import assess
from collega.read.reports.train import train, unseen_margins

TARGET = Path(__file__).parents[1] / "src/collega/read/reports/data/normal-en.npz"


def _by_size(row: tuple[str, ...]) -> float:
    return -abs(float(row[0]))


def main() -> None:
    """Train, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--disagreements", type=Path)
    asked = parser.parse_args()
    table = read_table(asked.reports)
    reader = labeller(Settings(), "en")
    reads = [reader.read(sections) for sections in sections_of(reader, table, ("findings", "impression"))]
    (place,) = table.places(["Problems"])
    abnormal = [row[place] != "normal" for row in table.rows]
    margins = [unseen_margins(reads, abnormal, seed=seed) for seed in range(asked.repeats)]
    seen = [assess(one, abnormal) for one in margins]
    figures = {"auc": [one.auc for one in seen], "accuracy": [one.accuracy for one in seen]}
    print(json.dumps({**figures, **{f"mean_{name}": float(np.mean(some)) for name, some in figures.items() if some}}))
    if asked.disagreements and margins:
        mean = np.mean(margins, axis=0)
        with asked.disagreements.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("margin", "reference", *table.columns))
            rows: list[tuple[str, ...]] = [
                (f"{margin:.3f}", "abnormal" if truth else "normal", *row)
                for margin, truth, row in zip(mean, abnormal, table.rows, strict=True)
                if (margin >= 0) != truth
            ]
            rows.sort(key=_by_size)
            writer.writerows(rows)
    write_model(TARGET, train("en", reads, abnormal, name="Indiana University chest reports (Open-i)"))
    sys.stderr.write(f"{TARGET}: {TARGET.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
