"""The films with their weak labels, split by patient."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
from chest_pneumonia.picture import SIDE, Picture, normalise

POSITIVE = "pneumonia"


@dataclass(frozen=True, kw_only=True)
class Films:
    """Pictures of shape (films, SIDE, SIDE), labels 0 or 1, patients and study UIDs, row by row."""

    pictures: Picture
    labels: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]
    studies: npt.NDArray[np.str_]

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Films":
        """Keep some of the rows."""
        return Films(
            pictures=self.pictures[chosen],
            labels=self.labels[chosen],
            patients=self.patients[chosen],
            studies=self.studies[chosen],
        )


def read_films(folder: Path, labels: Path) -> Films:
    """Read every film that the table of labels names (columns file, patient, label, study_instance_uid)."""
    with labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = np.zeros((len(rows), SIDE, SIDE), dtype=np.float32)
    for number, row in enumerate(rows):
        film = pydicom.dcmread(folder / row["file"])
        pictures[number] = normalise(film.pixel_array, inverted=film.PhotometricInterpretation == "MONOCHROME1")
    return Films(
        pictures=pictures,
        labels=np.array([int(row["label"] == POSITIVE) for row in rows]),
        patients=np.array([row["patient"] for row in rows]),
        studies=np.array([row["study_instance_uid"] for row in rows]),
    )


def read_test_list(file: Path) -> frozenset[str]:
    """Study Instance UIDs that training must never see."""
    with file.open(encoding="utf-8", newline="") as table:
        return frozenset(row["study_instance_uid"] for row in csv.DictReader(table))


def folds(films: Films, number: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each film: all films of a patient share one, positives are spread evenly."""
    random = np.random.default_rng(seed)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, patient in enumerate(films.patients):
        rows[str(patient)].append(row)
    names = list(rows)
    random.shuffle(names)
    names.sort(key=lambda name: -len(rows[name]))
    counts = np.zeros((number, 2))
    fold = np.zeros(len(films.labels), dtype=np.int64)
    for name in names:
        positives = int(films.labels[rows[name]].sum())
        share = np.array([len(rows[name]) - positives, positives])
        best = int(np.argmin(((counts + share) ** 2).sum(1) - (counts**2).sum(1)))
        counts[best] += share
        fold[rows[name]] = best
    return fold
