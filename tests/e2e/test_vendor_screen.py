"""A simulated vendor's own screen, as the demonstration gives it: from the board to it, and its result back."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from collega.bootstrap.demo.count import REPORT_CLASSES
from collega.bootstrap.demo.day import Exam, Kind
from collega.bootstrap.demo.films import Film
from collega.bootstrap.demo.generate import programmes
from collega.bootstrap.demo.show import SIMULATED_APPS
from collega.bootstrap.demo.vendors import SCREEN, at_work
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_shelf import KeptObject
from collega.testing.simulated_vendor import TRUTH
from tests.e2e.browser import NARROW, browser, overflow, page, violations
from tests.e2e.films import wait_told
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_board import open_board


class Cardiology:
    """A site with the simulator that has a screen, and two heart CTs of which the truth is recorded."""

    def __init__(self, house: Site, pacs: KeepingPacs, films: list[Film]) -> None:
        self.house, self.pacs, self.films = house, pacs, films

    def address(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self.house.web_port}{path}"

    def reports(self, film: Film) -> list[KeptObject]:
        kept = self.pacs.shelf.objects(film.study_instance_uid)
        return [item for item in kept if item.sop_class_uid in REPORT_CLASSES]

    def launch(self, study: str) -> str:
        """Ask for the address of the screen without going there."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                """Follow nothing."""

        with pytest.raises(urllib.error.HTTPError) as led:
            urllib.request.build_opener(Stay).open(self.address(f"/launch/{study}/{SCREEN}"))
        return str(led.value.headers["Location"])


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cardiology]:
    folder = tmp_path_factory.mktemp("screen")
    copy = Path(shutil.copytree(SIMULATED_APPS / SCREEN, folder / "apps" / SCREEN))
    made_at = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    plan = [Exam(kind=Kind.HEART_CT, seed=seed, at=made_at, due_s=0, positive=True, urgent=False) for seed in (1, 3, 5)]
    (share,) = programmes(plan, folder / "films", "test", [copy / TRUTH])
    films = list(share.films)
    with at_work([copy]), KeepingPacs(folder / "pacs") as pacs:
        settings = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": "0.5", "COLLEGA_ROUTE__MAX_STUDY_AGE_DAYS": "0"}
        with site(folder / "site", pacs=("SIMPACS", pacs.port), apps=[copy], settings=settings) as house:
            house.start()
            for film in films:
                dcmsend(house.dicom_port, *film.files)
            for film in films:
                wait_told(
                    house,
                    film.study_instance_uid,
                    lambda told: [job["state"] for job in told["jobs"]] == ["offered"],
                    "its screen is offered",
                )
            yield Cardiology(house, pacs, films)
            house.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def row(tab: Page, film: Film) -> Locator:
    return tab.locator(f'#rows > li[data-uid="{film.study_instance_uid}"]')


@pytest.mark.shows("R25", "R67")
def test_from_the_board_to_the_screen_and_back_with_a_result(clinic: Cardiology, chromium: Browser) -> None:
    film = clinic.films[0]
    with page(chromium) as tab:
        open_board(tab, clinic.house)
        expect(row(tab, film).locator(".chip.own_screen")).to_contain_text("own screen: not opened")
        with tab.context.expect_page() as opened:
            row(tab, film).get_by_role("link", name="Open Simulator").click()
        screen = opened.value
        expect(screen.locator("h1")).to_contain_text("Simulator")
        expect(screen.locator("header")).to_contain_text("Not for clinical use")
        for words in ("CT coronairen", "2026-03-02", film.study_instance_uid, "coronary stenosis"):
            expect(screen.locator("main")).to_contain_text(words)
        assert "token" not in screen.url, "the address bar keeps no token"
        assert violations(screen) == []
        screen.reload()
        expect(row(tab, film).locator(".chip.own_screen")).to_contain_text("no result yet")
        screen.get_by_role("button", name="Send result").click()
        expect(screen.get_by_role("status")).to_contain_text("Sent to collega")
        expect(row(tab, film).locator(".chip.found")).to_contain_text("coronary stenosis")
        expect(screen.get_by_role("button")).to_have_count(0)
    wait_for(lambda: len(clinic.reports(film)) == 1, "its report is in the PACS", 20)


@pytest.mark.shows("R25", "R67")
def test_the_screen_speaks_dutch_and_fits_a_phone(clinic: Cardiology, chromium: Browser) -> None:
    context = chromium.new_context(locale="nl-NL", viewport={"width": NARROW[0], "height": NARROW[1]})
    screen = context.new_page()
    screen.goto(clinic.launch(clinic.films[1].study_instance_uid))
    expect(screen.locator("main")).to_contain_text("02-03-2026")
    expect(screen.locator("main")).to_contain_text("score 0,")
    expect(screen.get_by_role("button")).to_have_text("Stuur uitslag")
    assert overflow(screen) <= 0
    assert violations(screen) == []
    context.close()


@pytest.mark.shows("R67")
def test_a_token_opens_the_screen_once_and_no_other_site_is_asked(clinic: Cardiology, chromium: Browser) -> None:
    link = clinic.launch(clinic.films[2].study_instance_uid)
    parts = urlsplit(link)
    token = parse_qs(parts.query)["token"][0]
    with page(chromium) as tab:
        tab.goto(link)
        expect(tab.get_by_role("button")).to_be_visible()
        tab.goto(link)
        expect(tab.locator("main")).to_contain_text("used before")
        tab.goto(f"{parts.scheme}://{parts.netloc}/open?token={token}&iss=http://other.example")
        expect(tab.locator("main")).to_contain_text("names no site on this machine")
        tab.goto(f"{parts.scheme}://{parts.netloc}/studies/none")
        expect(tab.locator("main")).to_contain_text("no such study")
    (job,) = json.loads(clinic.house.command("studies", "show", clinic.films[2].study_instance_uid, "--json"))["jobs"]
    assert job["state"] == "offered", "opened, and nothing is said before the reader sends it"
