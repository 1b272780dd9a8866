"""OHIF under ``/viewer``: it draws images and what apps found, from our own DICOMweb alone, under its label."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from tests.e2e.browser import WIDE, browser, page
from tests.e2e.conftest import ROOT
from tests.e2e.films import Film, wait_over, write_film
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for

pytestmark = [pytest.mark.shows("R25", "R66"), pytest.mark.timeout(240)]

MARKING = Path(__file__).parent / "marking"
RESULTS = '[data-cy="study-browser-thumbnail-no-image"]'
PORT = "window.services.cornerstoneViewportService.getRenderingEngine().getViewports()[0]"
# Where pixels of the image are in the window: centres of pixels, through the viewer's own arithmetic.
PLACES = f"""(pixels) => {{ const port = {PORT}; const imageData = port?.getImageData?.()?.imageData;
    if (!imageData) return [];  // another layout is being made
    const box = port.element.getBoundingClientRect();
    return pixels.map(([column, row]) => {{ const [x, y] = port.worldToCanvas(imageData.indexToWorld([column, row, 0]));
        return [x + box.left, y + box.top]; }}); }}"""
CENTER, WIDTH = 35.0, 80.0


@dataclass(frozen=True, kw_only=True)
class House:
    """A site with results of two apps in its PACS: a head CT with a mask, a film with a box."""

    site: Site
    pacs: Orthanc
    head: Sequence[Dataset]
    film: Film

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.site.web_port}"

    def results(self, study: str, modality: str) -> list[Dataset]:
        found = [dcmread(BytesIO(self.pacs.instance_file(one["ID"]))) for one in self.pacs.find_by_study(study)]
        return [one for one in found if one.Modality == modality]


class Reply(NamedTuple):
    """What came back."""

    status: int
    url: str
    policy: str
    text: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("viewer")
    head = head_ct(21, lesions=[Bleed(volume_ml=12.0)], made_at=datetime.now(ZoneInfo("Europe/Amsterdam")))
    (folder / "head").mkdir()
    for number, image in enumerate(head):
        image.save_as(folder / "head" / f"{number:03d}.dcm", enforce_file_format=True)
    film = write_film(folder, "viewed")
    settings = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": "0.5"}
    with (
        orthanc(folder / "orthanc") as pacs,
        site(
            folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[ROOT / "apps", MARKING], settings=settings
        ) as one,
    ):
        one.start()
        dcmsend(one.dicom_port, folder / "head")
        dcmsend(one.dicom_port, film.path)
        for study in (str(head[0].StudyInstanceUID), film.study):
            wait_over(one, study, seconds=90)
        yield House(site=one, pacs=pacs, head=head, film=film)


def opened(tab: Page, house: House, study: str) -> list[str]:
    """Go from the page of a study into the viewer; gives the addresses that the browser has asked for, as they come."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{house.origin}/studies/{study}?lang=nl")
    link = tab.get_attribute("#ohif", "href")
    assert link is not None
    tab.goto(f"{house.origin}{link}")
    wait_for(lambda: bool(tab.evaluate(f"!!window.services && !!{PORT}?.getImageData?.()")), "an image is drawn", 40)
    return asked


def shot(tab: Page) -> NDArray[np.int64]:
    return np.asarray(Image.open(BytesIO(tab.screenshot())).convert("RGB")).astype(np.int64)


def colours(tab: Page, pixels: Sequence[tuple[float, float]]) -> NDArray[np.int64]:
    """Give the colours on the screen at centres of pixels (column, row) of the image."""
    places = tab.evaluate(PLACES, [list(map(float, pixel)) for pixel in pixels])
    picture = shot(tab)
    return np.array([picture[int(y), int(x)] for x, y in places])


def ink_near(tab: Page, pixels: Sequence[tuple[float, float]]) -> float:
    """Give at which share of places there is colour within three pixels of the screen: lines are thin."""
    places = tab.evaluate(PLACES, [list(map(float, pixel)) for pixel in pixels])
    picture = coloured(shot(tab))
    if not places:
        return 0.0
    return float(np.mean([picture[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].any() for x, y in places]))


def label_is_on_top(tab: Page) -> bool:
    return bool(
        tab.evaluate(
            """() => { const label = document.getElementById('not-primary'); const box = label.getBoundingClientRect();
            const here = (x) => label.contains(document.elementFromPoint(x, box.top + box.height / 2));
            return box.height >= 32 && box.width >= innerWidth - 1 && here(5) && here(innerWidth / 2)
                && here(innerWidth - 5); }"""
        )
    )


def shown_plane(tab: Page, house: House) -> Dataset:
    name = str(tab.evaluate(f"{PORT}.getCurrentImageId()"))
    return next(one for one in house.head if f"/instances/{one.SOPInstanceUID}/" in name)


def coloured(found: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray((found.max(axis=-1) - found.min(axis=-1)) > 40)


def test_a_ct_is_drawn_with_its_grey_values_and_a_mask_in_its_colour_at_its_place(house: House) -> None:
    study = str(house.head[0].StudyInstanceUID)
    (mask,) = house.results(study, "SEG")
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        asked = opened(tab, house, study)
        assert label_is_on_top(tab)
        tab.locator(RESULTS, has_text="SEG").dblclick()
        wait_for(lambda: tab.get_by_text("Do you want to open this Segmentation?").count() > 0, "the mask is read", 30)
        plane = shown_plane(tab, house)
        inside = np.argwhere(mask_of(mask, plane))
        assert len(inside), "the viewer goes to a plane of the mask"
        far = [(int(c), int(r)) for r, c in grid(plane) if np.abs(inside - (r, c)).max(axis=1).min() > 12]
        wait_for(lambda: coloured(colours(tab, [centre(inside)])).all(), "the mask is drawn", 20)
        ink = colours(tab, [(c, r) for r, c in inside])
        assert coloured(ink).mean() > 0.9
        assert (ink[:, 0] > ink[:, 2]).mean() > 0.9, "in the orange that the segmentation recommends"
        found = colours(tab, far)
        assert not coloured(found).any(), "and nowhere else"
        error = np.abs(found.mean(axis=1) - levels(plane, far))
        assert np.median(error) <= 3
        assert error.mean() <= 8
        assert label_is_on_top(tab)
        assert not tab.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)")
        outside = [url for url in asked if not url.startswith((f"{house.origin}/", "blob:", "data:"))]
        assert outside == []
        assert any("/dicom-web/" in url for url in asked)


def grid(plane: Dataset) -> Iterator[tuple[int, int]]:
    step = 11
    yield from ((r, c) for r in range(step, plane.Rows - step, step) for c in range(step, plane.Columns - step, step))


def centre(inside: NDArray[Any]) -> tuple[int, int]:
    middle = inside.mean(axis=0)
    row, column = inside[np.abs(inside - middle).sum(axis=1).argmin()]
    return int(column), int(row)


def mask_of(mask: Dataset, plane: Dataset) -> NDArray[np.bool_]:
    """Give the mask in one plane, by the image that its frame names as its source."""
    frames = mask.pixel_array.reshape(-1, mask.Rows, mask.Columns)
    found = np.zeros((mask.Rows, mask.Columns), dtype=bool)
    for frame, item in zip(frames, mask.PerFrameFunctionalGroupsSequence, strict=True):
        source = item.DerivationImageSequence[0].SourceImageSequence[0]
        if source.ReferencedSOPInstanceUID == plane.SOPInstanceUID:
            found |= frame.astype(bool)
    return found


def levels(plane: Dataset, pixels: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Give what PS3.3 C.11.2.1.2.1 makes of the values of pixels."""
    hu = plane.pixel_array * float(plane.RescaleSlope) + float(plane.RescaleIntercept)
    values = np.array([hu[row, column] for column, row in pixels])
    return np.clip(((values - (CENTER - 0.5)) / (WIDTH - 1) + 0.5) * 255, 0, 255)


def test_a_region_of_a_report_is_drawn_on_its_film(house: House) -> None:
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        opened(tab, house, house.film.study)
        edge = [(column, row) for row in (100, 140) for column in range(202, 259)]
        assert tab.evaluate(PLACES, edge), "the film stands there"
        assert ink_near(tab, edge) == 0
        tab.locator(RESULTS, has_text="regions").dblclick()
        # The line is dashed: a good part of the edge has its ink, and what it encloses has none.
        wait_for(lambda: ink_near(tab, edge) > 0.5, "the box is drawn", 40)
        within = [(column, row) for row in range(108, 134, 5) for column in range(208, 254, 5)]
        assert ink_near(tab, within) == 0
        expect(tab.get_by_text("Score for presence (0-100): 75.00").first).to_be_attached()
        assert label_is_on_top(tab)


def ask(house: House, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Reply:
    address = f"http://127.0.0.1:{house.site.web_port}/{path}"
    request = urllib.request.Request(address, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return Reply(answer.status, answer.url, answer.headers["content-security-policy"], answer.read().decode())
    except urllib.error.HTTPError as error:
        return Reply(error.code, address, "", "")


def test_the_viewer_reaches_no_other_server_and_has_no_list_of_studies(house: House) -> None:
    assert ask(house, "viewer/").url == f"{house.origin}/"
    page_of = ask(house, "viewer/viewer?StudyInstanceUIDs=1.2")
    assert "connect-src 'self' data: blob:;" in page_of.policy
    assert "http" not in page_of.policy
    assert "'unsafe-inline'" not in page_of.policy.partition("script-src")[2].partition(";")[0]
    name = page_of.text.partition('src="/viewer/')[2].partition('"')[0]
    for path in (f"{name}.map", "sw.js", "VERSION", "../guard.py", "no.js"):
        assert ask(house, f"viewer/{path}").status == 404, path
    assert "unsafe-eval" not in ask(house, "").policy


def test_no_page_stores_objects_the_viewer_neither(house: House) -> None:
    kind = {"content-type": 'multipart/related; type="application/dicom"; boundary=b'}
    assert ask(house, "dicom-web/studies", kind | {"sec-fetch-site": "same-origin"}, b"--b--").status == 403
