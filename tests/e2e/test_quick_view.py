"""The quick view: the right pixels through the right window, AI above them and away while the space bar is held."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from highdicom import VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from playwright.sync_api import Page, expect
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from collega.testing.vendor_answers import capture, presentation_state, referred
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import wait_over
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R65", "R66")
UNIT = Code("1", "UCUM", "no units")


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, list[np.ndarray]]]:
    """Give a site with a head CT that its app has found a bleed in, and its planes in HU from bottom to top."""
    folder = tmp_path_factory.mktemp("quick")
    settings = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": "0.5", "COLLEGA_DEFAULT_STAGE": "pilot"}
    images = head_ct(21, lesions=[Bleed(volume_ml=12.0)], made_at=datetime.now(ZoneInfo("Europe/Amsterdam")))
    planes = []
    (folder / "images").mkdir()
    for number, image in enumerate(images):
        image.save_as(folder / "images" / f"{number:03d}.dcm", enforce_file_format=True)
        values = dcmread(folder / "images" / f"{number:03d}.dcm")
        hu = values.pixel_array * float(values.RescaleSlope) + float(values.RescaleIntercept)
        planes.append((float(values.ImagePositionPatient[2]), hu))
    with site(folder / "site", pacs=None, settings=settings) as one:
        one.start()
        dcmsend(one.dicom_port, folder / "images")
        study = str(images[0].StudyInstanceUID)
        wait_over(one, study, seconds=90, page=False)
        yield one, study, [hu for _, hu in sorted(planes, key=lambda plane: plane[0])]


def grey(tab: Page, column: int, row: int) -> int:
    found = tab.evaluate(
        f"[...document.querySelector('#quick-view .image').getContext('2d').getImageData({column}, {row}, 1, 1).data]"
    )
    return int(found[0])


def drawn(tab: Page) -> bool:
    """Whether anything stands above the image in the ink of apps."""
    return bool(
        tab.evaluate(
            """() => { const above = document.querySelector('#quick-view .above');
            const all = above.getContext('2d').getImageData(0, 0, above.width, above.height).data;
            for (let at = 0; at < all.length; at += 4) if (all[at + 3] > 0) return true;
            return false; }"""
        )
    )


OPEN = (20, 20, 236, 236)  # what the shutter leaves: left, top, right, bottom


def graphic(kind: str, points: list[float], units: str = "PIXEL", filled: str = "N") -> Dataset:
    item = Dataset()
    item.GraphicAnnotationUnits, item.GraphicDimensions, item.NumberOfGraphicPoints = units, 2, len(points) // 2
    item.GraphicData, item.GraphicType, item.GraphicFilled = points, kind, filled
    return item


def state(image: Dataset, title: str, graphics: list[Dataset], **values: object) -> Dataset:
    """Presentation state over one image, with a text beside its graphics."""
    made = presentation_state([image])
    made.SeriesDescription, series = title, Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = image.SeriesInstanceUID, [referred(image)]
    made.ReferencedSeriesSequence = [series]
    text = Dataset()
    text.BoundingBoxAnnotationUnits, text.UnformattedTextValue = "PIXEL", f"said by {title}"
    text.BoundingBoxTopLeftHandCorner, text.BoundingBoxBottomRightHandCorner = [40.0, 200.0], [120.0, 215.0]
    text.BoundingBoxTextHorizontalJustification = "LEFT"
    annotation = made.GraphicAnnotationSequence[0]
    annotation.GraphicObjectSequence, annotation.TextObjectSequence = graphics, [text]
    for name, value in values.items():
        setattr(made, name, value)
    return made


def marks(image: Dataset) -> Dataset:
    """Every kind of mark, in both units, in an image of 256 x 256, and a shutter."""
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [1, 1], [256, 256]
    area.PresentationSizeMode = "SCALE TO FIT"
    left, top, right, bottom = OPEN
    return state(
        image,
        "marks",
        [
            graphic("POINT", [60.0, 60.0]),
            graphic("POLYLINE", [80.0, 50.0, 120.0, 50.0, 120.0, 80.0]),
            graphic("CIRCLE", [60.0, 120.0, 60.0, 140.0]),
            graphic("ELLIPSE", [110.0, 120.0, 170.0, 120.0, 140.0, 110.0, 140.0, 130.0], filled="Y"),
            graphic("INTERPOLATED", [180.0, 50.0, 200.0, 70.0, 220.0, 50.0]),
            graphic("POLYLINE", [0.25, 0.7, 0.75, 0.7], "DISPLAY"),
        ],
        DisplayedAreaSelectionSequence=[area],
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=left,
        ShutterRightVerticalEdge=right + 1,
        ShutterUpperHorizontalEdge=top,
        ShutterLowerHorizontalEdge=bottom + 1,
    )


def painted(image: Dataset) -> Dataset:
    """Secondary capture of the size of its image: grey, with a red square."""
    made = capture([image])
    made.SeriesDescription, made.Rows, made.Columns = "painted", image.Rows, image.Columns
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    pixels = np.full((image.Rows, image.Columns, 3), 90, dtype=np.uint8)
    pixels[100:140, 60:100] = (250, 20, 20)
    made.PixelData = pixels.tobytes()
    return made


def heat(images: Sequence[Dataset]) -> Dataset:
    """Parametric map of half as many pixels each way as its images have."""
    rows, columns = images[0].Rows // 2, images[0].Columns // 2
    values = np.zeros((len(images), rows, columns), dtype=np.float32)
    values[:, 20:40, 30:60] = 2.0
    values[0, 20:40, 30:60] = 4.0
    mapping = RealWorldValueMapping(
        lut_label="1", lut_explanation="attention", unit=UNIT, value_range=(0.0, 4.0), slope=1.0, intercept=0.0
    )
    made = ParametricMap(
        *(list(images), np.repeat(np.repeat(values, 2, axis=1), 2, axis=2), generate_uid(), 901, generate_uid(), 1),
        manufacturer="Vendor simulator",
        manufacturer_model_name="heat",
        software_versions="1",
        device_serial_number="0",
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[mapping],
        voi_lut_transformations=[VOILUTTransformation(window_center=2.0, window_width=4.0)],
        content_label="HEAT",
        series_description="heat",
    )
    made.Rows, made.Columns = rows, columns
    made.FloatPixelData = values.tobytes()
    (measures,) = made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    spacing = float(images[0].PixelSpacing[0])
    measures.PixelSpacing = [2 * spacing, 2 * spacing]
    # The centre of the first pixel is now that of four.
    for group in made.PerFrameFunctionalGroupsSequence:
        place = group.PlanePositionSequence[0]
        step = np.asarray(images[0].ImageOrientationPatient, dtype=float).reshape(2, 3).sum(axis=0) * spacing / 2
        place.ImagePositionPatient = [float(value) for value in np.asarray(place.ImagePositionPatient) + step]
    return made


@pytest.fixture(scope="module")
def laid(head: tuple[Site, str, list[np.ndarray]]) -> tuple[Site, str]:
    """Send what others put over the images: all that can be drawn, and much that cannot."""
    one, study, _ = head
    folder = one.data.parent.parent
    images = [dcmread(file) for file in sorted((folder / "images").iterdir())]
    broken = state(images[5], "broken", [graphic("CIRCLE", [10.0, 10.0]), graphic("POLYLINE", [1.0, 2.0], "MATRIX")])
    del broken.GraphicAnnotationSequence[0].TextObjectSequence[0].BoundingBoxTopLeftHandCorner
    own = capture(images[:1])
    own.SeriesDescription = "own page"
    del own.SourceImageSequence
    small = capture(images[:1])
    small.SeriesDescription = "small"
    (folder / "laid").mkdir()
    lost = heat(images[:1])
    lost.SeriesDescription = "of nothing"
    (derived,) = lost.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence
    derived.SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    sendings = (marks(images[3]), painted(images[7]), heat(images[9:11]), broken, own, small, lost)
    for number, made in enumerate(sendings):
        made.save_as(folder / "laid" / f"{number}.dcm", enforce_file_format=True)
    sent = dcmsend(one.dicom_port, folder / "laid")
    assert "with status SUCCESS  : 7" in sent.text, sent.text
    return one, study


def led(tab: Page, one: Site, study: str, title: str) -> None:
    """Follow the line of an overlay to its image."""
    tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}?lang=en")
    line = tab.locator("#quick-view .aside button", has_text=title).first
    image = line.inner_text().partition(", image ")[2].split()[0]
    line.click()
    told = tab.locator("#quick-view .told")
    wait_for(lambda: told.inner_text().startswith(f"image {image} /"), "its image is shown", 10)
    tab.wait_for_selector("#quick-view[data-waiting='0']:not([data-drawn='0'])")


def ink(tab: Page, column: float, row: float) -> list[int]:
    """Give the strongest colour (RGBA) above the image around a place in it: lines are thin."""
    found = tab.evaluate(
        """([column, row]) => {
        const [image, above] = ['image', 'above'].map((name) => document.querySelector(`#quick-view .${name}`));
        const at = new DOMMatrix(getComputedStyle(image).transform), dense = devicePixelRatio;
        const [x, y] = [(at.e + column * at.a) * dense, (at.f + row * at.d) * dense].map(Math.round);
        const near = above.getContext('2d').getImageData(x - 1, y - 1, 3, 3).data;
        let best = 0; for (let i = 0; i < near.length; i += 4) if (near[i + 3] > near[best + 3]) best = i;
        return [...near.slice(best, best + 4)]; }""",
        [column, row],
    )
    return [int(value) for value in found]


def is_cyan(colour: Sequence[int]) -> bool:
    return colour[3] > 60 and colour[2] > colour[0] + 60


def test_every_kind_of_mark_of_a_presentation_state_is_drawn_at_its_place(laid: tuple[Site, str]) -> None:
    one, study = laid
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        led(tab, one, study, "marks")
        below = 60 + 5 / scale_of(tab)  # a point is a ring of five pixels of the screen
        on = [(60, below), (100, 50), (120, 65), (80, 120), (40, 120), (140, 110), (140, 120), (200, 70), (128, 179.2)]
        assert [place for place in on if not is_cyan(ink(tab, *place))] == []
        assert [place for place in [(30, 30), (100, 65), (60, 120), (200, 110)] if ink(tab, *place)[3] > 0] == []
        letters = [ink(tab, column, 200 + 8 / scale_of(tab)) for column in range(40, 80)]
        assert any(is_cyan(colour) for colour in letters)
        for column, row in ((5, 5), (128, 10), (250, 128), (128, 250)):
            assert ink(tab, column, row) == [0, 0, 0, 255], "the shutter covers it"
        tab.focus("#quick-view .stage")
        tab.keyboard.down(" ")
        assert not drawn(tab)
        tab.keyboard.up(" ")
        assert violations(tab) == []


def scale_of(tab: Page) -> float:
    return float(
        tab.evaluate("new DOMMatrix(getComputedStyle(document.querySelector('#quick-view .image')).transform).a")
    )


def test_colours_of_a_secondary_capture_lie_over_their_image_and_its_grey_does_not(laid: tuple[Site, str]) -> None:
    one, study = laid
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        led(tab, one, study, "painted")
        red, green, _, alpha = ink(tab, 80, 120)
        assert red > 200
        assert green < 60
        assert 100 < alpha < 220, "the image shows through"
        assert ink(tab, 80, 160)[3] == 0


def test_a_parametric_map_is_drawn_by_where_it_lies_in_the_patient(laid: tuple[Site, str]) -> None:
    one, study = laid
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        led(tab, one, study, "heat")
        # 30..60, 20..40 of the map are 60..120, 40..80 of the image.
        assert ink(tab, 64, 44)[3] > 100
        assert ink(tab, 116, 76)[3] > 100
        assert [place for place in ((56, 60), (124, 60), (90, 36), (90, 84)) if ink(tab, *place)[3] > 0] == []


def test_whatever_is_not_drawn_is_named_with_the_reason_and_its_words(laid: tuple[Site, str]) -> None:
    one, study = laid
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}?lang=en")
        tab.wait_for_selector("#quick-view .aside .not-drawn")
        lines = tab.locator("#quick-view .aside .not-drawn").all_inner_texts()
        for title, why in (
            ("broken, Vendor simulator, AI", "it contradicts the standard. “said by broken”"),
            ("broken, Vendor simulator, AI", "a kind that is not drawn here. “said by broken”"),
            ("own page", "a picture that lies over no image"),
            ("small", "it does not fit the image"),
            ("of nothing", "its image is not here"),
        ):
            assert [line for line in lines if title in line and why in line], f"{title}: {why}: {lines}"
        assert violations(tab) == []
        assert overflow(tab) <= 0
        link = tab.locator("#quick-view .aside a").first.get_attribute("href")
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{link}", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("image/")


def opened(tab: Page, one: Site, study: str, language: str = "en") -> None:
    tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}?lang={language}")
    tab.wait_for_selector("#quick-view[data-drawn]:not([data-drawn='0'])")


def test_the_pixels_are_those_of_the_plane_through_its_window(head: tuple[Site, str, list[np.ndarray]]) -> None:
    one, study, planes = head
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        opened(tab, one, study)
        tab.focus("#quick-view .stage")
        tab.keyboard.press("Home")
        told = tab.locator("#quick-view .told")
        wait_for(lambda: told.inner_text().startswith("image 1 /"), "the first plane is shown", 10)
        tab.keyboard.press("3")  # soft tissue: 40, 400
        for step in range(3):
            plane = planes[step]
            wait_for(lambda step=step: told.inner_text().startswith(f"image {step + 1} /"), "the plane is shown", 10)
            row, column = np.unravel_index(int(np.argmax(plane)), plane.shape)
            for at_row, at_column in ((int(row), int(column)), (plane.shape[0] // 2, plane.shape[1] // 2), (2, 2)):
                level = ((plane[at_row, at_column] - 39.5) / 399 + 0.5) * 255
                assert abs(grey(tab, at_column, at_row) - min(255, max(0, level))) <= 1
            tab.keyboard.press("ArrowDown")


def test_ai_is_drawn_and_goes_away_while_the_space_bar_is_held(head: tuple[Site, str, list[np.ndarray]]) -> None:
    one, study, _ = head
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        opened(tab, one, study, "nl")
        expect(tab.locator("#quick-view")).to_contain_text("Niet voor primaire diagnostiek")
        assert drawn(tab)
        tab.focus("#quick-view .stage")
        tab.keyboard.down(" ")
        assert not drawn(tab)
        tab.keyboard.up(" ")
        assert drawn(tab)
        assert violations(tab) == []


def test_a_double_click_says_where_something_was_missed(head: tuple[Site, str, list[np.ndarray]]) -> None:
    one, study, _ = head
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        opened(tab, one, study)
        assert overflow(tab) <= 0
        box = tab.locator("#quick-view .stage").bounding_box()
        assert box is not None
        tab.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert tab.evaluate("document.activeElement.name") == "what"
        tab.fill("#reader", "dr. X")
        tab.fill("#missed-form input[name=what]", "fractuur")
        tab.click("#missed-form button")
        tab.wait_for_selector("#missed li")
    (mark,) = [event for event in one.account(study)["events"] if event["kind"] == "missed_marked"]
    assert mark["payload"]["withdrawn"] is False


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("nobody/1", 404, "dat beeld is er niet"),
        ("KEY/0", 409, "beeld 0 van 1"),
        ("KEY/2", 409, "beeld 2 van 1"),
        ("KEY/one", 422, "number: "),
    ],
)
def test_what_is_no_frame_is_refused_in_the_readers_language(
    head: tuple[Site, str, list[np.ndarray]], path: str, status: int, said: str
) -> None:
    one, study, _ = head
    base = f"http://127.0.0.1:{one.web_port}/studies/{study}/images"
    with urllib.request.urlopen(base, timeout=10) as answer:
        key = answer.read().decode().split('"images":[{"key":"')[1][:32]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base}/{path.replace('KEY', key)}?lang=nl", timeout=10)  # noqa: S310 - loopback
    assert refused.value.code == status
    assert said in json.load(refused.value)["detail"]


def test_an_image_that_is_gone_leaves_the_text_and_says_why(head: tuple[Site, str, list[np.ndarray]]) -> None:
    one, study, _ = head
    for file in (one.data / "runs").rglob("edges.json"):
        file.unlink()
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}?lang=en")
        tab.wait_for_selector("#quick-view .aside li")
        expect(tab.locator("#quick-view .aside")).to_contain_text("not drawn")
        assert tab.locator(".finding h3").count() > 0
