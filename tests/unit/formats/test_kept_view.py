"""What a maker wrote is shown where a browser can, and given to keep where it cannot."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset

from collega.formats.dicom_write import encode
from collega.formats.kept_view import shown
from collega.testing.synthetic import chest_film
from collega.testing.vendor_answers import capture, paper, report

PICTURE = BytesIO()
Image.fromarray(np.zeros((4, 6), dtype=np.uint8)).save(PICTURE, "PNG")


@pytest.fixture(scope="module")
def film() -> Dataset:
    return chest_film(1)


@pytest.mark.shows("R5", "R24")
def test_a_secondary_capture_is_drawn_as_it_is(film: Dataset) -> None:
    picture = capture([film])
    found = shown(encode(picture))
    assert (found.media_type, found.is_shown) == ("image/png", True)
    drawn = np.asarray(Image.open(BytesIO(found.content)))
    assert np.array_equal(drawn, picture.pixel_array)


@pytest.mark.shows("R5", "R24")
def test_a_document_is_taken_out_of_its_wrapping(film: Dataset) -> None:
    found = shown(encode(paper([film])))
    assert (found.media_type, found.is_shown) == ("application/pdf", True)
    assert found.content.startswith(b"%PDF-")


@pytest.mark.shows("R5")
def test_what_no_browser_shows_is_given_to_keep(film: Dataset) -> None:
    content = encode(report([film]))
    found = shown(content)
    assert (found.media_type, found.is_shown, found.content) == ("application/dicom", False, content)
    wide = capture([film])
    wide.BitsAllocated = wide.BitsStored = 16
    assert not shown(encode(wide)).is_shown


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PICTURE.getvalue(), "image/png"), (b"%PDF-1.7\n", "application/pdf"), (b"<html>", "application/octet-stream")],
)
def test_files_are_known_by_how_they_begin(content: bytes, media_type: str) -> None:
    found = shown(content)
    assert (found.media_type, found.content) == (media_type, content)
    assert found.is_shown is (media_type != "application/octet-stream")


def test_pixels_that_are_not_what_they_say_are_given_to_keep(film: Dataset) -> None:
    broken = capture([film])
    broken.PixelData = b"\0\0"
    assert not shown(encode(broken)).is_shown


@given(st.binary(max_size=400))
def test_nothing_makes_it_raise(content: bytes) -> None:
    assert shown(bytes(128) + b"DICM" + content).media_type != "text/html"
