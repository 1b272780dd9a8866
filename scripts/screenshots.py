"""Make the pictures of the README and the docs from a running demonstration: nothing in them is drawn by hand.

Plays a simulated day, and on the way takes the board (dark, light in Dutch, on a phone), the terminal while the PACS is
away, the summary, a status page as it stands in the PACS, the timeline of a study (light and dark), and of the reading
room the page of a study (also on a phone) and a pack of feedback; then the pages for those who look back and steer.
"""

import argparse
import io
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pydicom
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console, ConsoleDimensions, Group, RenderableType
from rich.terminal_theme import MONOKAI
from scripts.page_pictures import CASES, Stand, take_pages

from collega.bootstrap.demo.count import PAGE_CLASS, Progress
from collega.bootstrap.demo.show import Demonstration, Wishes, demonstrate
from collega.cli.demo_summary import summary
from collega.cli.demo_table import banner, screen
from collega.model.finding import Outcome

HERE = Path(__file__).resolve().parent.parent
MINUTES = 3.0
UNREAD = 3
COLUMNS, ROWS = 112, 34
COLOURS = 256
WIDE, PHONE = (1280, 800), (390, 844)
TIMELINE = (1180, 900)
# Until the images of a study are drawn.
SETTLED_MS = 4000
PARTS = ("terminal", "board", "summary", "page", "timeline", "room", "pages")
BLEEDS, CHESTS = "head-ct-bleed", "chest-pneumonia"
READER = "dr. A. Reader"
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
TERMINAL = """<html><body style="margin:0;background:{background};color:{foreground}"><style>{stylesheet}</style>
<pre style="display:inline-block;margin:0;padding:18px 22px;font:14px/1.25 'DejaVu Sans Mono',monospace">{code}</pre>
</body></html>"""


def keep(png: bytes, path: Path) -> None:
    """Write a picture with few colours, which a picture of a screen has."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name:24} {picture.width} x {picture.height}  {path.stat().st_size // 1024} kB")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the Chromium of the system for the block."""
    program = shutil.which("chromium")
    if program is None:
        message = "chromium is not installed: apt-get install chromium"
        raise SystemExit(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def take_page(browser: Browser, address: str, size: tuple[int, int], path: Path, scale: float = 1) -> None:
    """Take the first screenful of a page, once it is live."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=scale, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body.is-live")
    page.wait_for_load_state("load")
    keep(page.screenshot(), path)
    context.close()


def take_terminal(browser: Browser, what: RenderableType, path: Path) -> None:
    """Take what the terminal shows."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(what)
    context = browser.new_context(viewport={"width": 1000, "height": 400}, device_scale_factor=1.5)
    page = context.new_page()
    page.set_content(console.export_html(theme=MONOKAI, code_format=TERMINAL))
    keep(page.locator("pre").screenshot(), path)
    context.close()


def take_status_page(demonstration: Demonstration, progress: Progress, path: Path) -> None:
    """Take the status page of a study on which one app answered and another failed."""
    for line in progress.latest:
        outcomes = set(line.said.apps.values()) if line.said else set()
        pages = [
            item
            for item in demonstration.pacs.shelf.objects(line.study_instance_uid)
            if item.sop_class_uid == PAGE_CLASS
        ]
        if pages and {Outcome.FAILED, Outcome.FOUND} <= outcomes:
            png = io.BytesIO()
            Image.fromarray(pydicom.dcmread(pages[-1].path).pixel_array).save(png, "PNG")
            keep(png.getvalue(), path)
            return
    message = "no study has a page with an answer and a failure"
    raise SystemExit(message)


def take_board(browser: Browser, demonstration: Demonstration, folder: Path) -> None:
    """Take the board in its looks."""
    board = demonstration.scene.board
    take_page(browser, f"{board}?theme=dark&lang=en", WIDE, folder / "board-dark.png")
    take_page(browser, f"{board}?theme=light&lang=nl", WIDE, folder / "board-light-nl.png")
    take_page(browser, f"{board}?theme=dark&lang=en", PHONE, folder / "board-phone.png", scale=2)


def take_timeline(browser: Browser, demonstration: Demonstration, progress: Progress, folder: Path) -> None:
    """Take the timeline of the study of which most is told: ordered, waited for, signed."""
    address = demonstration.scene.board.rstrip("/")
    context = browser.new_context(viewport={"width": TIMELINE[0], "height": TIMELINE[1]}, reduced_motion="reduce")
    page = context.new_page()

    def telling(uid: str) -> tuple[bool, bool, bool, int]:
        page.goto(f"{address}/studies/{uid}/timeline?lang=en&theme=light")
        drawn = page.locator("svg.timeline")
        text = (drawn.text_content() or "") if drawn.count() else ""
        is_whole = all(word in text for word in ("ordered", "visible", "opened", "signed"))
        # What was made a day before it was sent would press all else together.
        is_close = "earlier" not in text
        is_waited_for = page.locator("svg.timeline rect.waiting").count() == 1
        return is_whole, is_close, is_waited_for, page.locator("svg.timeline .mark").count()

    best = max((line.study_instance_uid for line in progress.latest), key=telling)
    for theme in ("light", "dark"):
        page.goto(f"{address}/studies/{best}/timeline?lang=en&theme={theme}")
        keep(
            page.screenshot(clip={"x": 0, "y": 0, "width": TIMELINE[0], "height": _below(page)}),
            folder / f"timeline-{theme}.png",
        )
    context.close()


def take_room(browser: Browser, demonstration: Demonstration, progress: Progress, folder: Path) -> None:
    """Take the page of a study on which something was found and a reader disagrees, and the feedback to its maker."""
    address = demonstration.scene.board.rstrip("/")
    found = (line for line in progress.latest if line.said and Outcome.FOUND in line.said.apps.values())
    study = f"{address}/studies/{next(found).study_instance_uid}"
    with _tab(browser, WIDE) as page:
        page.goto(f"{study}?lang=en&theme=dark")
        page.fill("#reader", READER)
        page.click('.finding button[value="disagree"]')
        page.wait_for_selector('.finding button[value="disagree"][aria-pressed="true"]')
        page.select_option(".finding select[name=cause]", "calcification")
        page.wait_for_timeout(SETTLED_MS)
        keep(page.screenshot(full_page=True), folder / "study-page-dark.png")
        page.goto(f"{address}/feedback-packs?lang=en&theme=light")
        page.fill("input[name=by]", READER)
        page.click("form.asks button")
        page.click("article h2 a")
        page.wait_for_selector("#case-1")
        keep(page.screenshot(), folder / "feedback-pack-light.png")
    with _tab(browser, PHONE, scale=2) as page:
        page.goto(f"{study}?lang=nl&theme=dark")
        page.wait_for_timeout(SETTLED_MS)
        keep(page.screenshot(), folder / "study-page-phone.png")


@contextmanager
def _tab(browser: Browser, size: tuple[int, int], scale: float = 1) -> Iterator[Page]:
    """Open a page without motion for the block."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=scale, reduced_motion="reduce"
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _below(page: Page) -> float:
    """Where the drawing ends."""
    box = page.locator(".picture").bounding_box()
    return box["y"] + box["height"] + 1 if box else TIMELINE[1]


def play(browser: Browser, demonstration: Demonstration, folder: Path, parts: Collection[str] = PARTS) -> None:
    """Play the day and take each picture when its moment comes."""
    size = ConsoleDimensions(COLUMNS, ROWS)
    wanted = {"terminal", "board"} & set(parts)
    steps = demonstration.run()
    for progress in steps:
        scene = demonstration.scene
        if "terminal" in wanted and scene.pacs_away and progress.sent > progress.confirmed:
            shown = Group(banner(Wishes()), screen(progress, scene, size))
            take_terminal(browser, shown, folder / "demo-terminal.png")
            wanted.remove("terminal")
        if "board" in wanted and _is_telling(progress):
            take_board(browser, demonstration, folder)
            wanted.remove("board")
    if wanted:
        message = f"the day went by without a moment for: {', '.join(sorted(wanted))}"
        raise SystemExit(message)
    if "summary" in parts:
        take_terminal(browser, summary(progress, demonstration.tally(progress)), folder / "demo-summary.png")
    if "page" in parts:
        take_status_page(demonstration, progress, folder / "status-page.png")
    if "timeline" in parts:
        take_timeline(browser, demonstration, progress, folder)
    if "room" in parts:
        take_room(browser, demonstration, progress, folder)
    if "pages" in parts:
        take_pages(browser, _stand(demonstration, progress), folder, keep)


def _stand(demonstration: Demonstration, progress: Progress) -> Stand:
    """Find a bleed to look at, and chest films for a panel."""
    said = {line.study_instance_uid: line.said.apps for line in progress.latest if line.said}
    return Stand(
        address=demonstration.scene.board.rstrip("/"),
        settings=demonstration.where.demo / "collega.toml",
        found=next(uid for uid, apps in said.items() if apps.get(BLEEDS) is Outcome.FOUND),
        chests=[uid for uid, apps in said.items() if CHESTS in apps],
    )


def _is_telling(progress: Progress) -> bool:
    """Whether the board shows what was found, what was not, a failure, and several studies that nobody has signed."""
    said = {outcome for line in progress.latest if line.said for outcome in line.said.apps.values()}
    return {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.FAILED} <= said and progress.signed <= progress.sent - UNREAD


def main() -> int:
    """Play a day and take the pictures."""
    parser = argparse.ArgumentParser(description="pictures of the demonstration for the README and the docs")
    parser.add_argument("--out", type=Path, default=HERE / "docs" / "_static", help="folder for them (docs/_static)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long the day takes ({MINUTES:g})")
    parser.add_argument("--only", choices=PARTS, action="append", help="these pictures alone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)  # what is wrong with it is told before a day is played
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COLLEGA_")}
    bare["COLLEGA_VALUE__CASES"] = str(CASES)
    with (
        tempfile.TemporaryDirectory(prefix="collega-screenshots-") as data,
        chromium() as browser,
        demonstrate(Wishes(minutes=options.minutes), bare | {"COLLEGA_DATA": f"{data}/data"}) as demonstration,
    ):
        play(browser, demonstration, options.out, options.only or PARTS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
