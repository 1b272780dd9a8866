"""Which of the images are frontal chest films of an adult, by their headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from chest_pneumonia.words import Reason

ADULT_YEARS = 18
CHEST = frozenset({"", "CHEST", "THORAX"})
# ViewPosition (PS3.3 C.8.7.5) of films that are not taken from front or back.
SIDE_VIEWS = frozenset({"LL", "RL", "LATERAL", "LAT", "LLD", "RLD", "LAO", "RAO", "LPO", "RPO"})
# ViewCodeSequence (CID 4010): lateral and oblique projections, SNOMED CT and SNOMED RT.
SIDE_VIEW_CODES = frozenset(
    {"399067008", "399348003", "399173006", "399352003", "R-10228", "R-10232", "R-10230", "R-10236"}
)
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Film:
    """An image that may be analysed."""

    uid: str
    dataset: Dataset


def read_study(inputs: Path) -> dict[str, Any]:
    """Read what the platform says of the study."""
    study: dict[str, Any] = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    return study


def sort_films(inputs: Path, study: Mapping[str, Any]) -> tuple[list[Film], list[Reason]]:
    """Read the images: those that can be analysed, and why the others cannot."""
    films, refused = [], []
    for image in study["images"]:
        dataset = pydicom.dcmread(inputs / image["file"])
        reason = unsuitable(dataset)
        if reason is None:
            films.append(Film(uid=image["sop_instance_uid"], dataset=dataset))
        else:
            refused.append(reason)
    return films, refused


def is_child(study: Mapping[str, Any], films: list[Film]) -> bool:
    """Whether the patient is known to be younger than the app was made for."""
    age = study["patient"].get("age_years")
    ages = [age] if age is not None else [_age(film.dataset) for film in films]
    return any(known is not None and known < ADULT_YEARS for known in ages)


def age_is_unknown(study: Mapping[str, Any], films: list[Film]) -> bool:
    """Whether neither the platform nor the images say how old the patient is."""
    return study["patient"].get("age_years") is None and all(_age(film.dataset) is None for film in films)


def unsuitable(dataset: Dataset) -> Reason | None:
    """Why an image is no frontal chest film, by its header; None where nothing speaks against it."""
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        return Reason.SEVERAL_FRAMES
    if int(dataset.get("SamplesPerPixel") or 1) != 1 or "PixelData" not in dataset:
        return Reason.NO_GREY_PICTURE
    if str(dataset.get("BodyPartExamined") or "").strip().upper() not in CHEST:
        return Reason.OTHER_BODY_PART
    view = str(dataset.get("ViewPosition") or "").strip().upper()
    codes = {str(item.get("CodeValue") or "") for item in dataset.get("ViewCodeSequence") or []}
    if view in SIDE_VIEWS or codes & SIDE_VIEW_CODES:
        return Reason.LATERAL_VIEW
    return None


def _age(dataset: Dataset) -> float | None:
    """Age in years by PatientAge (PS3.5 AS)."""
    said = str(dataset.get("PatientAge") or "")
    unit = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_PER_YEAR, "D": 1 / DAYS_PER_YEAR}.get(said[-1:])
    return int(said[:-1]) * unit if unit and said[:-1].isdigit() else None
