"""The quick view: the right pixels through the right window, AI above them and away while the space bar is held."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from playwright.sync_api import Page
from pydicom import dcmread

from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import wait_over
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R65", "R66")


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
        assert "Niet voor primaire diagnostiek" in tab.inner_text("#quick-view")
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


@pytest.mark.parametrize(("path", "status"), [("nobody/1", 404), ("KEY/0", 409), ("KEY/2", 409), ("KEY/one", 422)])
def test_what_is_no_frame_is_refused(head: tuple[Site, str, list[np.ndarray]], path: str, status: int) -> None:
    one, study, _ = head
    base = f"http://127.0.0.1:{one.web_port}/studies/{study}/images"
    with urllib.request.urlopen(base, timeout=10) as answer:
        key = answer.read().decode().split('"images":[{"key":"')[1][:32]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base}/{path.replace('KEY', key)}", timeout=10)  # noqa: S310 - loopback
    assert refused.value.code == status


def test_an_image_that_is_gone_leaves_the_text_and_says_why(head: tuple[Site, str, list[np.ndarray]]) -> None:
    one, study, _ = head
    for file in (one.data / "runs").rglob("edges.json"):
        file.unlink()
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}?lang=en")
        tab.wait_for_selector("#quick-view .aside li")
        assert "not drawn" in tab.inner_text("#quick-view .aside")
        assert tab.locator(".finding h3").count() > 0
