"""Ways of working and stages of trust, on a real site: a reader's clicks, an app's own screen, what the PACS holds."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.testing.pacs import KeepingPacs
from tests.e2e.browser import NARROW, browser, overflow, page, violations
from tests.e2e.films import APPS, Film, account, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.screen import Screen, own_screen
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_board import name_that, open_board, row_of

USE = {
    "shadowed": "",
    "on-request": '[use]\nway = "on-demand"\n',
    "screened": '[use]\nway = "own-screen"\nscreen = "{screen}"\n',
    "careful": "[use]\nmay_rule_out = false\n",
}
SETTLED = {"done", "ready", "offered"}


def write_apps(folder: Path, screen: str) -> Path:
    """Make four apps of the probe, each with a way and rights of its own."""
    manifest = (APPS / "probe" / "app.toml").read_text(encoding="utf-8")
    for name, use in USE.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "probe.py").write_bytes((APPS / "probe" / "probe.py").read_bytes())
        text = manifest.replace('id = "probe"', f'id = "{name}"').replace('en = "Probe"', f'en = "The {name} one"')
        (folder / name / "app.toml").write_text(
            text.replace("[accepts]", f"{use.format(screen=screen)}\n[accepts]"), encoding="utf-8"
        )
    return folder


class Ward:
    """A site with its PACS, a screen, and a film in which the probe finds something."""

    def __init__(self, house: Site, pacs: KeepingPacs, screen: Screen, found: Film, missed: Film) -> None:
        self.house, self.pacs, self.screen, self.found, self.missed = house, pacs, screen, found, missed

    def held(self, film: Film) -> list[Dataset]:
        """Read what the PACS holds of a study."""
        kept = [dcmread(BytesIO(item.path.read_bytes())) for item in self.pacs.objects()]
        return [one for one in kept if film.study == one.StudyInstanceUID]

    def reports(self, film: Film, app: str) -> list[Dataset]:
        return [one for one in self.held(film) if one.Modality == "SR" and one.ManufacturerModelName == app]

    def state(self, film: Film, app: str) -> str:
        return next(str(job["state"]) for job in account(self.house, film.study)["jobs"] if job["app_id"] == app)

    def text(self, path: str) -> str:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.house.web_port}{path}", timeout=30) as given:
            return bytes(given.read()).decode()

    def post(self, path: str, content: bytes, headers: dict[str, str]) -> tuple[int, str]:
        address = f"http://{LOOPBACK}:{self.house.web_port}{path}"
        request = urllib.request.Request(address, data=content, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as given:  # noqa: S310 - as above
                return int(given.status), bytes(given.read()).decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("ways")
    found = write_film(folder / "found", name_that("ways", found=True))
    missed = write_film(folder / "missed", name_that("ways", found=False))
    with own_screen() as screen, KeepingPacs(folder / "pacs") as pacs:
        apps = write_apps(folder / "apps", screen.address)
        with site(folder / "site", pacs=("SIMPACS", pacs.port), apps=[apps]) as house:
            house.start()
            house.command("apps", "stage", "shadowed", "shadow", "--reason", "it is new", "--by", "AI lead")
            for film in (found, missed):
                dcmsend(house.dicom_port, film.path)
            one = Ward(house, pacs, screen, found, missed)
            for film in (found, missed):
                wait_told(
                    house,
                    film.study,
                    lambda told: len(told["jobs"]) == len(USE) and {job["state"] for job in told["jobs"]} <= SETTLED,
                    "every app has done what it does by itself",
                )
                wait_for(lambda film=film: any(one.Modality == "OT" for one in one.held(film)), "the page is there")
            yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def tab(chromium: Browser, ward: Ward) -> Iterator[Page]:
    with page(chromium) as one:
        open_board(one, ward.house)
        yield one


@pytest.mark.shows("R32")
def test_shadow_reaches_no_channel(ward: Ward) -> None:
    """It has run and found something, and nobody hears of it: PACS, page, board, worklist, order, account."""
    kept = json.loads(ward.house.command("studies", "show", ward.found.study, "--json"))
    (job,) = [job for job in kept["jobs"] if job["app_id"] == "shadowed"]
    assert (job["state"], job["outcome"], len(job["findings"])) == ("done", "found", 1), "its result is kept"
    for item in ward.held(ward.found):
        assert "shadowed" not in str(item)
    for path in ("/", "/board/rows", "/api/worklist", f"/studies/{ward.found.study}/apps/careful"):
        assert "shadowed" not in ward.text(path)
    assert ward.post(f"/api/studies/{ward.found.study}/apps/shadowed/ask", b'{"by": "x"}', ward_json())[0] == 404
    told = account(ward.house, ward.found.study)
    (job,) = [job for job in told["jobs"] if job["app_id"] == "shadowed"]
    assert (job["outcome"], job["findings"]) == (None, [])
    words = [event["payload"] for event in told["events"] if event["job_key"] == job["job_key"]]
    assert all(payload.get("outcome") in {None, "answered"} for payload in words)
    assert not [item for item in told["deliveries"] if item["app_id"] == "shadowed"]
    assert "shadowed" not in json.dumps(told.get("findings_together", []))


def ward_json() -> dict[str, str]:
    return {"Content-Type": "application/json"}


@pytest.mark.shows("R25", "R76")
def test_an_app_that_may_not_rule_out_says_so(ward: Ward, tab: Page) -> None:
    expect(row_of(tab, ward.missed).locator(".chip.no_rule_out")).to_contain_text("looked, does not rule out")
    expect(row_of(tab, ward.missed).locator(".chip.nothing_found")).to_have_count(0)
    assert ward.reports(ward.missed, "careful") == []
    assert len(ward.reports(ward.found, "careful")) == 1
    (status,) = [one for one in ward.held(ward.missed) if one.Modality == "OT"]
    assert "LOOKED: does not rule out" in status.ImageComments
    assert not re.search("nothing found", str(status.ImageComments) + status.SeriesDescription, re.IGNORECASE)


@pytest.mark.shows("R25", "R67")
@pytest.mark.parametrize(("language", "theme", "size"), [("en", "dark", NARROW), ("nl", "light", (1440, 900))])
def test_the_new_states_are_readable_by_all(
    chromium: Browser, ward: Ward, language: str, theme: str, size: tuple[int, int]
) -> None:
    with page(chromium, theme=theme, size=size) as one:
        for path in ("/", "/stages", f"/studies/{ward.missed.study}/apps/on-request"):
            one.goto(f"http://{LOOPBACK}:{ward.house.web_port}{path}?lang={language}")
            assert violations(one) == []
            assert overflow(one) <= 0


@pytest.mark.shows("R25", "R67")
def test_one_click_shows_and_sends_what_was_kept_ready(ward: Ward, tab: Page) -> None:
    row = row_of(tab, ward.found)
    expect(row.locator(".chip.ready")).to_contain_text("ready: ask for it")
    assert ward.reports(ward.found, "on-request") == []
    row.get_by_role("button", name="Ask The on-request one").focus()
    tab.keyboard.press("Enter")
    expect(row.locator(".chip.ready")).to_have_count(0)
    expect(row.locator(".chip.found").filter(has_text="on-request")).to_be_visible()
    wait_for(lambda: ward.reports(ward.found, "on-request"), "its report is in the PACS", 20)
    asked = [event for event in account(ward.house, ward.found.study)["events"] if event["kind"] == "asked"]
    assert [event["actor"] for event in asked] == ["board"]


@pytest.mark.shows("R67", "R74")
@pytest.mark.parametrize(
    ("language", "said"), [("nl", "careful werkt niet op aanvraag"), ("en", "careful is no app on demand")]
)
def test_what_cannot_be_asked_says_why_in_the_readers_language(ward: Ward, language: str, said: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Cookie": f"lang={language}"}
    status, shown = ward.post(f"/studies/{ward.missed.study}/apps/careful/ask", b"", headers)
    assert (status, said in shown) == (409, True)


@pytest.mark.shows("R67")
def test_a_page_of_another_site_cannot_ask_or_stop(ward: Ward) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"}
    assert ward.post(f"/studies/{ward.missed.study}/apps/on-request/ask", b"", form)[0] == 403
    assert ward.post("/stages/careful/stop", b"by=x&reason=y", form)[0] == 403
    assert ward.state(ward.missed, "on-request") == "ready"
    assert ward.post("/stages/careful/stop", b"by=&reason=y", {"Content-Type": form["Content-Type"]})[0] == 422


@pytest.mark.shows("R67")
def test_an_own_screen_is_opened_works_and_answers_later(ward: Ward, tab: Page) -> None:
    row = row_of(tab, ward.found)
    expect(row.locator(".chip.own_screen")).to_contain_text("own screen: not opened")
    with tab.context.expect_page() as opened:
        row.get_by_role("link", name="Open The screened one").click()
    expect(opened.value.locator("h1")).to_have_text("the screen of the app")
    expect(row.locator(".chip.own_screen")).to_contain_text("no result yet")
    screen = ward.screen
    assert screen.given["study"]["study"]["study_instance_uid"] == ward.found.study
    assert str(dcmread(BytesIO(screen.image)).SOPInstanceUID) == ward.found.uid
    status, said = ward.post("/api/launches", json.dumps({"token": screen.token}).encode(), ward_json())
    assert (status, "used before" in said) == (409, True)
    assert ward.state(ward.found, "screened") == "offered"
    screen.answer()
    expect(row.locator(".chip.found").filter(has_text="screened")).to_be_visible()
    wait_for(lambda: ward.reports(ward.found, "screened"), "its report is in the PACS", 20)
    with pytest.raises(urllib.error.HTTPError) as twice:
        screen.answer()
    assert twice.value.code == 409


@pytest.mark.shows("R32", "R76")
def test_those_who_steer_stop_an_app_with_a_reason_and_let_it_go_on(ward: Ward, tab: Page) -> None:
    tab.goto(f"http://{LOOPBACK}:{ward.house.web_port}/stages")
    card = tab.locator("#app-careful")
    card.get_by_label("Your name").fill("AI lead")
    card.get_by_label("Reason").fill("too many false alarms")
    card.get_by_role("button", name="Stop").click()
    expect(card.locator(".stage-suspended")).to_be_visible()
    expect(card).to_contain_text("too many false alarms")
    assert "careful" not in ward.text("/api/worklist")
    ward.house.command("apps", "resume", "careful", "--reason", "a new threshold", "--by", "AI lead")
    assert "careful" in ward.text("/api/worklist")
    told: list[dict[str, Any]] = json.loads(ward.house.command("apps", "history", "careful", "--json"))
    assert [(row["value"], row["actor"], row["reason"]) for row in told] == [
        ("suspended", "AI lead", "too many false alarms"),
        ("live", "AI lead", "a new threshold"),
    ]
    refused = ward.house.command("apps", "allow", "careful", "--rule-out", "--reason", "we want it", code=1)
    assert refused == ""
    may = json.loads(ward.house.command("apps", "allow", "careful", "--no-prioritise", "--reason", "a trial", "--json"))
    assert (may["may_prioritise"], may["may_rule_out"], may["may_localise"]) == (False, False, True)
