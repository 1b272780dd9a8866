"""The drawn head: what it says of its bleeds is what stands in its voxels, and its objects are valid."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.e2e.peers import program

from collega.formats.dicom_write import encode
from collega.testing.head_bleeds import Bleed, Place
from collega.testing.head_ct import head_ct
from collega.testing.head_phantom import Head, draw_head


def marked_ml(head: Head) -> float:
    return float(head.truth.sum()) * float(np.prod(head.voxel)) / 1000


@given(
    seed=st.integers(0, 10_000),
    volume=st.floats(1, 40),
    contrast=st.floats(10, 50),
    place=st.sampled_from(list(Place)),
)
@settings(max_examples=15, deadline=None)
def test_a_bleed_has_the_volume_that_was_asked_for(seed: int, volume: float, contrast: float, place: Place) -> None:
    head = draw_head(seed, lesions=[Bleed(volume_ml=volume, contrast_hu=contrast, place=place)], size=128, noise_hu=0.0)
    assert head.bleed_ml == pytest.approx(volume, rel=0.02)


@pytest.mark.parametrize("place", list(Place))
def test_the_true_mask_has_nearly_that_volume(place: Place) -> None:
    drawn = [draw_head(seed, lesions=[Bleed(volume_ml=30, place=place)], noise_hu=0.0) for seed in range(4)]
    for head in drawn:
        assert marked_ml(head) == pytest.approx(head.bleed_ml, rel=0.08)


def test_a_bleed_is_as_dense_as_was_asked_for_and_the_rest_stays() -> None:
    plain = draw_head(5, noise_hu=0.0)
    head = draw_head(5, lesions=[Bleed(volume_ml=20, contrast_hu=30)], noise_hu=0.0)
    core = head.hounsfield[head.truth]
    assert np.median(core) == pytest.approx(37 + 30, abs=1)
    changed = head.hounsfield != plain.hounsfield
    assert not (changed & ~_near(head.truth)).any()


def _near(mask: np.ndarray) -> np.ndarray:
    """Voxels up to three to each side of a mask, and a slice above and below."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    for axis in (1, 2):
        wide = np.logical_or.reduce([np.roll(wide, step, axis) for step in range(-3, 4)])
    return wide


def test_noise_is_what_was_asked_for() -> None:
    calm, noisy = (draw_head(6, noise_hu=noise).hounsfield.astype(float) for noise in (0.0, 5.0))
    brain = (calm > 20) & (calm < 45)
    assert (noisy - calm)[brain].std() == pytest.approx(5.0, rel=0.03)


def test_calcifications_are_there_or_not() -> None:
    with_calcium, without = (
        draw_head(7, calcifications=calcified, noise_hu=0.0).hounsfield for calcified in (True, False)
    )
    differing = with_calcium != without
    assert 0 < differing.sum() < 600
    assert with_calcium[differing].max() > 80 > without[differing].max()


def test_two_bleeds_are_both_in_the_truth() -> None:
    two = [Bleed(volume_ml=5), Bleed(volume_ml=15, place=Place.SUBDURAL)]
    head = draw_head(8, lesions=two, noise_hu=0.0)
    assert [placed.bleed for placed in head.bleeds] == two
    assert head.bleed_ml == pytest.approx(20, rel=0.02)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no room in the brain for 400 mL"):
        draw_head(9, lesions=[Bleed(volume_ml=400)], size=128)


def test_the_same_seed_gives_the_same_objects() -> None:
    lesions = [Bleed(volume_ml=10)]
    one, again = (head_ct(10, lesions=lesions, size=128, slices=20) for _ in range(2))
    assert [encode(image) for image in one] == [encode(image) for image in again]
    other = head_ct(11, lesions=lesions, size=128, slices=20)
    assert one[5].PixelData != other[5].PixelData
    third = head_ct(10, lesions=lesions, size=128, slices=20, run="again")
    assert {image.StudyInstanceUID for image in third}.isdisjoint({image.StudyInstanceUID for image in one})


@pytest.mark.parametrize("slices", [24, 32])
def test_the_objects_are_one_valid_series(tmp_path: Path, slices: int) -> None:
    images = head_ct(12, lesions=[Bleed(volume_ml=10)], slices=slices)
    paths = []
    for number, image in enumerate(images):
        paths.append(tmp_path / f"{number:03d}.dcm")
        paths[-1].write_bytes(encode(image))
        assert said("dciodvfy", "-new", paths[-1]) == "CTImage\n"
    assert said("dcentvfy", *paths) == ""
    assert len({image.SOPInstanceUID for image in images}) == slices
    assert {image.SeriesInstanceUID for image in images} == {images[0].SeriesInstanceUID}
    heights = [float(image.ImagePositionPatient[2]) for image in images]
    assert np.allclose(np.diff(heights), 5.0)


def said(tool: str, *paths: str | Path) -> str:
    done = subprocess.run([program(tool), *map(str, paths)], capture_output=True, check=False, timeout=60)
    return (done.stdout + done.stderr).decode(errors="replace")


def test_stored_values_are_hounsfield_units() -> None:
    head = draw_head(13, size=128, slices=20)
    image = head_ct(13, size=128, slices=20)[6]
    values = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
    assert np.array_equal(values, head.hounsfield[6])
    assert (image.BodyPartExamined, image.PatientPosition, image.RescaleType) == ("HEAD", "HFS", "HU")
