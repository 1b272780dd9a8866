"""The pilot page: goal, what was measured, what is claimed, what nobody knows; on paper too."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R21", "R26", "R27")


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[Film]]]:
    folder = tmp_path_factory.mktemp("pilot")
    with site(folder / "site", apps=[PROBE], pacs=None, settings={"COLLEGA_DEFAULT_STAGE": "pilot"}) as one:
        one.start()
        films = [write_film(folder, f"pilot-{name}", AccessionNumber=f"P{name}") for name in "123"]
        for film in films:
            dcmsend(one.dicom_port, film.path)
        for film in films:
            wait_over(one, film.study, page=False)
        yield one, films


def get(one: Site, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{path}", timeout=20) as answer:
        return bytes(answer.read())


def told(one: Site) -> dict[str, Any]:
    return dict(json.loads(get(one, "/api/pilots/probe")))


def send(one: Site, path: str, **values: str) -> None:
    body = urllib.parse.urlencode(values).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{path}", body, timeout=10):
        pass


def test_what_nobody_has_judged_or_asked_is_not_known(pilot: tuple[Site, list[Film]]) -> None:
    one, _ = pilot
    account = told(one)
    whole = account["figures"][0]
    assert (whole["n"], whole["analysed"]["k"]) == (3, 3)
    assert whole["ppv"]["share"] is None
    assert account["not_received"] is None
    assert account["goals"] == []


def test_opinions_and_a_goal_stand_beside_each_other(pilot: tuple[Site, list[Film]]) -> None:
    one, films = pilot
    word = json.loads(get(one, "/api/worklist"))[0]["apps"][0]
    finding, present = word["findings"][0]["id"], word["outcome"] == "found"
    for film, opinion in zip(films, ("agree", "agree", "disagree"), strict=True):
        send(one, f"/studies/{film.study}/opinions", app="probe", finding=finding, opinion=opinion, reader="r")
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/pilots/probe?lang=nl")
        tab.click("main details summary")
        tab.select_option("#goal select", "viewed")
        tab.fill("#goal input[name=target]", "95")
        tab.fill("#goal input[name=by]", "2027-03-01")
        tab.fill("#goal input[name=guard]", "geen <b>gemiste</b> bloeding")
        tab.fill("#goal input[name=reader]", "AI-lead")
        tab.click("#goal button")
        tab.wait_for_selector("#goals tbody tr")
        expect(tab.locator("#goals")).to_contain_text("geen <b>gemiste</b> bloeding")
        assert violations(tab) == []
    account = told(one)
    whole = account["figures"][0]
    assert whole["viewed"]["k"] == 3
    assert whole["judged"] == 3
    if present:
        assert (whole["ppv"]["k"], whole["ppv"]["n"]) == (2, 3)
    (goal,) = account["goals"]
    # Three of three is 100 %, and may still be far less than 95 %.
    assert goal["measured"]["share"] == 1
    assert goal["met"] is False


def test_the_sheet_of_paper_says_the_same(pilot: tuple[Site, list[Film]]) -> None:
    one, _ = pilot
    paper = get(one, "/pilots/probe/pilot.pdf?lang=en")
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True
    ).stdout.decode()
    assert text.count("\f") == 1  # one sheet
    assert "not known" in text
    assert "not for clinical use" in text


def test_the_page_fits_a_phone_in_light(pilot: tuple[Site, list[Film]]) -> None:
    one, _ = pilot
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"http://127.0.0.1:{one.web_port}/pilots/probe?lang=en")
        assert overflow(tab) <= 0
        assert violations(tab) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kpi": "happiness", "target": "10", "by": "2027-01-01"}, "kpi: one of"),
        ({"kpi": "ppv", "target": "150", "by": "2027-01-01"}, "at most 1"),
        ({"kpi": "ppv", "target": "nan", "by": "2027-01-01"}, "share"),
        ({"kpi": "ppv", "target": "50", "by": "soon"}, "a day as"),
    ],
)
def test_what_is_no_goal_is_refused_with_its_reason(
    pilot: tuple[Site, list[Film]], values: dict[str, str], said: str
) -> None:
    one, _ = pilot
    with pytest.raises(urllib.error.HTTPError) as refused:
        send(one, "/pilots/probe/goals", reader="x", **values)
    assert refused.value.code == 422
    assert said in refused.value.read().decode()


def test_an_app_that_is_not_here_has_no_pilot(pilot: tuple[Site, list[Film]]) -> None:
    one, _ = pilot
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(one, "/pilots/nobody")
    assert refused.value.code == 404
