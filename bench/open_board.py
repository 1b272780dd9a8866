"""A board with thousands of unread studies, and how soon a finding stands on one that is open in a browser."""

import asyncio
import os
import time
import urllib.request
from pathlib import Path

import psycopg
from bench.board import SEED, stream
from bench.figures import emit_all
from playwright.async_api import Page, async_playwright
from tests.e2e.browser import ARGUMENTS
from tests.e2e.peers import program
from tests.e2e.site import Site, site

STUDIES, HOURS, ASKS = 5_000, 20.0, 60
STREAMS, FINDINGS = 49, 20
TARGET_BOARD_S, TARGET_FINDING_S = 0.1, 0.2
BETWEEN_S = 1.6  # a board asks once a second: the next finding comes when it is at rest
# When the row of a study shows a finding, by the clock of this machine, which the database's side reads too.
WATCH = """
window.foundAt = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll('#rows > li')) {
    if (!(row.id in window.foundAt) && row.querySelector('.chip.found')) window.foundAt[row.id] = Date.now() / 1000;
  }
}).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
"""
FIND = "UPDATE job SET outcome = 'found', updated_at = now() WHERE study_key = %s AND app_id = 'first'"
TELL = "INSERT INTO event (at, kind, study_key, actor, payload) VALUES (now(), 'normalised', %s, 'bench', '{}')"


def measure(folder: Path) -> None:
    """Measure with 5,000 studies within the hours shown, none of them signed."""
    with site(folder, pacs=None) as one:
        one.start()
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as database:
            for statement in SEED:
                values = {"studies": STUDIES, "hours": HOURS} if "%(" in statement else None
                database.execute(statement.encode(), values)
            for name, path in (("board, 5,000 unread", "/"), ("rows of it", "/board/rows")):
                emit_all(name, "s", _asked(one, path, database), **_about(TARGET_BOARD_S))
            delays = asyncio.run(_found(one, database))
        emit_all("finding on an open board", "s", delays, missing=FINDINGS - len(delays), **_about(TARGET_FINDING_S))


def _about(target: float) -> dict[str, float]:
    return {"target": target, "studies": STUDIES, "streams": STREAMS, "load": round(os.getloadavg()[0], 1)}


def _asked(one: Site, path: str, database: psycopg.Connection) -> list[float]:
    """Ask again and again, each time after a change: rows are kept for all who ask between two changes."""
    seconds = []
    for number in range(ASKS):
        database.execute(TELL.encode(), ("c4ca4238a0b923820dcc509a6f75849b",))
        time.sleep(0.05)
        begin = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{path}", timeout=60) as answer:
            answer.read()
        if number:  # the first has a template to compile
            seconds.append(time.monotonic() - begin)
    return seconds


async def _found(one: Site, database: psycopg.Connection) -> list[float]:
    """Commit findings one by one, with many streams open, and see when an open page shows each."""
    streams = [asyncio.create_task(stream(one.web_port, {})) for _ in range(STREAMS)]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=program("chromium", ["/usr/bin"]), args=list(ARGUMENTS)
        )
        tab = await chromium.new_page()
        await tab.goto(f"http://127.0.0.1:{one.web_port}/?lang=en")
        await tab.evaluate(WATCH)
        await asyncio.sleep(3)
        delays = await _committed(tab, database)
        await chromium.close()
    for task in streams:
        task.cancel()
    return delays


async def _committed(tab: Page, database: psycopg.Connection) -> list[float]:
    rows = await tab.evaluate(
        """[...document.querySelectorAll('#rows > li')].filter((row) => !row.querySelector('.chip.found'))
            .map(({ id }) => id)"""
    )
    committed = {}
    for row in rows[:FINDINGS]:
        key = str(row).removeprefix("study-")
        with database.transaction():
            await asyncio.to_thread(database.execute, FIND.encode(), (key,))
            await asyncio.to_thread(database.execute, TELL.encode(), (key,))
        committed[row] = time.time()
        await asyncio.sleep(BETWEEN_S)
    found = await tab.evaluate("window.foundAt")
    return [found[row] - at for row, at in committed.items() if row in found]
