"""The second demonstration app: what it finds, what it must refuse, what it must not call a bleed."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydicom import DataElement, config
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sr._concepts_dict import concepts
from pydicom.uid import JPEG2000Lossless, RLELossless
from tests.unit.apps.conftest import HEAD_CT_BLEED, Ask

from collega.model.finding import Evaluation
from collega.run.manifest import read_manifest
from collega.testing.head_bleeds import Bleed, Place
from collega.testing.head_ct import head_series
from collega.testing.head_phantom import Head, draw_head
from collega.testing.synthetic import ct_series

CHEST_PIXEL_MM = 0.9
# Studies by which the app was made; the figures of the card come from other seeds.
SEEDS = range(4)
# A run of the app takes a second: half of the seeds, for every volume and contrast, are enough in every run.
FEWER = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))]


@cache
def head(seed: int, *lesions: Bleed, **options: Any) -> Head:
    return draw_head(seed, lesions=lesions, **options)


@cache
def _plain() -> tuple[Dataset, ...]:
    return tuple(head_series(head(1, Bleed(volume_ml=10)), 1))


def plain() -> list[Dataset]:
    """Make a study with a bleed of 10 mL."""
    return [deepcopy(image) for image in _plain()]


def finding(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["status"] == "analysed", answer.get("reason")
    (one,) = answer["findings"]
    return dict(one)


def volume(answer: dict[str, Any]) -> float:
    (measured,) = finding(answer)["measurements"]
    assert (measured["name"]["value"], measured["unit"]) == ("118565006", "ml")
    return float(measured["value"])


def marked(answer: dict[str, Any], images: Sequence[Dataset]) -> np.ndarray:
    """Give the whole mask, from the first image given to the last."""
    mask = finding(answer)["mask"]
    planes = dict(zip(mask["images"], np.load(answer["folder"] / mask["file"]), strict=True))
    nothing = np.zeros((images[0].Rows, images[0].Columns), dtype=bool)
    return np.array([planes.get(str(image.SOPInstanceUID), nothing) for image in images])


# --------------------------------------------------------------------------- what it finds


@pytest.mark.shows("R42")
@pytest.mark.parametrize("seed", FEWER)
@pytest.mark.parametrize("volume_ml", [5.0, 12.0, 30.0])
@pytest.mark.parametrize(("contrast_hu", "within"), [(15.0, 0.25), (30.0, 0.15)])
def test_a_known_volume_is_recovered(ask: Ask, seed: int, volume_ml: float, contrast_hu: float, within: float) -> None:
    """Within 15 per cent where it is dense, within a quarter where it is faint, and at its place."""
    drawn = head(seed, Bleed(volume_ml=volume_ml, contrast_hu=contrast_hu))
    images = head_series(drawn, seed)
    answer = ask(images)
    assert finding(answer)["evaluation"] == "present"
    assert volume(answer) == pytest.approx(volume_ml, rel=within)
    mask = marked(answer, images)
    assert (mask & drawn.truth).sum() > 0.9 * mask.sum()
    assert mask.sum() * np.prod(drawn.voxel) / 1000 == pytest.approx(volume(answer), abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crescent_of_40_ml_is_found(ask: Ask, seed: int) -> None:
    drawn = head(seed, Bleed(volume_ml=40, place=Place.SUBDURAL))
    images = head_series(drawn, seed)
    answer = ask(images)
    assert finding(answer)["evaluation"] == "present"
    assert volume(answer) == pytest.approx(40, rel=0.25)
    assert (marked(answer, images) & drawn.truth).any()


@pytest.mark.shows("R25")
@pytest.mark.parametrize("seed", SEEDS)
def test_calcification_is_no_bleed(ask: Ask, seed: int) -> None:
    answer = ask(head_series(head(seed), seed))
    said = finding(answer)
    assert said["evaluation"] == "absent"
    assert not {"mask", "measurements", "regions"} & set(said)
    assert 20 < len(said["images"]) < 28, "the crown has no brain"
    (note,) = [note for note in answer["notes"] if note["en"].startswith("Looked at")]
    assert note["nl"].startswith(f"{len(said['images'])} van 28 beelden bekeken")
    assert any(note["en"].startswith("Misses bleeds that are small") for note in answer["notes"])


def test_a_bleed_beside_calcifications_is_measured_without_them(ask: Ask) -> None:
    with_calcium = head(2, Bleed(volume_ml=10))
    without = head(2, Bleed(volume_ml=10), calcifications=False)
    volumes = [volume(ask(head_series(drawn, 2))) for drawn in (with_calcium, without)]
    assert volumes[0] == pytest.approx(10, rel=0.15)
    assert volumes[1] == pytest.approx(10, rel=0.15)


@pytest.mark.shows("R25")
def test_just_under_the_threshold_it_does_not_decide(ask: Ask) -> None:
    images = plain()
    score = finding(ask(images))["score"]["value"]
    between = ask(images, threshold=score * 1.05)
    assert finding(between)["evaluation"] == "undetermined"
    assert volume(between) == pytest.approx(10, rel=0.15)
    under = ask(images, threshold=score * 1.2)
    assert finding(under)["evaluation"] == "absent"
    assert "mask" not in finding(under)
    at = ask(images, threshold=score)
    assert finding(at)["evaluation"] == "present"
    assert finding(at)["threshold"] == score


def test_a_box_and_a_note_say_where_it_is_best_seen(ask: Ask) -> None:
    images = plain()
    answer = ask(images)
    mask = marked(answer, images)
    largest = int(mask.sum((1, 2)).argmax())
    (box,) = finding(answer)["regions"]
    assert box["image"] == images[largest].SOPInstanceUID
    rows, columns = np.nonzero(mask[largest])
    assert box["points"] == [[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]]
    assert {
        "en": f"Largest on series 1, image {largest + 1}.",
        "nl": f"Het grootst op serie 1, beeld {largest + 1}.",
    } in answer["notes"]


# --------------------------------------------------------------------------- the same head in other ways


def answered_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = finding(one), finding(other)
    assert second["score"] == first["score"]
    assert second["measurements"] == first["measurements"]


def test_files_in_any_order_give_the_same_answer(ask: Ask) -> None:
    images = plain()
    shuffled = [images[place] for place in np.random.default_rng(1).permutation(len(images))]
    answered_alike(ask(images), ask(shuffled))


def test_signed_and_compressed_pixels_give_the_same_answer(ask: Ask) -> None:
    images, signed = plain(), plain()
    for image in signed:
        values = image.pixel_array.astype(np.int16) - 1024
        image.PixelRepresentation, image.RescaleIntercept = 1, 0
        image.BitsStored, image.HighBit = 16, 15
        image.PixelData = values.astype("<i2").tobytes()
    answered_alike(ask(images), ask(signed))
    for image in signed[::3]:
        image.compress(RLELossless)
    answered_alike(ask(images), ask(signed))


@pytest.mark.parametrize(
    "options",
    [{"size": 512}, {"slices": 112, "thickness_mm": 1.25}, {"slices": 24}, {"slices": 32}],
    ids=["fine pixels", "thin slices", "24 slices", "32 slices"],
)
def test_other_scanners_give_nearly_the_same_volume(ask: Ask, options: dict[str, Any]) -> None:
    drawn = head(3, Bleed(volume_ml=15), **options)
    images = head_series(drawn, 3)
    answer = ask(images)
    assert volume(answer) == pytest.approx(15, rel=0.15)
    mask = marked(answer, images)
    assert mask.shape == drawn.truth.shape
    assert (mask & drawn.truth).sum() > 0.85 * mask.sum()


def test_a_burr_hole_takes_no_slice_away(ask: Ask) -> None:
    """Of a first form half a brain was passed over for a hole of one pixel."""
    whole, drilled = ask(plain()), ask(hole(plain(), columns=6))
    assert finding(drilled)["images"] == finding(whole)["images"]
    assert volume(drilled) == pytest.approx(volume(whole), rel=0.02)


def test_a_tilted_gantry_is_allowed_and_its_slices_lie_closer(ask: Ask) -> None:
    tilt = np.radians(15)
    images = plain()
    for image in images:
        image.ImageOrientationPatient = [1, 0, 0, 0, float(np.cos(tilt)), float(np.sin(tilt))]
    assert volume(ask(images)) == pytest.approx(volume(ask(plain())) * np.cos(tilt), abs=0.02)


def test_the_series_for_brain_is_taken_before_others(ask: Ask) -> None:
    brain = plain()
    other = [deepcopy(image) for image in brain]
    for image in other:
        image.SeriesInstanceUID, image.SOPInstanceUID = "2.25.1", f"{image.SOPInstanceUID[:40]}1"
        image.SeriesDescription = "Bone 5 mm"
    answer = ask([*other, *brain])
    assert set(finding(answer)["images"]) <= {image.SOPInstanceUID for image in brain}
    assert any("not looked at besides: 1" in note["en"] for note in answer["notes"])


def test_a_series_that_cannot_be_used_is_named_beside_the_one_that_can(ask: Ask) -> None:
    brain, contrast = plain(), plain()
    for image in contrast:
        image.SeriesInstanceUID, image.SOPInstanceUID = "2.25.1", f"{image.SOPInstanceUID[:40]}1"
        image.ContrastBolusAgent = "Iomeron"
    answer = ask([*brain, *contrast])
    assert finding(answer)["evaluation"] == "present"
    assert {
        "en": "Series not analysed: 1 x made with contrast.",
        "nl": "Series niet beoordeeld: 1 x met contrastmiddel gemaakt.",
    } in answer["notes"]


# --------------------------------------------------------------------------- what it refuses

Change = Callable[[list[Dataset]], list[Dataset]]


def every(**values: Any) -> Change:
    """Set attributes on every image; None takes one away."""

    def change(images: list[Dataset]) -> list[Dataset]:
        for image in images:
            for keyword, value in values.items():
                if value is None:
                    delattr(image, keyword)
                else:
                    setattr(image, keyword, value)
        return images

    return change


def one(**values: Any) -> Change:
    """Set attributes on one image in the middle."""

    def change(images: list[Dataset]) -> list[Dataset]:
        every(**values)(images[10:11])
        return images

    return change


def spread(images: list[Dataset]) -> list[Dataset]:
    """Pull the slices apart to 10 mm."""
    for number, image in enumerate(images):
        image.ImagePositionPatient = [*image.ImagePositionPatient[:2], 10.0 * number]
        image.SliceThickness = 10
    return images


def chest(images: list[Dataset]) -> list[Dataset]:
    """Put a chest under the name of a head."""
    for image, slice_ in zip(images, ct_series(1, slices=len(images), size=256), strict=True):
        image.PixelData = slice_.PixelData
        image.PixelSpacing = [CHEST_PIXEL_MM, CHEST_PIXEL_MM]
    return images


def opened(images: list[Dataset]) -> list[Dataset]:
    """Take a side of the skull away."""
    for image in images:
        pixels = image.pixel_array.copy()
        pixels[:, :100] = 0
        image.PixelData = pixels.tobytes()
    return images


def hole(images: list[Dataset], *, columns: int, slices: tuple[int, ...] = (16,)) -> list[Dataset]:
    """Cut through the skull at the back, so many pixels wide."""
    for number in slices:
        pixels = images[number].pixel_array.copy()
        pixels[150:, 128 - columns // 2 : 128 + columns // 2] = np.minimum(
            pixels[150:, 128 - columns // 2 : 128 + columns // 2], 1060
        )
        images[number].PixelData = pixels.tobytes()
    return images


def coarse_noise(images: list[Dataset]) -> list[Dataset]:
    del images
    return head_series(head(1, Bleed(volume_ml=10), noise_hu=12.0), 1)


def no_number(images: list[Dataset]) -> list[Dataset]:
    """Write a word where a number belongs, as some devices do."""
    with config.disable_value_validation():
        images[3]["RescaleSlope"] = DataElement("RescaleSlope", "LO", "one")
    return images


def broken(images: list[Dataset]) -> list[Dataset]:
    """Cut the pixels of one image."""
    images[7].PixelData = images[7].PixelData[:1000]
    return images


def wrong_code(images: list[Dataset]) -> list[Dataset]:
    """Put bytes that are no JPEG 2000 stream into one image."""
    images[7].PixelData = encapsulate([b"no picture at all"])
    images[7].file_meta.TransferSyntaxUID = JPEG2000Lossless
    return images


REFUSED: dict[str, tuple[Change, str]] = {
    "another modality": (every(Modality="MR"), "no-ct-image"),
    "several frames": (every(NumberOfFrames=2), "several-frames"),
    "localizer": (every(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), "localizer"),
    "chest by its header": (every(BodyPartExamined="CHEST"), "other-body-part"),
    "contrast": (every(ContrastBolusAgent="Omnipaque"), "with-contrast"),
    "no intercept": (every(RescaleIntercept=None), "no-hounsfield-units"),
    "no slope": (every(RescaleSlope=None), "no-hounsfield-units"),
    "a slope of nought": (every(RescaleSlope=0), "no-hounsfield-units"),
    "other units": (every(RescaleType="US"), "no-hounsfield-units"),
    "no position": (every(ImagePositionPatient=None), "no-geometry"),
    "no direction": (every(ImageOrientationPatient=None), "no-geometry"),
    "no pixel size": (every(PixelSpacing=None), "no-geometry"),
    "pixel size of nought": (every(PixelSpacing=[0, 0]), "no-geometry"),
    "one without position": (one(ImagePositionPatient=None), "no-geometry"),
    "coronal": (every(ImageOrientationPatient=[1, 0, 0, 0, 0, -1]), "not-axial"),
    "sagittal": (every(ImageOrientationPatient=[0, 1, 0, 0, 0, -1]), "not-axial"),
    "tilted by 35 degrees": (every(ImageOrientationPatient=[1, 0, 0, 0, 0.8192, 0.5736]), "not-axial"),
    "turned by a quarter": (every(ImageOrientationPatient=[0, 1, 0, -1, 0, 0]), "not-axial"),
    "one of other size": (one(PixelSpacing=[0.5, 0.5]), "images-differ"),
    "one of other direction": (one(ImageOrientationPatient=[1, 0, 0, 0, 0.99, 0.1411]), "images-differ"),
    "eleven slices": (lambda images: images[:11], "too-few-slices"),
    "one missing": (lambda images: images[:9] + images[10:], "uneven-spacing"),
    "one double": (one(ImagePositionPatient=[-119.53125, -119.53125, -12.5]), "uneven-spacing"),
    "thinner than apart": (every(SliceThickness=3), "gaps-between-slices"),
    "thick slices": (spread, "too-coarse"),
    "large pixels": (every(PixelSpacing=[1.9, 1.9]), "too-coarse"),
    "the upper half": (lambda images: images[12:], "part-of-the-head"),
    "a slope that is no number": (no_number, "no-hounsfield-units"),
    "no rows": (one(Rows=None), "unreadable-pixels"),
    "cut pixels": (broken, "unreadable-pixels"),
    "pixels in no known code": (wrong_code, "unreadable-pixels"),
    "a chest under another name": (chest, "not-like-a-head"),
    "an open skull": (opened, "not-like-a-head"),
    "a slice that runs out through the skull": (lambda images: hole(images, columns=30), "not-like-a-head"),
    "slices that run out under the crown": (
        lambda images: hole(images, columns=30, slices=(16, 17, 18, 19, 20, 21, 22)),
        "not-like-a-head",
    ),
    "much noise": (coarse_noise, "too-noisy"),
}


@pytest.mark.shows("R25", "R85")
@pytest.mark.parametrize("case", REFUSED)
def test_what_it_is_not_made_for_it_refuses(ask: Ask, case: str) -> None:
    change, code = REFUSED[case]
    answer = ask(change(plain()))
    assert (answer["status"], answer["findings"]) == ("not_suitable", [])
    assert answer["reason"]["code"] == code
    assert answer["reason"]["text"]["en"] != answer["reason"]["text"]["nl"]


def test_every_reason_is_shown_by_a_case(part: Callable[[str], Any]) -> None:
    elsewhere = {"child", "no-suitable-series"}
    assert {code for _, code in REFUSED.values()} | elsewhere == set(part("head_ct_bleed.words").Reason)


def test_different_reasons_are_summed_up(ask: Ask) -> None:
    contrast, chest_images = every(ContrastBolusAgent="X")(plain()), every(BodyPartExamined="CHEST")(plain())
    for image in chest_images:
        image.SeriesInstanceUID, image.SOPInstanceUID = "2.25.1", f"{image.SOPInstanceUID[:40]}1"
    assert ask([*contrast, *chest_images])["reason"]["code"] == "no-suitable-series"


@pytest.mark.shows("R25")
@pytest.mark.parametrize(("age", "said"), [(17.9, None), (None, "017Y"), (None, "011M")])
def test_a_child_is_refused(ask: Ask, age: float | None, said: str | None) -> None:
    images = every(PatientAge=said)(plain()) if said else plain()
    assert ask(images, age=age)["reason"]["code"] == "child"


@pytest.mark.shows("R85")
def test_an_unknown_age_is_said(ask: Ask) -> None:
    answer = ask(plain(), age=None)
    assert any("age is not known" in note["en"] for note in answer["notes"])


def test_an_empty_body_part_and_no_agent_are_taken(ask: Ask) -> None:
    answer = ask(every(BodyPartExamined="", ContrastBolusAgent="NONE")(plain()))
    assert Evaluation(finding(answer)["evaluation"]) is Evaluation.PRESENT


# --------------------------------------------------------------------------- codes


def test_codes_are_the_published_ones(part: Callable[[str], Any]) -> None:
    """The dictionary has 1386000 under two names, of which one, an occluded artery, is another concept's."""
    answer, manifest = part("head_ct_bleed.answer"), read_manifest(HEAD_CT_BLEED)
    (spec,) = manifest.findings
    assert {"scheme": spec.code.scheme, "value": spec.code.value, "meaning": spec.code.meaning} == answer.CODE
    snomed: Mapping[str, Any] = concepts["SCT"]
    published = {names["1386000"][0] for names in snomed.values() if "1386000" in names}
    assert published == {"Intracranial hemorrhage (disorder)", "Occlusion of artery"}
    assert f"{spec.code.meaning} (disorder)" in published
    volumes = {names["118565006"][0] for names in snomed.values() if "118565006" in names}
    assert answer.VOLUME["meaning"] in volumes
    assert not manifest.clinical_use
