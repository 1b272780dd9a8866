"""The demonstration app: what it scores, what it must refuse, how well it does on films it never saw."""

import csv
import hashlib
import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from tests.unit.apps.conftest import answer_of

from collega.testing.synthetic import chest_film

ROOT = Path(__file__).parents[3]
APP = ROOT / "apps" / "chest-pneumonia"
FILMS = ROOT.parent / "shared" / "data" / "cxr"
needs_films = pytest.mark.skipif(not FILMS.is_dir(), reason="needs the films of ../shared/data/cxr beside the checkout")

Pixels = npt.NDArray[np.uint16]


@pytest.fixture(scope="module")
def entry() -> Iterator[Any]:
    """Import the app as the platform does: its folder first on the path."""
    sys.path.insert(0, str(APP))
    try:
        yield importlib.import_module("chest_pneumonia").run
    finally:
        sys.path.remove(str(APP))


def ask(entry: Any, folder: Path, images: list[Dataset], **patient: Any) -> dict[str, Any]:
    """Let the app answer on a study of these images."""
    known = {"age_years": 60.0, "sex": None, **patient}
    config = {"thresholds": {"pneumonia": 0.5}}
    return answer_of(entry, folder, images, "chest-pneumonia", patient=known, config=config)


def with_pixels(film: Dataset, pixels: Pixels, *, bits: int = 12, photometric: str = "MONOCHROME2") -> Dataset:
    """Give a film other pixels, uncompressed."""
    film.Rows, film.Columns = pixels.shape
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, bits, bits - 1, 0
    film.PhotometricInterpretation = photometric
    film.PixelData = pixels.astype("<u2").tobytes()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return film


def unseen_films() -> list[Mapping[str, str]]:
    """Read the committed list of films that training never saw."""
    with (APP / "training" / "test_list.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def real_films(most: int | None = None) -> list[tuple[Dataset, int]]:
    """Read films of the test list with their weak labels."""
    wanted = {row["study_instance_uid"]: int(row["label"] == "pneumonia") for row in unseen_films()}
    with (FILMS / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["study_instance_uid"] in wanted]
    chosen = rows[:most]
    return [(pydicom.dcmread(FILMS / row["file"]), wanted[row["study_instance_uid"]]) for row in chosen]


def score_of(answer: Mapping[str, Any]) -> float:
    """Score of the one finding."""
    assert answer["status"] == "analysed", answer
    return float(answer["findings"][0]["score"]["value"])


@needs_films
@pytest.mark.shows("R42")
def test_it_tells_films_apart_that_training_never_saw(entry: Any, tmp_path: Path) -> None:
    answers = [(ask(entry, tmp_path / str(number), [film]), label) for number, (film, label) in enumerate(real_films())]
    refused = sum(answer["status"] != "analysed" for answer, _ in answers)
    assert refused <= 2, f"the gate refuses {refused} of {len(answers)} real films"
    scores = [(score_of(answer), label) for answer, label in answers if answer["status"] == "analysed"]
    positive = np.array([score for score, label in scores if label])
    negative = np.array([score for score, label in scores if not label])
    area = float(((positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)).mean())
    assert area >= 0.90, f"AUC {area:.3f}"
    assert len({score for score, _ in scores}) > 0.95 * len(scores), "scores tie"


@needs_films
@pytest.mark.shows("R42")
def test_the_same_film_in_another_encoding_gets_nearly_the_same_score(entry: Any, tmp_path: Path) -> None:
    for number, (film, _) in enumerate(real_films(6)):
        pixels = film.pixel_array.astype(np.uint16)
        plain = score_of(ask(entry, tmp_path / f"{number}a", [film]))
        deep = with_pixels(film, 4095 - (pixels * 16), bits=12, photometric="MONOCHROME1")
        assert score_of(ask(entry, tmp_path / f"{number}b", [deep])) == pytest.approx(plain, abs=0.03)


@needs_films
@pytest.mark.shows("R25")
def test_a_frontal_film_counts_beside_a_lateral_one(entry: Any, tmp_path: Path) -> None:
    (first, _), (second, _) = real_films(2)
    second.ViewPosition = "LL"
    answer = ask(entry, tmp_path, [first, second])
    assert answer["findings"][0]["images"] == [str(first.SOPInstanceUID)]
    assert any("lateral" in note["en"] for note in answer["notes"])


@needs_films
@pytest.mark.shows("R25")
@pytest.mark.parametrize("turn", ["upside down", "quarter"])
def test_a_turned_film_is_not_suitable(entry: Any, tmp_path: Path, turn: str) -> None:
    films = real_films(10)
    refused = 0
    for number, (film, _) in enumerate(films):
        pixels = film.pixel_array.astype(np.uint16) * 16
        turned = np.flipud(pixels) if turn == "upside down" else np.rot90(pixels)
        answer = ask(entry, tmp_path / str(number), [with_pixels(film, np.ascontiguousarray(turned))])
        refused += answer["status"] == "not_suitable"
    assert refused >= 9, f"{len(films) - refused} of {len(films)} turned films were scored"


def hand() -> Pixels:
    """Draw a palm with five fingers on a dark ground."""
    rows, columns = np.mgrid[0:512, 0:512]
    picture = np.full((512, 512), 200.0)
    picture[(rows - 360) ** 2 / 110**2 + (columns - 256) ** 2 / 90**2 < 1] = 2600
    for centre, top in ((150, 200), (205, 80), (256, 50), (307, 80), (370, 230)):
        picture[(np.abs(columns - centre) < 18) & (rows > top) & (rows < 340)] = 2400
    return picture.astype(np.uint16)


def odd_pictures() -> dict[str, Pixels]:
    """Make pictures that are no chest films."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[0:512, 0:512]
    side = 3000 * np.exp(-(((columns - 300) / 90.0) ** 2)) + 300
    return {
        "uniform": np.full((512, 512), 1000, dtype=np.uint16),
        "noise": random.integers(0, 4096, (512, 512)).astype(np.uint16),
        "hand": hand(),
        "chequers": (((rows // 64 + columns // 64) % 2) * 3000).astype(np.uint16),
        "ramp": (columns * 8).astype(np.uint16),
        "side": side.astype(np.uint16),
    }


@pytest.mark.shows("R25")
@pytest.mark.parametrize("kind", sorted(odd_pictures()))
def test_a_picture_that_is_no_chest_film_is_not_suitable(entry: Any, tmp_path: Path, kind: str) -> None:
    answer = ask(entry, tmp_path, [with_pixels(chest_film(seed=1), odd_pictures()[kind])])
    assert (answer["status"], answer["findings"]) == ("not_suitable", [])
    assert answer["reason"]["code"] == "not-like-a-chest-film"


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("ViewPosition", "LL", "lateral-view"),
        ("ViewPosition", "RL", "lateral-view"),
        ("BodyPartExamined", "HAND", "other-body-part"),
        ("NumberOfFrames", "2", "several-frames"),
        ("PatientAge", "007Y", "child"),
        ("PatientAge", "011M", "child"),
    ],
)
def test_headers_that_say_no(entry: Any, tmp_path: Path, keyword: str, value: str, code: str) -> None:
    film = chest_film(seed=1)
    setattr(film, keyword, value)
    age = None if keyword == "PatientAge" else 60.0
    answer = ask(entry, tmp_path, [film], age_years=age)
    assert (answer["status"], answer["reason"]["code"], answer["findings"]) == ("not_suitable", code, [])
    assert set(answer["reason"]["text"]) == {"en", "nl"}


@pytest.mark.shows("R25")
def test_a_child_by_the_order_is_not_suitable(entry: Any, tmp_path: Path) -> None:
    answer = ask(entry, tmp_path, [chest_film(seed=1)], age_years=17.9)
    assert answer["reason"]["code"] == "child"


@needs_films
@pytest.mark.shows("R85")
def test_what_it_does_not_know_it_says(entry: Any, tmp_path: Path) -> None:
    film, _ = real_films(1)[0]
    answer = ask(entry, tmp_path, [film], age_years=None)
    assert any("age is not known" in note["en"] for note in answer["notes"])


@pytest.mark.shows("R69")
def test_the_report_belongs_to_the_model_that_is_shipped() -> None:
    report = json.loads((APP / "training" / "report.json").read_text(encoding="utf-8"))
    for name in ("model.onnx", "gate.npz"):
        digest = hashlib.sha256((APP / name).read_bytes()).hexdigest()
        assert report[f"{name.split('.')[0]}_sha256"] == digest, f"{name} is not the one that was measured"
    assert (APP / "model.onnx").stat().st_size < 5_000_000
    low, middle, high = report["auc_test_list"]
    assert low < middle < high


@pytest.mark.shows("R52", "R69")
def test_the_card_prints_what_was_measured() -> None:
    report = json.loads((APP / "training" / "report.json").read_text(encoding="utf-8"))
    card = (APP / "card.md").read_text(encoding="utf-8")
    for name in ("auc_cross_validation", "auc_test_list"):
        low, middle, high = report[name]
        assert f"{middle:.3f} ({low:.3f} to {high:.3f})" in card
    for name in ("at_threshold_cross_validation", "at_threshold_test_list"):
        for value, low, high, count in report[name].values():
            assert f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f}, n = {count})" in card
    assert f"threshold = {report['threshold']:.3f}" in (APP / "app.toml").read_text(encoding="utf-8")
