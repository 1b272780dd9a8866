"""The entry: reads a study, writes ``result.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chest_pneumonia import words
from chest_pneumonia.films import Film, age_is_unknown, is_child, read_study, sort_films
from chest_pneumonia.gate import read_gate
from chest_pneumonia.model import Model
from chest_pneumonia.picture import Picture, normalise
from chest_pneumonia.words import Reason

HERE = Path(__file__).resolve().parent.parent
FINDING = "pneumonia"
CODE = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A film that was analysed."""

    uid: str
    score: float


def run(inputs: Path, outputs: Path) -> None:
    """Answer for the study in ``inputs``."""
    study = read_study(inputs)
    answer = {
        "schema": "collega/result/1",
        "app": study["app"],
        "study_instance_uid": study["study"]["study_instance_uid"],
        **judge(inputs, study),
    }
    (outputs / "result.json").write_text(json.dumps(answer, indent=1), encoding="utf-8")


def judge(inputs: Path, study: Mapping[str, Any]) -> dict[str, Any]:
    """Look at the films that can be looked at."""
    films, refused = sort_films(inputs, study)
    if is_child(study, films):
        return not_suitable(Reason.CHILD)
    looked, unlike = look(films)
    refused += unlike
    if not looked:
        return not_suitable(refused[0] if len(set(refused)) == 1 else Reason.NO_FILM)
    notes = []
    if age_is_unknown(study, films):
        notes.append(words.AGE_UNKNOWN)
    if refused:
        notes.append(words.left_out(refused))
    return {"status": "analysed", "findings": [finding(looked, study)], "files": [], "notes": notes}


def look(films: list[Film]) -> tuple[list[Looked], list[Reason]]:
    """Score each film whose picture looks like what the model was trained on."""
    gate, model = read_gate(HERE / "gate.npz"), Model(HERE / "model.onnx")
    looked, refused = [], []
    for film in films:
        picture = decode(film)
        if picture is None:
            refused.append(Reason.UNREADABLE)
        elif gate.refuses(picture):
            refused.append(Reason.NOT_LIKE_CHEST)
        else:
            looked.append(Looked(uid=film.uid, score=model.score(picture)))
    return looked, refused


def decode(film: Film) -> Picture | None:
    """Decode a film; None where its encoding cannot be read."""
    try:
        pixels = film.dataset.pixel_array
    except (ValueError, RuntimeError, NotImplementedError, AttributeError, OSError):
        return None
    if pixels.ndim != 2:  # noqa: PLR2004 - rows and columns
        return None
    return normalise(pixels, inverted=film.dataset.PhotometricInterpretation == "MONOCHROME1")


def not_suitable(reason: Reason) -> dict[str, Any]:
    """Answer without a finding."""
    return {"status": "not_suitable", "reason": {"code": reason, "text": words.text(reason)}, "findings": []}


def finding(looked: list[Looked], study: Mapping[str, Any]) -> dict[str, Any]:
    """Speak for the film with the highest score; every film that was looked at is named."""
    score = max(film.score for film in looked)
    threshold = float(study["config"]["thresholds"][FINDING])
    return {
        "id": FINDING,
        "code": CODE,
        "evaluation": "present" if score >= threshold else "absent",
        "score": {"value": score, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
        "threshold": threshold,
        "images": [film.uid for film in looked],
        "regions": [],
        "measurements": [],
    }
