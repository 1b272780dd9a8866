"""The inbox of discrepancies: found, taken, closed, opened again; by keyboard, on a phone, by two people at once."""

import asyncio
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from collega.adapters.postgres.store import PostgresStore
from collega.model.app import Stage
from collega.model.discrepancy import Contrast, Discrepancy
from collega.model.ids import storage_key
from collega.model.job import Event
from collega.read.discrepancies import note_differences
from tests.e2e.browser import browser, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R74")
NUMBER = "D4711"
SENTENCE = "<i>Geen</i> verdichtingen."
SETTINGS = {"COLLEGA_DEFAULT_STAGE": "pilot", "COLLEGA_WEB__VIEWER_URL": "https://pacs.example/?a={accession}"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Film]]:
    folder = tmp_path_factory.mktemp("discrepancies")
    with site(folder / "site", apps=[PROBE], pacs=None, settings=SETTINGS) as one:
        one.start()
        film = write_film(folder, "discrepancies", AccessionNumber=NUMBER)
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)
        yield one, film


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def found(one: Site, film: Film, contrast: Contrast = Contrast.AI_POSITIVE, *, days: float = 0) -> str:
    """Let a discrepancy be found, as the step that holds words against reports does; give its key."""
    key = str(uuid.uuid4())

    async def note() -> None:
        store = PostgresStore(f"host={one.data / 'pg'} user=postgres dbname=postgres", Stage.SHADOW, connections=1)
        await store.open()
        now = datetime.now(UTC)
        async with store.transaction() as transaction:
            (job,) = await transaction.jobs_of(storage_key(film.study))
            result = await transaction.result_of(job.key)
            assert result is not None
            signed = Event(kind="signed", at=now, study_key=job.study_key, actor="dr. S")
            await transaction.add_event(signed)
            made = Discrepancy(
                key=key,
                study_key=job.study_key,
                job_key=job.key,
                app_id=job.app_id,
                finding_id=result.findings[0].id,
                contrast=contrast,
                report_version=key,
                sentence=SENTENCE,
                found_at=now - timedelta(days=days),
            )
            await note_differences(transaction, [made])
        await store.close()

    with ThreadPoolExecutor(1) as apart:  # the browser's driver has a loop in this thread
        apart.submit(asyncio.run, note()).result()
    return key


def address(one: Site, path: str = "/discrepancies", language: str = "nl") -> str:
    return f"http://127.0.0.1:{one.web_port}{path}{'&' if '?' in path else '?'}lang={language}"


def card(tab: Page, key: str) -> Any:
    return tab.locator(f"#d-{key}")


def state(tab: Page, key: str, word: str) -> None:
    tab.wait_for_selector(f'#d-{key} .state:text-is("{word}")')


def name_myself(tab: Page, one: Site, name: str) -> None:
    tab.context.add_cookies([{"name": "reader", "value": name, "url": f"http://127.0.0.1:{one.web_port}"}])


def test_one_is_found_taken_closed_and_opened_again_by_keyboard_alone(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    with page(chromium) as tab:
        name_myself(tab, one, "dr.%20B")
        tab.goto(address(one))
        tab.wait_for_selector("body.is-live")
        key = found(one, film)
        tab.wait_for_selector(f"#d-{key}", timeout=8000)  # without a reload
        assert violations(tab) == []
        assert NUMBER in card(tab, key).inner_text()
        assert SENTENCE in card(tab, key).inner_text()
        assert card(tab, key).locator("q i").count() == 0
        tab.keyboard.press("j")
        tab.keyboard.press("t")
        state(tab, key, "opgepakt")
        assert "Eigenaar: dr. B" in card(tab, key).inner_text()
        tab.keyboard.press("c")
        tab.keyboard.press("Enter")
        tab.keyboard.press("Escape")
        tab.locator(f"#d-{key} select[name=verdict]").press("L")  # "Label fout"
        tab.keyboard.press("Tab")
        tab.keyboard.type("niets")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Space")
        tab.keyboard.press("Tab")
        tab.keyboard.type("Zin verkeerd gelezen.")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        state(tab, key, "afgerond")
        text = card(tab, key).inner_text()
        assert "Label fout" in text
        assert "Patiënt teruggebeld" in text
        assert "Het verslag zegt bij nader inzien: niets hierover" in text
        tab.goto(address(one, f"/studies/{film.study}/discrepancies/{key}"))
        assert violations(tab) == []
        tab.keyboard.press("j")
        tab.keyboard.press("Tab")
        tab.locator(f"#d-{key} form button").focus()
        tab.keyboard.press("Enter")
        state(tab, key, "opgepakt")
        assert tab.locator("#history li").count() == 4
        assert "Zin verkeerd gelezen." in tab.inner_text("#history")
    kinds = [event["kind"] for event in one.account(film.study)["events"] if "discrepancy" in event["kind"]]
    assert kinds == ["discrepancy_found", "discrepancy_taken", "discrepancy_closed", "discrepancy_reopened"]
