"""What lies over images, read: places, curves, and a reason for whatever is left."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.heat_layers import heat_picture
from collega.formats.layer import MOST_ITEMS, Why
from collega.formats.layers import layers
from collega.testing.synthetic import ct_series
from collega.testing.vendor_answers import capture, presentation_state, referred

pytestmark = pytest.mark.shows("R25", "R66")


@pytest.fixture(scope="module")
def images() -> list[Dataset]:
    return ct_series(3, slices=2, size=64)


def graphic(kind: str, points: Any, units: str = "PIXEL") -> Dataset:
    item = Dataset()
    item.GraphicAnnotationUnits, item.GraphicType, item.GraphicFilled = units, kind, "N"
    item.GraphicDimensions, item.NumberOfGraphicPoints = 2, 1
    item.GraphicData = points
    return item


def read(made: Dataset, folder: Path, find: Any = lambda _uid: None) -> Any:
    made.save_as(folder / "one.dcm", enforce_file_format=True)
    return layers(folder / "one.dcm", find)


def state(images: list[Dataset], *graphics: Dataset, **values: Any) -> Dataset:
    made = presentation_state(images)
    made.GraphicAnnotationSequence[0].GraphicObjectSequence = list(graphics)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def area(left: int, top: int, right: int, bottom: int, image: Dataset | None = None) -> Dataset:
    item = Dataset()
    item.DisplayedAreaTopLeftHandCorner, item.DisplayedAreaBottomRightHandCorner = [left, top], [right, bottom]
    if image is not None:
        item.ReferencedImageSequence = [referred(image)]
    return item


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (graphic("CIRCLE", [1.0, 2.0]), Why.MALFORMED),
        (graphic("ELLIPSE", [1.0, 2.0, 3.0, 4.0]), Why.MALFORMED),
        (graphic("POLYLINE", [1.0, 2.0, 3.0]), Why.MALFORMED),
        (graphic("POLYLINE", [1.0, float("nan")]), Why.MALFORMED),
        (graphic("POLYLINE", None), Why.MALFORMED),
        (graphic("SPIRAL", [1.0, 2.0]), Why.NOT_KNOWN),
        (graphic("POINT", [1.0, 2.0], "MATRIX"), Why.NOT_KNOWN),
        (graphic("POINT", [0.1, 0.2], "DISPLAY"), Why.TURNED),
    ],
)
def test_what_cannot_be_drawn_has_its_reason(images: list[Dataset], tmp_path: Path, values: Dataset, why: Why) -> None:
    (layer,) = read(state(images, values), tmp_path)
    assert (layer.why, layer.items) == (why, ())
    assert layer.image == images[0].SOPInstanceUID


def test_units_of_the_display_are_fractions_of_the_displayed_area_of_that_image(
    images: list[Dataset], tmp_path: Path
) -> None:
    made = state(images, graphic("POINT", [0.5, 0.25], "DISPLAY"))
    made.DisplayedAreaSelectionSequence = [area(1, 1, 64, 64, images[1]), area(11, 21, 30, 60, images[0])]
    (layer,) = read(made, tmp_path)
    assert layer.items[0]["points"] == [(20.0, 30.0)]
    made.ImageRotation = 90
    (layer,) = read(made, tmp_path)
    assert layer.why is Why.TURNED


def test_a_curve_goes_through_its_points(images: list[Dataset], tmp_path: Path) -> None:
    given = [1.0, 1.0, 20.0, 5.0, 40.0, 30.0, 1.0, 1.0]
    (layer,) = read(state(images, graphic("INTERPOLATED", given)), tmp_path)
    drawn = layer.items[0]["points"]
    for point in zip(given[::2], given[1::2], strict=True):
        assert np.min(np.abs(np.asarray(drawn) - point).sum(axis=1)) < 1e-9


@pytest.mark.parametrize("values", [{"SoftcopyVOILUTSequence": [Dataset()]}, {"ShutterShape": "BITMAP"}])
def test_what_else_a_state_sets_is_told(images: list[Dataset], tmp_path: Path, values: dict[str, Any]) -> None:
    found = read(state(images, graphic("POINT", [1.0, 2.0]), **values), tmp_path)
    assert {layer.why for layer in found} in ({Why.NONE, Why.DISPLAY}, {Why.NONE, Why.NOT_KNOWN})


def test_a_state_without_an_image_or_with_too_much_is_told(images: list[Dataset], tmp_path: Path) -> None:
    made = state(images, graphic("POINT", [1.0, 2.0]))
    del made.ReferencedSeriesSequence, made.GraphicAnnotationSequence[0].ReferencedImageSequence
    assert [layer.why for layer in read(made, tmp_path)] == [Why.NO_IMAGE]
    many = [graphic("POINT", [1.0, 2.0])] * (MOST_ITEMS + 1)
    assert [layer.why for layer in read(state(images, *many), tmp_path)] == [Why.TOO_MUCH]


def test_what_is_no_dicom_or_breaks_off_is_told(images: list[Dataset], tmp_path: Path) -> None:
    (tmp_path / "heat.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert [layer.why for layer in layers(tmp_path / "heat.png", lambda _uid: None)] == [Why.OWN_PICTURE]
    made = state(images, graphic("POINT", [1.0, 2.0]))
    made.save_as(tmp_path / "cut.dcm", enforce_file_format=True)
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "cut.dcm").read_bytes()[:-30])
    assert all(layer.why for layer in layers(tmp_path / "cut.dcm", lambda _uid: None))


def test_a_grey_capture_of_the_size_of_its_image_becomes_colours(images: list[Dataset], tmp_path: Path) -> None:
    images[0].save_as(tmp_path / "image.dcm", enforce_file_format=True)
    made = capture(images)
    pixels = np.zeros((64, 64), dtype=np.uint8)
    pixels[:, 32:] = 255
    made.PixelData = pixels.tobytes()
    (layer,) = read(made, tmp_path, {str(images[0].SOPInstanceUID): tmp_path / "image.dcm"}.get)
    assert (layer.why, layer.place, layer.number) == (Why.NONE, (0.0, 0.0, 64.0, 64.0), 1)
    (tmp_path / "drawn.png").write_bytes(heat_picture(tmp_path / "one.dcm", 1))
    drawn = np.asarray(Image.open(tmp_path / "drawn.png"))
    assert (drawn[:, :32, 3] == 0).all()
    assert (drawn[:, 32:, 3] > 100).all()
    with pytest.raises(InputError):
        heat_picture(tmp_path / "one.dcm", 2)
