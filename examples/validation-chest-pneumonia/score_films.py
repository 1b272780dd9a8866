"""Run the app on the films of the test list, each by ``collega apps run``, and write scores.csv and reference.csv.

``python score_films.py FILMS TEST_LIST.csv OUT [MOST]``: FILMS holds the films and labels.csv, MOST is for a trial.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

APP = "chest-pneumonia"
SOURCE = "report text, read by a program"
EMPTY = ("age", "sex", "view", "scanner")


def main(films: Path, test_list: Path, out: Path, most: int) -> None:
    """Write both tables, in the order of the test list."""
    files = {row["study_instance_uid"]: films / row["file"] for row in read(films / "labels.csv")}
    rows = read(test_list)[:most]
    out.mkdir(parents=True, exist_ok=True)
    with (out / "scores.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("case", "score", "outcome"))
        for row in rows:
            table.writerow((row["study_instance_uid"], *ask(files[row["study_instance_uid"]])))
            file.flush()
    with (out / "reference.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("case", "truth", "label_source", "label_strength", "ai_visible", *EMPTY))
        for row in rows:
            truth = int(row["label"] == "pneumonia")
            table.writerow((row["study_instance_uid"], truth, SOURCE, "weak", "no", *("" for _ in EMPTY)))


def read(file: Path) -> list[dict[str, str]]:
    """Read a table."""
    with file.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def ask(film: Path) -> tuple[str, str]:
    """Give score and outcome of one film; an app that does not answer has failed, which is a result."""
    command = ["collega", "apps", "run", APP, str(film), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return "", "failed"
    told = json.loads(done.stdout)
    if told.get("status") != "analysed":
        return "", "not_suitable" if told.get("status") == "not_suitable" else "failed"
    return repr(float(told["findings"][0]["score"]["value"])), "analysed"


if __name__ == "__main__":
    folder, listed, target, *rest = sys.argv[1:]
    main(Path(folder), Path(listed), Path(target), int(rest[0]) if rest else sys.maxsize)
