"""The tour of the docs, walked in a browser: its addresses are read from the page, so that the page stays true."""

import os
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collega.bootstrap.demo.count import Progress
from collega.bootstrap.demo.server import APPROVER
from collega.bootstrap.demo.show import Wishes, demonstrate
from collega.model.finding import Outcome
from tests.e2e.browser import browser, page
from tests.e2e.conftest import ROOT
from tests.e2e.links import follow
from tests.e2e.site import wait_for

TOUR = ROOT / "docs" / "tutorial" / "a-night-and-the-morning.md"
READER = "dr. A. Reader"
FEWEST = 200
# What the tour promises of each address, as a place on its page; of a PDF there is no page.
HOLDS = {
    "/": ".board, main",
    "/studies/STUDY_UID": "#first-look",
    "/studies/STUDY_UID/timeline": "svg.timeline",
    "/night": "#night tbody tr",
    "/discrepancies": "article.discrepancy",
    "/pilots/chest-pneumonia": "#measured tbody td",
    "/pilots/chest-pneumonia/pilot.pdf": "",
    "/accuracy/chest-pneumonia": ".report table tbody tr",
    "/validations": "#validations tbody tr",
    "/feedback-packs": "form.asks",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[str, Progress]]:
    """Play a day to its end, and keep the house open."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COLLEGA_")}
    with demonstrate(Wishes(minutes=0.3), bare | {"COLLEGA_DATA": str(tmp_path / "data")}) as demonstration:
        (last,) = deque(demonstration.run(), maxlen=1)
        yield demonstration.scene.board.rstrip("/"), last


@pytest.mark.shows("R74")
def test_the_tour_of_the_docs_can_be_walked_and_each_page_holds_what_it_says(house: tuple[str, Progress]) -> None:
    board, progress = house
    found = next(line for line in progress.latest if line.said and Outcome.FOUND in line.said.apps.values())
    told = dict.fromkeys(re.findall(r"`(/[^`]*)`", TOUR.read_text(encoding="utf-8")))
    assert set(told) == set(HOLDS)
    followed, wrong = follow(board)
    assert (wrong, followed > FEWEST) == ([], True), followed
    with browser() as chromium, page(chromium) as tab:
        for address in told:
            path = board + address.replace("STUDY_UID", found.study_instance_uid)
            answer = tab.request.get(path)
            assert answer.status == 200, address
            if not HOLDS[address]:
                assert answer.body().startswith(b"%PDF"), address
                continue
            wait_for(lambda: holds(tab, f"{path}?lang=en", HOLDS[address]), f"{address} holds what it says")  # noqa: B023
        look_and_judge(tab, board)
        note_what_a_report_says(tab, board)
        take_and_close(tab, board)
        prepare_and_approve(tab, board)


def holds(tab: Page, address: str, place: str) -> bool:
    """Open a page anew: reports are read a moment after they came."""
    tab.goto(address)
    return tab.locator(place).count() > 0


def look_and_judge(tab: Page, board: str) -> None:
    tab.goto(f"{board}/?lang=en")
    tab.wait_for_selector("body.is-live")
    row = tab.locator(".row", has=tab.locator(".chip.found")).first
    row.locator("details > summary").click()
    row.get_by_role("link", name="Study page: opinions, first look").click()
    tab.wait_for_url("**/studies/*")
    tab.fill("#reader", READER)
    tab.locator("#first-look input[value=present]").check()
    tab.click('#first-look button[value="no"]')
    tab.wait_for_selector("#first-look [role=status]")
    tab.keyboard.press("j")
    tab.keyboard.press("d")
    tab.wait_for_selector('.finding button[value="disagree"][aria-pressed="true"]')
    tab.keyboard.press("1")
    expect(tab.locator(".finding select[name=cause]").first).not_to_have_value("")


def note_what_a_report_says(tab: Page, board: str) -> None:
    tab.goto(f"{board}/night?lang=en")
    figures = tab.locator("table.figures").last
    before = figures.inner_text()
    row = tab.locator("#night tbody tr").filter(has_not_text="no first look").first
    row.locator("select[name=found]").select_option("present")
    name_myself(tab, "input[name=reader]", row.get_attribute("id") or "")
    row.locator("button").click()
    expect(figures).not_to_have_text(before, use_inner_text=True)


def take_and_close(tab: Page, board: str) -> None:
    tab.goto(f"{board}/discrepancies?lang=en")
    tab.wait_for_selector("body.is-live")
    key = tab.locator("article.discrepancy").first.get_attribute("id")
    tab.locator(f"#{key} form.take input[name=owner]").fill(READER)
    name_myself(tab, "form.take input[name=reader]", key or "")
    tab.click(f"#{key} form.take button")
    tab.wait_for_selector(f"#{key}.taken")
    tab.click(f"#{key} summary")
    tab.locator(f"#{key} select[name=verdict]").select_option(index=1)
    name_myself(tab, "details input[name=reader]", key or "")
    tab.click(f"#{key} details button")
    tab.wait_for_selector(f"#{key}.closed")


def prepare_and_approve(tab: Page, board: str) -> None:
    tab.goto(f"{board}/feedback-packs?lang=en")
    tab.fill("form.asks input[name=by]", READER)
    tab.click("form.asks button")
    tab.click("article h2 a")
    tab.wait_for_selector("#case-1")
    tab.fill("#decide input[name=by]", APPROVER)
    tab.click('#decide button[value="approve"]')
    tab.wait_for_selector("#take")


def name_myself(tab: Page, field: str, within: str) -> None:
    """Type a name where one is asked; once a name was given the browser keeps it."""
    asked = tab.locator(f"#{within}").locator(field)
    if asked.count() and asked.get_attribute("type") != "hidden":
        asked.fill(READER)
