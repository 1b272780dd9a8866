"""The acceptance page in a real browser: readable on a phone, in both languages, and answered without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import NARROW, WIDE, browser, page, violations
from tests.e2e.films import PROBE
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R31", "R71")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), pacs=None, apps=[PROBE]) as one:
        one.start()
        yield one
        one.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def opened(one: Page, house: Site, query: str = "") -> list[str]:
    """Open the page; returns the errors that the browser tells as they come."""
    errors: list[str] = []
    one.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.goto(f"http://{LOOPBACK}:{house.web_port}/acceptance{query}")
    return errors


def test_before_the_first_check(house: Site, chromium: Browser) -> None:
    with page(chromium) as one:
        opened(one, house, "?lang=en")
        expect(one.locator("main")).to_contain_text("collega site check")


def test_a_person_answers_by_keyboard(house: Site, chromium: Browser) -> None:
    house.command("site", "check", "--json", "--wait", "1", code=1)
    with page(chromium, javascript=False) as one:
        errors = opened(one, house, "?lang=en")
        row = one.locator("#reading-station")
        row.get_by_label("no", exact=True).focus()
        one.keyboard.press("Space")
        row.get_by_label("Name").focus()
        one.keyboard.type("A. Jansen")
        one.keyboard.press("Tab")
        one.keyboard.type("<script>alert(1)</script>")
        one.keyboard.press("Enter")
        expect(one.locator("#reading-station")).to_contain_text("A. Jansen")
        expect(one.locator("#reading-station")).to_contain_text("<script>alert(1)</script>")
        expect(one.locator(".verdict")).to_contain_text("Not accepted")
        assert errors == [], "the policy of the pages blocks nothing of this one"


def test_an_answer_without_a_name_is_not_sent(house: Site, chromium: Browser) -> None:
    with page(chromium) as one:
        opened(one, house, "?lang=en")
        row = one.locator("#series-order")
        row.get_by_label("yes", exact=True).check()
        row.get_by_role("button").click()
        expect(one.locator("#series-order .word, #series-order.word").first).to_contain_text("open")


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_it_fits(house: Site, chromium: Browser, size: tuple[int, int], theme: str, language: str) -> None:
    with page(chromium, size=size, theme=theme) as one:
        errors = opened(one, house, f"?lang={language}")
        assert one.evaluate("document.documentElement.lang") == language
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert one.evaluate(overflow) <= 0
        expect(one.locator("h1")).to_contain_text("Acceptatierapport" if language == "nl" else "Acceptance report")
        assert errors == []
        assert violations(one) == []
