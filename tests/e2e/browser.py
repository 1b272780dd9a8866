"""A real browser for the tests: the Chromium of the system, driven by Playwright."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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
MOVED_PX = 5
# What the browser itself saw move without anybody's doing (Layout Instability, W3C), but for words that grow in place.
WATCH = f"""window.moved = [];
new PerformanceObserver((list) => {{
  for (const {{ node, previousRect: from, currentRect: to }} of list.getEntries().flatMap((one) => [...one.sources]))
    if (Math.abs(from.y - to.y) > {MOVED_PX})
      window.moved.push(`${{node?.nodeName}} ${{node?.className ?? ""}} ${{from.y}} to ${{to.y}}`);
}}).observe({{ type: "layout-shift", buffered: true }});"""
# How soon a page tells something is measured by `make bench`; a test asks that it comes, also on a busy machine. Below
# the 25 and 30 s after which a page notices silence and asks anew by itself: what comes in time was told.
expect.set_options(timeout=20_000)
TOLD_MS = 15_000  # the same for what begins some seconds after a page was opened
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium for the block; it asks nothing of the network."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=program("chromium", ["/usr/bin"]), args=list(ARGUMENTS))
        try:
            yield one
        finally:
            one.close()


@contextmanager
def profile(
    one: Browser, *, size: tuple[int, int] = WIDE, theme: str = "dark", javascript: bool = True
) -> Iterator[BrowserContext]:
    """Open a profile of its own: no cookies, the theme that its system asks for."""
    width, height = size
    made = one.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light" if theme == "light" else "dark",
        java_script_enabled=javascript,
    )
    try:
        yield made
    finally:
        made.close()


@contextmanager
def page(one: Browser, *, size: tuple[int, int] = WIDE, theme: str = "dark", javascript: bool = True) -> Iterator[Page]:
    """Open a page in a profile of its own."""
    with profile(one, size=size, theme=theme, javascript=javascript) as made:
        yield made.new_page()


def violations(tab: Page) -> list[str]:
    """List what axe-core has against a page: rule, and the places it complains of."""
    if not AXE.exists():
        message = f"{AXE} is not there: make setup"
        raise FileNotFoundError(message)
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    answer: dict[str, Any] = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]


def overflow(tab: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def moves(tab: Page) -> Callable[[], list[str]]:
    """Watch a tab from its next page on; gives what lists the parts of it that have moved up or down by themselves."""
    tab.add_init_script(WATCH)

    def told() -> list[str]:
        # What was drawn last is told in the frame after it.
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found: list[str] = tab.evaluate("window.moved")
        return found

    return told
