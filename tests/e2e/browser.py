"""A real browser for the tests: the Chromium of the system, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.peers import program

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = (1440, 900)
NARROW = (390, 844)


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium for the block; it asks nothing of the network."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=program("chromium"), args=list(ARGUMENTS))
        try:
            yield one
        finally:
            one.close()


@contextmanager
def page(one: Browser, *, size: tuple[int, int] = WIDE, theme: str = "dark", javascript: bool = True) -> Iterator[Page]:
    """Open a page in a profile of its own; whatever it logs as an error fails the test."""
    width, height = size
    profile = one.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light" if theme == "light" else "dark",
        java_script_enabled=javascript,
    )
    try:
        yield profile.new_page()
    finally:
        profile.close()


def shot(one: Page, path: Path) -> None:
    """Keep a picture of the page."""
    one.screenshot(path=path, full_page=True)
