"""Pictures of the pages for those who look back and steer, taken on the site of a demonstration after its night.

What a demonstration does not play by itself is done here by the commands that a site uses: a panel is made, a survey
opened.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FloatRect, Page

HERE = Path(__file__).resolve().parent.parent
CASES = HERE / "examples" / "cases"
WIDE, TALL, SMALL, PHONE = (1280, 800), (1280, 1100), (900, 640), (390, 844)
LOCALES: Mapping[str, str] = {"en": "en-GB", "nl": "nl-NL"}
# Until images are drawn and the first rows are live.
SETTLED_MS = 3000
PATIENCE_MS = 120_000  # the first queue is compiled
READER, OTHER, JUDGE = "A. Jansen", "B. de Vries", "C. Bakker"
PANEL_CASES = 4
OPEN_FOR = timedelta(days=30)
MARGIN = 16
Keep = Callable[[bytes, Path], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a page is looked at."""

    language: str = "en"
    theme: str = "dark"
    size: tuple[int, int] = WIDE
    reader: str = ""
    part: str = ""  # what is scrolled to and taken alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """The site of a demonstration after its night: where its pages are, its settings, a study with a finding."""

    address: str
    settings: Path
    found: str
    chests: Sequence[str]

    def command(self, *words: str) -> Any:  # noqa: ANN401 - decoded JSON
        """Run a command of this site; gives what it answers with."""
        program = Path(sys.executable).with_name("collega")
        environment = {"COLLEGA_CONFIG": str(self.settings), "PATH": "/usr/bin:/bin"}
        asked = [str(program), *words, "--json"]
        done = subprocess.run(asked, env=environment, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own
        return json.loads(done.stdout)


def take_pages(browser: Browser, stand: Stand, folder: Path, keep: Keep) -> None:
    """Take each page; a clinician's in Dutch too, on a phone where it is used there."""
    for name, path, look in _pages(stand):
        with tab(browser, look, stand.address) as page:
            page.goto(f"{stand.address}{path}{'&' if '?' in path else '?'}lang={look.language}&theme={look.theme}")
            page.wait_for_timeout(SETTLED_MS)
            taken = page.locator(look.part).screenshot() if look.part else page.screenshot(clip=_filled(page, look))
            keep(taken, folder / f"{name}.png")
    take_survey(browser, stand, folder, keep)


def _filled(page: Page, look: Look) -> FloatRect:
    """Leave out what is empty below the end of a short page."""
    width, height = look.size
    box = page.locator("#main").bounding_box()
    end = box["y"] + box["height"] + MARGIN if box else height
    return {"x": 0, "y": 0, "width": width, "height": min(height, end)}


def _pages(stand: Stand) -> Iterator[tuple[str, str, Look]]:
    yield "night-list-dark", "/night", Look()
    yield "night-list-phone", "/night", Look(language="nl", theme="light", size=PHONE)
    yield "discrepancies-light", "/discrepancies", Look(theme="light", reader=READER)
    yield "discrepancies-phone", "/discrepancies", Look(language="nl", size=PHONE, reader=READER)
    yield "pilot-light", "/pilots/chest-pneumonia", Look(theme="light", size=TALL)
    yield "quick-view-dark", f"/studies/{stand.found}", Look(part="#quick-view", size=SMALL)
    yield "value-light", "/value", Look(theme="light")
    waits = "/queue?ask=1&load=0.9&readers=2&prevalence=0.05&sensitivity=0.9&fpf=0.1&preempts=1"
    yield "waits-light", waits, Look(theme="light", size=TALL)
    yield "validations-dark", "/validations", Look(size=TALL)
    yield "panel-case-dark", f"/panels/{_panel(stand)}/cases/1", Look(language="nl", size=TALL, reader=READER)


def _panel(stand: Stand) -> str:
    studies = stand.settings.parent / "panel.txt"
    studies.write_text("\n".join(stand.chests[:PANEL_CASES]), encoding="utf-8")
    people = ("--reader", READER, "--reader", OTHER, "--adjudicator", JUDGE)
    made = stand.command("panel", "create", "chest films", "--finding", "pneumonia", *people, "--studies", str(studies))
    return str(made["key"])


def take_survey(browser: Browser, stand: Stand, folder: Path, keep: Keep) -> None:
    """Take what somebody sees who answers on a phone: the first screen, and a question."""
    opened = stand.command(
        "survey", "open", "readiness", "--until", str((datetime.now(UTC) + OPEN_FOR).date()), "--tickets", "1"
    )
    with tab(browser, Look(size=PHONE, theme="light"), stand.address) as page:
        page.goto(f"{opened['links'][0]}?lang=nl&theme=light")
        keep(page.screenshot(), folder / "survey-welcome-phone.png")
        page.locator("main button").first.click()
        page.wait_for_selector('main input[name="question"]', state="attached")
        keep(page.screenshot(), folder / "survey-question-phone.png")


@contextmanager
def tab(browser: Browser, look: Look, address: str) -> Iterator[Page]:
    """Open a page without motion for the block, with the name of a reader where one is given."""
    width, height = look.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if look.size == PHONE else 1,
        reduced_motion="reduce",
        locale=LOCALES[look.language],
    )
    if look.reader:
        context.add_cookies([{"name": "reader", "value": look.reader.replace(" ", "%20"), "url": address}])
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page
    finally:
        context.close()
