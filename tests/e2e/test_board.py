"""The board in a real browser, over real films and a real database."""

from pathlib import Path

import pytest

from tests.e2e.browser import browser, page
from tests.e2e.films import APPS, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import site


@pytest.mark.shows("R25", "R65")
def test_a_film_appears_and_changes_without_a_reload(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "live", AccessionNumber="ACC-LIVE")
    with site(tmp_path / "site", pacs=None, apps=[APPS]) as house, browser() as chromium, page(chromium) as tab:
        house.start()
        tab.goto(f"http://127.0.0.1:{house.web_port}/")
        tab.wait_for_selector("body.is-live")
        tab.evaluate("window.kept = true")
        dcmsend(house.dicom_port, film.path)
        tab.wait_for_selector("text=ACC-LIVE", timeout=5000)
        tab.wait_for_selector(".chip.nothing_found, .chip.found", timeout=20000)
        assert tab.evaluate("window.kept")
