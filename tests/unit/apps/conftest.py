"""Apps as the platform sees them: a folder on the path, a study in a folder, an answer in another."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from collega.normalise.outputs import read_result

HEAD_CT_BLEED = Path(__file__).parents[3] / "apps" / "head-ct-bleed"
THRESHOLD = 0.5

Ask = Callable[..., dict[str, Any]]


def answer_of(
    run: Callable[[Path, Path], None], folder: Path, images: Sequence[Dataset], app: str, **study: Any
) -> dict[str, Any]:
    """Let an app answer on a study; ``study`` completes ``study.json``, and the answer keeps to the schema."""
    inputs, outputs = folder / "in", folder / "out"
    (inputs / "dicom").mkdir(parents=True)
    outputs.mkdir()
    described = []
    for number, image in enumerate(images, 1):
        name = f"dicom/{number:05d}.dcm"
        image.save_as(inputs / name, enforce_file_format=True)
        described.append({"file": name, "sop_instance_uid": str(image.SOPInstanceUID)})
    told = {
        "schema": "collega/study/1",
        "app": {"id": app, "version": "1.0.0"},
        "study": {"study_instance_uid": "1.2.3"},
        "images": described,
        **study,
    }
    (inputs / "study.json").write_text(json.dumps(told), encoding="utf-8")
    run(inputs, outputs)
    read_result(outputs)
    answer: dict[str, Any] = json.loads((outputs / "result.json").read_text(encoding="utf-8"))
    return answer


@pytest.fixture(scope="session")
def part() -> Iterator[Callable[[str], Any]]:
    """Import a module of head-ct-bleed or of its measurement."""
    folders = [str(HEAD_CT_BLEED), str(HEAD_CT_BLEED / "measure")]
    sys.path += folders
    try:
        yield importlib.import_module
    finally:
        for folder in folders:
            sys.path.remove(folder)


@pytest.fixture
def ask(part: Callable[[str], Any], tmp_path: Path) -> Ask:
    """Let head-ct-bleed answer on a study of these images."""
    run = part("head_ct_bleed").run

    def answer(images: Sequence[Dataset], *, threshold: float = THRESHOLD, age: float | None = 60.0) -> dict[str, Any]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        patient, config = {"age_years": age, "sex": None}, {"thresholds": {"haemorrhage": threshold}}
        said = answer_of(run, folder, images, "head-ct-bleed", patient=patient, config=config)
        return {**said, "folder": folder / "out"}

    return answer
