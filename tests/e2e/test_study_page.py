"""The page of a study: what apps say, opinions by one key, text for the report, what was missed, the first look."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

NUMBER = "A4711"
NAME = "dr. Ång"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Film]]:
    folder = tmp_path_factory.mktemp("study-page")
    with site(folder / "site", apps=[PROBE], pacs=None, settings={"COLLEGA_DEFAULT_STAGE": "pilot"}) as one:
        one.start()
        film = write_film(folder, "study-page", AccessionNumber=NUMBER)
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)
        yield one, film


def kinds(one: Site, film: Film) -> list[str]:
    return [event["kind"] for event in one.account(film.study)["events"]]


def say_who(tab: Page) -> None:
    tab.fill("#reader", NAME)


@pytest.mark.shows("R12", "R34", "R66")
def test_an_opinion_takes_one_key_and_can_be_changed(house: tuple[Site, Film]) -> None:
    one, film = house
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies?accession_number={NUMBER}&lang=nl")
        assert tab.url.endswith(f"/studies/{film.study}")
        assert violations(tab) == []
        say_who(tab)
        tab.keyboard.press("Tab")
        tab.keyboard.press("j")
        tab.keyboard.press("a")
        tab.wait_for_selector('button[value="agree"][aria-pressed="true"]')
        assert tab.evaluate("document.activeElement.closest('.finding') !== null")
        tab.keyboard.press("d")
        tab.wait_for_selector('button[value="disagree"][aria-pressed="true"]')
        tab.keyboard.press("2")
        wait_for(lambda: kinds(one, film).count("opinion") == 3, "the cause is kept", 10)
        tab.reload()
        assert tab.input_value(".finding select[name=cause]") == "artefact"
        told = [e for e in one.account(film.study)["events"] if e["kind"] == "opinion"]
        assert [e["payload"]["opinion"] for e in told] == ["agree", "disagree", "disagree"]
        assert {e["actor"] for e in told} == {NAME}


@pytest.mark.shows("R22")
def test_the_first_look_takes_two_taps_on_a_phone(house: tuple[Site, Film]) -> None:
    one, film = house
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{film.study}?lang=en")
        assert overflow(tab) <= 0
        assert violations(tab) == []
        say_who(tab)
        tab.click("#first-look .taps label:nth-of-type(1)")
        tab.click('#first-look button[value="yes"]')
        tab.wait_for_selector("#first-look [role=status]")
        assert kinds(one, film).count("first_sight") == 1
        assert kinds(one, film).count("called") == 1


@pytest.mark.shows("R12")
def test_what_was_missed_is_named_and_taken_back_by_its_reader_alone(house: tuple[Site, Film]) -> None:
    one, film = house
    with browser() as chromium, page(chromium) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{film.study}?lang=en")
        say_who(tab)
        tab.fill("#missed input[name=what]", "<img src=x onerror=alert(1)> ribfractuur")
        tab.click("#missed-form button")
        tab.wait_for_selector("#missed li")
        assert tab.locator("#missed li img").count() == 0
        with page(chromium) as other:
            other.goto(tab.url)
            assert other.locator("#missed li").count() == 1
            assert other.locator("#missed li form").count() == 0
        tab.click("#missed li button")
        tab.wait_for_selector("#missed li", state="detached")


@pytest.mark.shows("R20")
def test_without_scripts_the_forms_work_as_they_are(house: tuple[Site, Film]) -> None:
    one, film = house
    with browser() as chromium, page(chromium, javascript=False) as tab:
        tab.context.add_cookies([{"name": "reader", "value": "dr.%20B", "url": f"http://127.0.0.1:{one.web_port}"}])
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{film.study}?lang=en")
        tab.click('.finding button[value="unsure"]')
        tab.wait_for_selector('button[value="unsure"][aria-pressed="true"]')


def refused(one: Site, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{one.web_port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["detail"]


@pytest.mark.shows("R12")
@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("opinions", b"opinion=agree&app=probe&finding=density", 422, "reader"),
        ("opinions", b"opinion=maybe&reader=x", 422, "one of agree, disagree"),
        ("opinions", b"opinion=agree&reader=x&app=probe&finding=nothing", 422, "reload"),
        ("opinions", b"opinion=disagree&reader=x&cause=moon&app=probe&finding=FINDING", 422, "calcification"),
        ("missed", b"reader=x", 422, "name"),
        ("missed", b"reader=x&what=nodule&image=1.2.3&column=1&row=2", 422, "none of this study"),
        ("missed", b"reader=x&what=nodule&image=1.2.3&column=one&row=2", 422, "as numbers"),
        ("first-look", b"reader=x&found=perhaps", 422, "present"),
    ],
)
def test_what_is_no_opinion_is_refused_with_its_reason(
    house: tuple[Site, Film], path: str, body: bytes, status: int, said: str
) -> None:
    one, film = house
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}/api/worklist", timeout=10) as answer:
        finding = json.load(answer)[0]["apps"][0]["findings"][0]["id"]
    body = body.replace(b"FINDING", finding.encode())
    code, detail = refused(one, f"/studies/{film.study}/{path}", body, {})
    assert (code, said in detail) == (status, True), detail


@pytest.mark.shows("R59")
def test_a_page_of_another_site_can_give_no_opinion(house: tuple[Site, Film]) -> None:
    one, film = house
    headers = {"Origin": "https://elsewhere.example"}
    assert refused(one, f"/studies/{film.study}/opinions", b"opinion=agree&reader=x", headers)[0] == 403


def test_a_number_that_nobody_knows_is_no_normal_result(house: tuple[Site, Film]) -> None:
    one, _ = house
    with browser() as chromium, page(chromium) as tab:
        answer = tab.goto(f"http://127.0.0.1:{one.web_port}/studies?accession_number=NOBODY&lang=nl")
        assert answer is not None
        assert answer.status == 404
        assert "beoordeel als zonder AI" in tab.inner_text("main")
