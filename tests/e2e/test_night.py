"""The night list: first looks and AI beside the reports, from the phone at night to the page in the morning."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R22", "R24")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[Film], str]]:
    """Two films that came three hours after midnight of a Tuesday; give the morning too."""
    folder = tmp_path_factory.mktemp("night")
    with site(folder / "site", apps=[PROBE], pacs=None, settings={"COLLEGA_DEFAULT_STAGE": "pilot"}) as one:
        one.start()
        films = [write_film(folder, f"night-{name}", AccessionNumber=f"N{name}") for name in "12"]
        for film in films:
            dcmsend(one.dicom_port, film.path)
        for film in films:
            wait_over(one, film.study, page=False)
        now = datetime.now(UTC)
        tuesday = now - timedelta(days=(now.weekday() - 1) % 7 + 7)
        moment = tuesday.replace(hour=2, minute=0)
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute("UPDATE study SET first_received_at = %s", (moment,))
        yield one, films, str(moment.date())


def send(one: Site, path: str, **values: str) -> str:
    body = urllib.parse.urlencode(values).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{path}", body, timeout=10) as answer:
        return str(answer.read().decode())


def told(one: Site, morning: str) -> dict[str, Any]:
    address = f"http://127.0.0.1:{one.web_port}/api/night?morning={morning}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return dict(json.load(answer))


def test_a_first_look_is_held_against_the_report_in_the_morning(night: tuple[Site, list[Film], str]) -> None:
    one, (first, second), morning = night
    send(one, f"/studies/{first.study}/first-look", reader="seh", found="present", called="yes", ai_seen="no")
    send(one, f"/studies/{second.study}/first-look", reader="seh", found="absent", called="no")
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/night?morning={morning}&lang=nl")
        assert tab.locator("#night tbody tr").count() == 2
        assert "seh" not in tab.inner_text("main")
        assert violations(tab) == []
        row = tab.locator("#night tbody tr", has_text="N1")
        row.locator("input[name=reader]").fill("dr. Morgen")
        row.locator("select").select_option("absent")
        row.locator("input[type=checkbox]").check()
        row.locator("button").click()
        tab.wait_for_selector("tr.corrected")
    account = told(one, morning)
    figures, of_first = account["figures"], next(row for row in account["rows"] if row["accession_number"] == "N1")
    assert (figures["looked"], figures["judged"], figures["recalled"]) == (2, 1, 1)
    assert (figures["corrected"]["k"], figures["corrected"]["n"]) == (1, 1)
    agrees = of_first["apps"][0]["outcome"] == "nothing_found"
    assert (figures["ai_agrees"]["k"], figures["ai_agrees"]["n"]) == (int(agrees), 1)


def test_the_list_fits_a_phone_in_light(night: tuple[Site, list[Film], str]) -> None:
    one, _, morning = night
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/night?morning={morning}&lang=en")
        assert overflow(tab) <= 0
        assert violations(tab) == []


def test_a_night_without_studies_says_so(night: tuple[Site, list[Film], str]) -> None:
    one, _, _ = night
    empty = told(one, "2020-01-07")
    assert empty["rows"] == []
    assert empty["figures"]["first_agrees"]["low"] is None
