"""Text in pixels and faces: painted over by rule, told, or held back."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.uid import JPEGBaseline8Bit

from collega.errors import QuarantineError
from collega.formats.dicom_deid.comments import ITEM, without_comments
from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.file import deidentify_file
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Area, Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.text_like import text_like
from collega.formats.dicom_write import encode
from collega.testing.synthetic import chest_film, ct_series

pytestmark = [pytest.mark.shows("R13", "R85"), pytest.mark.filterwarnings("ignore::UserWarning")]
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="a")
FILMS = Path(__file__).parents[4] / "shared" / "data" / "cxr"
BOX = Area(modality="CR", rows=512, columns=512, boxes=((0, 0, 512, 40), (400, 480, 200, 200)))
PAINTS = Profile(project="a", options=frozenset({Option.CLEAN_PIXELS}), areas=(BOX,))
PLAIN = Profile(project="a")


def pixels_of(dataset: Dataset) -> NDArray[np.uint8]:
    """Read the pixels of an 8-bit film."""
    return np.frombuffer(dataset.PixelData, np.uint8)[: 512 * 512].reshape(512, 512)


def film_with_text(text: str) -> Dataset:
    """Make a film with text burned in."""
    film = chest_film(1, compressed=False)
    picture = Picture.fromarray(pixels_of(film).copy())
    ImageDraw.Draw(picture).text((12, 10), text, fill=255, font=ImageFont.load_default(18))
    film.PixelData = np.asarray(picture).tobytes()
    return film


def told_of_text(film: Dataset) -> str:
    """Return what the report says of text, empty where it says nothing."""
    told = deidentify(film, PLAIN, PSEUDONYMS).report.warnings
    return next((text for text in told if "looks like text" in text), "")


def test_areas_of_the_profile_are_painted_over_and_nothing_else() -> None:
    film = film_with_text("ZEEWOLDE Quirijn")
    done = deidentify(film, PAINTS, PSEUDONYMS)
    before, after = pixels_of(film).copy(), pixels_of(done.dataset)
    assert not after[:40].any()
    assert not after[480:, 400:].any()
    before[:40], before[480:, 400:] = 0, 0
    assert np.array_equal(before, after)
    assert done.dataset.BurnedInAnnotation == "NO"
    assert "113101" in {item.CodeValue for item in done.dataset.DeidentificationMethodCodeSequence}


def test_a_rule_for_another_image_paints_nothing() -> None:
    film = chest_film(1, compressed=False)
    for area in (
        Area(modality="US", boxes=BOX.boxes),
        Area(rows=511, boxes=BOX.boxes),
        Area(model="X", boxes=BOX.boxes),
    ):
        profile = Profile(project="a", options=frozenset({Option.CLEAN_PIXELS}), areas=(area,))
        done = deidentify(film, profile, PSEUDONYMS).dataset
        assert done.PixelData == film.PixelData
        claimed = [item.CodeValue for item in done.DeidentificationMethodCodeSequence]
        assert claimed == ["113100"], "pixels that nobody cleaned are not called clean"


def test_compressed_pixels_are_painted_too(tmp_path: Path) -> None:
    film = chest_film(1)
    assert film.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    (tmp_path / "in.dcm").write_bytes(encode(film))
    deidentify_file(tmp_path / "in.dcm", tmp_path / "out.dcm", PAINTS, PSEUDONYMS)
    done = pydicom.dcmread(tmp_path / "out.dcm")
    assert not pixels_of(done)[:40].any()
    assert pixels_of(done)[100:200].any()
    assert not done.file_meta.TransferSyntaxUID.is_encapsulated


def test_what_is_around_the_regions_of_an_ultrasound_is_painted_over() -> None:
    film = chest_film(1, compressed=False)
    film.Modality, region = "US", Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 20, 50
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 500, 490
    film.SequenceOfUltrasoundRegions = [region]
    after = pixels_of(deidentify(film, PAINTS, PSEUDONYMS).dataset)
    outside = np.ones((512, 512), bool)
    outside[50:491, 20:501] = False
    assert not after[outside].any()
    assert np.array_equal(after[~outside], pixels_of(film)[~outside])


SAYS_TEXT = {"BurnedInAnnotation": "YES", "SpecimenLabelInImage": "YES", "ImageType": ["ORIGINAL", "PRIMARY", "LABEL"]}


@pytest.mark.parametrize(("keyword", "value"), SAYS_TEXT.items())
def test_what_says_that_it_has_text_is_held_back_unless_it_was_painted(keyword: str, value: str | list[str]) -> None:
    film = film_with_text("x")
    setattr(film, keyword, value)
    with pytest.raises(QuarantineError) as caught:
        deidentify(film, PLAIN, PSEUDONYMS)
    assert caught.value.code == "burned-in"
    assert deidentify(film, PAINTS, PSEUDONYMS).dataset.BurnedInAnnotation == "NO"
    warns = Profile(project="a", holds_back_burned_in=False)
    assert "text is burned into the pixels, as the object says" in deidentify(film, warns, PSEUDONYMS).report.warnings


@pytest.mark.parametrize("text", ["ZEEWOLDE Quirijn", "1958-04-17 M", "Radiologie 12:44"])
def test_what_looks_like_text_is_told_with_its_place(text: str) -> None:
    told = told_of_text(film_with_text(text))
    assert told.startswith("what looks like text is in the pixels, at ")
    assert text not in told
    assert f" {text_like(pixels_of(film_with_text(text)).astype(np.float32))[0][0]}," in told


def test_films_without_text_are_seldom_suspected() -> None:
    assert not [seed for seed in range(5) if told_of_text(chest_film(seed))]
    assert text_like(np.zeros((512, 512), np.float32)) == ()
    assert text_like(np.zeros((4, 4), np.float32)) == ()


@pytest.mark.skipif(not FILMS.is_dir(), reason="the films of others are not on this machine")
def test_real_films_are_suspected_where_they_have_words() -> None:
    # Of the first 60, ten have a word such as PORTABLE; in three more a marker of the side is taken for one.
    films = sorted(FILMS.glob("*.dcm"))[:60]
    suspected = [bool(text_like(pydicom.dcmread(path).pixel_array.astype(np.float32))) for path in films]
    assert 10 <= sum(suspected) <= 15


def test_a_head_is_told_and_held_back_where_no_face_may_leave() -> None:
    head = ct_series(1)[0]
    head.BodyPartExamined = "HEAD"
    done = deidentify(head, PLAIN, PSEUDONYMS)
    assert "a face may be computed from the images" in done.report.warnings
    assert done.dataset.RecognizableVisualFeatures == "YES"
    no_faces = Profile(project="a", options=frozenset({Option.CLEAN_FACES}))
    with pytest.raises(QuarantineError) as caught:
        deidentify(head, no_faces, PSEUDONYMS)
    assert caught.value.code == "recognizable"
    head.BodyPartExamined = "CHEST"
    assert deidentify(head, no_faces, PSEUDONYMS).dataset.RecognizableVisualFeatures == "NO"
    del head.BodyPartExamined
    with pytest.raises(QuarantineError):
        deidentify(head, no_faces, PSEUDONYMS)


JPEG_COMMENT = b"\xff\xfe\x00\x12ZEEWOLDE Quirijn"
EXIF = b"\xff\xe1\x00\x12ZEEWOLDE Quirijn"
JPEG_2000_COMMENT = b"\xff\x64\x00\x14\x00\x01ZEEWOLDE Quirijn"


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        (b"\xff\xd8\xff\xe0\x00\x04JF", JPEG_COMMENT + EXIF, b"\xff\xda\x00\x02data of ZEEWOLDE's image"),
        (b"\xff\x4f\xff\x51\x00\x04SZ", JPEG_2000_COMMENT, b"\xff\x90\x00\x02data of ZEEWOLDE's image"),
    ],
)
def test_comments_in_compressed_pixels_are_overwritten_in_place(start: bytes, text: bytes, end: bytes) -> None:
    offsets, close = ITEM + bytes(4), b"\xfe\xff\xdd\xe0" + bytes(4)
    frame = start + text + end
    pixels = offsets + ITEM + len(frame).to_bytes(4, "little") + frame + close
    done = bytes(without_comments(pixels))
    assert len(done) == len(pixels)
    assert done.count(b"ZEEWOLDE") == 1, "the image itself is not touched"
    assert done == pixels.replace(b"ZEEWOLDE Quirijn", b" " * 16)
    plain = pixels.replace(text, b"")
    assert without_comments(plain) is plain
    assert without_comments(pixels[:-30]) is not None
