"""The inbox of discrepancies: found, taken, closed, opened again; by keyboard, on a phone, by two people at once."""

import html
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from collega.model.access import OF_PEOPLE, PersonRole
from collega.model.discrepancy import Contrast
from collega.model.ids import stable_uid
from tests.e2e.apps.probe.probe import score_of
from tests.e2e.browser import NARROW, TOLD_MS, browser, moves, overflow, page, violations
from tests.e2e.differing import SENTENCE, found
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.people import Tab, enter
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R74")
MARKER = Path(__file__).parent / "marking" / "marker"
NUMBER, PATIENT = "D4711", "P4711"
LOW = 0.4
SETTINGS = {"COLLEGA_DEFAULT_STAGE": "pilot", "COLLEGA_WEB__VIEWER_URL": "https://pacs.example/?a={accession}"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Film]]:
    folder = tmp_path_factory.mktemp("discrepancies")
    # Of this film one app says that it is there, the other that it is not.
    name = next(name for name in map(str, range(99)) if score_of(stable_uid("test", name, "1")) < LOW)
    with site(folder / "site", apps=[PROBE, MARKER], pacs=None, settings=SETTINGS) as one:
        one.start()
        film = write_film(folder / "films", name, AccessionNumber=NUMBER, PatientID=PATIENT)
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)
        yield one, film


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def address(one: Site, path: str = "/discrepancies", language: str = "nl") -> str:
    return f"http://127.0.0.1:{one.web_port}{path}{'&' if '?' in path else '?'}lang={language}"


def card(tab: Page, key: str) -> Any:
    return tab.locator(f"#d-{key}")


def state(tab: Page, key: str, word: str) -> None:
    tab.wait_for_selector(f'#d-{key} .state:text-is("{word}")')


def name_myself(tab: Page, one: Site, name: str) -> None:
    tab.context.add_cookies([{"name": "reader", "value": name, "url": f"http://127.0.0.1:{one.web_port}"}])


def signed_in(tab: Page, one: Site, who: Tab) -> None:
    tab.context.add_cookies([{"name": "collega", "value": who.token, "url": f"http://127.0.0.1:{one.web_port}"}])


def test_one_is_found_taken_closed_and_opened_again_by_keyboard_alone(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    with page(chromium) as tab:
        name_myself(tab, one, "dr.%20B")
        tab.goto(address(one))
        tab.wait_for_selector("body.is-live")
        key = found(one, film)
        tab.wait_for_selector(f"#d-{key}", timeout=TOLD_MS)  # without a reload
        assert violations(tab) == []
        expect(card(tab, key)).to_contain_text(NUMBER)
        expect(card(tab, key)).to_contain_text(SENTENCE)
        assert card(tab, key).locator("q i").count() == 0
        tab.keyboard.press("j")
        tab.keyboard.press("t")
        state(tab, key, "opgepakt")
        expect(card(tab, key)).to_contain_text("Eigenaar: dr. B")
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
        assert "label gezet door dr. B" in text
        tab.goto(address(one, f"/studies/{film.study}/discrepancies/{key}"))
        assert violations(tab) == []
        tab.keyboard.press("j")
        tab.keyboard.press("Tab")
        tab.locator(f"#d-{key} form button").focus()
        tab.keyboard.press("Enter")
        state(tab, key, "opgepakt")
        expect(tab.locator("#history li")).to_have_count(4)
        expect(tab.locator("#history")).to_contain_text("Zin verkeerd gelezen.")
    kinds = [event["kind"] for event in one.account(film.study)["events"] if "discrepancy" in event["kind"]]
    assert kinds == ["discrepancy_found", "discrepancy_taken", "discrepancy_closed", "discrepancy_reopened"]


def post(
    one: Site, film: Film, key: str, act: str, body: str, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    path = f"http://127.0.0.1:{one.web_port}/studies/{film.study}/discrepancies/{key}/{act}"
    request = urllib.request.Request(path, body.encode(), headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_of_two_readers_at_once_the_second_is_told_and_loses_nothing_of_what_was_typed(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    key = found(one, film)
    with page(chromium) as first, page(chromium) as second:
        for tab, name in ((first, "dr.%20A"), (second, "dr.%20B")):
            name_myself(tab, one, name)
            tab.goto(address(one, language="en"))
            tab.wait_for_selector("body.is-live")
        card(second, key).locator(".closing summary").click()
        card(second, key).locator("textarea").fill("seen again")
        card(second, key).locator("select[name=verdict]").select_option("ai_right")
        card(first, key).locator("form.take button").click()
        state(first, key, "taken")
        second.wait_for_selector(f"#d-{key} .theirs")  # told while typing, and what was typed stands
        expect(card(second, key).locator("textarea")).to_have_value("seen again")
        card(second, key).locator(".closing button").click()
        second.wait_for_selector(f"#d-{key} .conflict")
        expect(card(second, key)).to_contain_text("dr. A has changed this")
        expect(card(second, key).locator("textarea")).to_have_value("seen again")
        expect(card(second, key).locator("select[name=verdict]")).to_have_value("ai_right")
        card(second, key).locator(".closing button").click()  # knowing it now
        state(second, key, "closed")
    code, answer = post(one, film, key, "reopen", "reader=dr. C&revision=1", {"sec-fetch-site": "same-origin"})
    assert (code, "dr. B" in answer) == (409, True)


def test_it_fits_a_phone_in_light_with_what_is_overdue_on_top_and_filters_that_narrow(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    late, soon = found(one, film, Contrast.AI_NEGATIVE, days=4), found(one, film, Contrast.AI_LATE)
    with page(chromium, size=NARROW, theme="light") as tab:
        moved = moves(tab)
        tab.goto(address(one, language="en"))
        tab.wait_for_selector("body.is-live")
        assert moved() == []
        assert overflow(tab) <= 0
        assert violations(tab) == []
        expect(tab.locator("#late")).to_contain_text("1 over the deadline")
        assert tab.locator("article.discrepancy").first.get_attribute("id") == f"d-{late}"
        tab.wait_for_selector('.top a[href="/discrepancies"] .count.late')
        expect(tab.locator('.top a[href="/discrepancies"]')).to_contain_text("1 overdue")
        tab.select_option(".filters select[name=contrast]", "ai_late")
        tab.click(".filters button")
        tab.wait_for_selector(f"#d-{soon}")
        expect(tab.locator("article.discrepancy")).to_have_count(1)
        expect(card(tab, soon)).to_contain_text("AI named it after the signature")
        tab.goto(address(one, "/discrepancies?mine=yes&state=all", "en"))
        assert tab.locator("article.discrepancy").count() == 0  # nobody is named in this browser
        tab.goto(address(one, f"/studies/{film.study}/discrepancies/{late}", "nl"))
        assert overflow(tab) <= 0
        assert violations(tab) == []
        expect(card(tab, late)).to_contain_text("AI ziet het niet, het getekende verslag noemt het")


def test_a_connection_that_is_lost_is_told_and_what_was_typed_is_kept(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    key = found(one, film)
    with page(chromium) as tab:
        name_myself(tab, one, "dr.%20B")
        tab.goto(address(one))
        tab.wait_for_selector("body.is-live")
        card(tab, key).locator("input[name=owner]").fill("dr. D")
        tab.context.set_offline(True)
        card(tab, key).locator("form.take button").click()
        tab.wait_for_selector('#said:has-text("Niet bewaard")')
        tab.wait_for_selector("#stale:not([hidden])", timeout=45000)
        expect(tab.locator("#stale")).to_contain_text("verouderd")
        expect(card(tab, key).locator("input[name=owner]")).to_have_value("dr. D")
        tab.context.set_offline(False)
        tab.wait_for_selector("#stale", state="hidden", timeout=45000)
        card(tab, key).locator("form.take button").click()
        state(tab, key, "opgepakt")


def test_without_scripts_it_works_by_forms_alone(house: tuple[Site, Film], chromium: Browser) -> None:
    one, film = house
    key = found(one, film)
    with page(chromium, javascript=False) as tab:
        tab.goto(address(one, f"/studies/{film.study}/discrepancies/{key}", "en"))
        tab.fill("form.take input[name=reader]", "dr. E")
        tab.click("form.take button")
        expect(card(tab, key)).to_contain_text("Owner: dr. E")
        code, _ = post(one, film, key, "close", "reader=x&revision=2&verdict=report_right")
        assert code == 200
        tab.click("form.take button")  # of a version that is gone
        expect(card(tab, key)).to_contain_text("x has changed this")


@pytest.mark.parametrize(
    ("act", "body", "status", "said"),
    [
        ("take", "revision=1", 422, "reader"),
        ("take", "reader=x", 422, "revision"),
        ("take", "reader=x&revision=1&deadline=2020-01-01", 422, "gone by"),
        ("take", "reader=x&revision=1&deadline=soon", 422, "YYYY-MM-DD"),
        ("close", "reader=x&revision=1&verdict=moon", 422, "ai_right"),
        ("close", "reader=x&revision=1&verdict=", 422, "verdict"),
        ("reopen", "reader=x&revision=1", 422, "cannot be reopened"),
    ],
)
def test_what_is_no_change_is_refused_with_its_reason(
    house: tuple[Site, Film], act: str, body: str, status: int, said: str
) -> None:
    one, film = house
    key = found(one, film)
    assert post(one, film, str(uuid.uuid4()), act, body + "&verdict=ai_right")[0] in {404, 422}
    code, answer = post(one, film, key, act, body)
    assert (code, said in answer) == (status, True), answer
    assert post(one, film, key, act, body, {"Origin": "https://elsewhere.example"})[0] == 403


def test_commands_do_the_same_and_each_view_and_change_is_logged(house: tuple[Site, Film]) -> None:
    one, film = house
    key = found(one, film)
    assert key in {row["key"] for row in one.json("discrepancies", "list", "--state", "open")}
    one.command("discrepancies", "take", key, "--owner", "dr. F", "--by", "ops", "--version", "1")
    assert one.json("discrepancies", "show", key)["owner"] == "dr. F"
    one.command("discrepancies", "close", key, "--verdict", "ai_right", "--by", "ops", "--version", "1", code=1)
    one.command("discrepancies", "close", key, "--verdict", "ai_right", "--recalled", "--by", "ops")
    assert [row["state"] for row in one.json("discrepancies", "show", key)["history"]] == ["open", "taken", "closed"]
    one.command("discrepancies", "reopen", key)
    logged = [row["event"] for row in one.json("audit", "show", "--patient", PATIENT)]
    assert logged.count("discrepancy changed") >= 3
    assert "discrepancies viewed" in logged


@pytest.mark.shows("R66", "R8")
def test_on_the_study_page_findings_lead_to_each_other_to_their_key_image_and_to_the_discrepancy(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    key = found(one, film)
    with page(chromium, size=NARROW) as tab:
        moved = moves(tab)
        tab.goto(address(one, f"/studies/{film.study}", "en"))
        mine = tab.locator('.finding[id^="finding-marker-"]').first
        assert "THE APPS DISAGREE" in mine.locator(".beside").inner_text()
        mine.locator(".beside a").click()
        tab.wait_for_url(re.compile("#finding-probe-"))
        mine.scroll_into_view_if_needed()
        tab.wait_for_selector('.finding[id^="finding-marker-"] figure[data-drawn]:not([data-drawn="none"])')
        assert int(mine.locator("figure").get_attribute("data-drawn") or 0) > 0
        assert "Key image: " in (mine.locator("canvas[role=img]").get_attribute("aria-label") or "")
        assert tab.evaluate("document.querySelector('figure.key-image canvas').width") > 100
        assert moved() == [], "a key image that comes moves nothing away under the pointer"
        assert tab.locator('.finding[id^="finding-probe-"] figure').count() == 0  # nothing is there to point at
        assert violations(tab) == []
        assert overflow(tab) <= 0
        mine.locator("figure button").click()
        assert tab.evaluate("document.activeElement.classList.contains('stage')")
        tab.locator(f'.finding .differs a[href$="{key}"]').click()
        tab.wait_for_selector(f"#d-{key}")


def test_readers_are_told_of_what_they_heard_and_not_of_an_app_in_shadow(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    heard = found(one, film)
    one.command("apps", "stage", "marker", "shadow", "--reason", "test")
    unheard = found(one, film)
    with page(chromium) as tab:
        tab.goto(address(one, language="en"))
        expect(card(tab, heard)).to_contain_text("not shown to readers now")
        assert card(tab, unheard).count() == 0
        expect(tab.locator("#rest")).to_contain_text("1 not shown")
        answer = tab.goto(address(one, f"/studies/{film.study}/discrepancies/{unheard}"))
        assert answer is not None
        assert answer.status == 404
    assert post(one, film, unheard, "take", "reader=x&revision=1")[0] == 404
    assert unheard in {row["key"] for row in one.json("discrepancies", "list")}


@pytest.mark.shows("R20", "R64")
def test_what_an_app_in_shadow_says_is_for_those_who_steer_its_pilot_and_nobody_else_finds_it(
    house: tuple[Site, Film], chromium: Browser
) -> None:
    one, film = house
    one.command("apps", "stage", "marker", "shadow", "--reason", "test")
    key = found(one, film)
    listed, pilot = "/pilots/marker/discrepancies", f"/pilots/marker/studies/{film.study}/discrepancies/{key}"
    assert Tab(site=one).ask("GET", listed).status == 401, "where nobody signs in, nobody is known to steer"
    tokens = enter(one, {str(role): (role,) for role in OF_PEOPLE})
    tabs = {role: Tab(site=one, token=tokens[str(role)]) for role in OF_PEOPLE}
    lead, physicist = tabs[PersonRole.AI_LEAD], tabs[PersonRole.PHYSICIST]
    assert f'href="{listed}"' in lead.get("/pilots/marker").text
    for role in set(OF_PEOPLE) - {PersonRole.AI_LEAD, PersonRole.PHYSICIST}:
        assert listed not in tabs[role].get("/pilots/marker").text, role
        for path in (listed, f"{listed}/rows", pilot):
            assert tabs[role].get(path).status == 403, (role, path)
        assert tabs[role].post(f"{pilot}/take", revision="1").status == 403, role
    reader = tabs[PersonRole.RADIOLOGIST]
    study = f"/studies/{film.study}"
    for path in ("/discrepancies", f"{study}/timeline", study, f"/api{study}", f"/dicom-web{study}/metadata"):
        told = reader.ask("GET", path, Accept="application/dicom+json" if "dicom" in path else "text/html")
        assert (told.status, key in told.text) == (200, False), path
    assert reader.get(f"{study}/discrepancies/{key}").status == 404
    assert lead.get(f"{study}/discrepancies/{key}").status == 404, "the readers' inbox is the same for all"
    assert lead.get(pilot.replace("marker", "probe")).status == 404
    assert lead.get("/pilots/nothing/discrepancies").status == 404
    shown = physicist.get(f"{pilot}?lang=en").text
    assert html.escape(SENTENCE) in shown
    assert "<form class=" not in shown, "a physicist looks on, and settles nothing"
    assert physicist.post(f"{pilot}/take", revision="1").status == 403
    with page(chromium, size=NARROW, theme="light") as tab:
        signed_in(tab, one, lead)
        tab.goto(address(one, listed, "en"))
        tab.wait_for_selector("body.is-live")
        assert violations(tab) == []
        assert overflow(tab) <= 0
        came = found(one, film)
        tab.wait_for_selector(f"#d-{came}", timeout=TOLD_MS)  # without a reload: all that is listed is new by now
        card(tab, key).locator("form.take button").click()
        state(tab, key, "taken")
        card(tab, key).locator(".links a").click()
        tab.wait_for_url(re.compile(f"{pilot}$"))
        card(tab, key).locator(".closing summary").click()
        card(tab, key).locator("select[name=verdict]").select_option("ai_right")
        card(tab, key).locator(".closing button").click()
        state(tab, key, "closed")
        assert violations(tab) == []
    assert reader.get(f"{study}/discrepancies/{key}").status == 404, "it is not told after it was closed either"


def test_who_has_signed_in_takes_what_came_while_the_page_was_open(house: tuple[Site, Film], chromium: Browser) -> None:
    one, film = house
    one.command("apps", "stage", "marker", "pilot", "--reason", "test")
    tokens = enter(one, {"lezer": (PersonRole.RADIOLOGIST,)})
    with page(chromium) as tab:
        signed_in(tab, one, Tab(site=one, token=tokens["lezer"]))
        tab.goto(address(one))
        tab.wait_for_selector("body.is-live")
        came = found(one, film)
        tab.wait_for_selector(f"#d-{came}", timeout=TOLD_MS)
        card(tab, came).locator("form.take button").click()
        state(tab, came, "opgepakt")
