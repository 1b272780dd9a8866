"""From the order to the signature: moments by the clocks of RIS, scanner, collega and reader, and what they show."""

import csv
import io
import json
import shutil
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from collega.testing.hl7_messages import order, report, verdict
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.messages import Ris
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R26", "R37", "R22")
NUMBER = "A4711"
PATIENT = "P-timed^^^ZKH^PI"
ZONE = ZoneInfo("Europe/Amsterdam")
CASES = Path(__file__).parents[2] / "examples" / "cases"
AHEAD = timedelta(minutes=7)  # the clock of the RIS


def hl7(moment: datetime) -> str:
    return f"{(moment + AHEAD).astimezone(ZONE):%Y%m%d%H%M%S%z}"


def say(house: Site, film: Film, kind: str, at: datetime) -> None:
    body = json.dumps({"kind": kind, "at": at.isoformat(), "by": "K3"}).encode()
    url = f"http://127.0.0.1:{house.web_port}/api/studies/{film.study}/readings"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        assert answer.status == 201


def live_through(house: Site, film: Film) -> None:
    """Order, make, open, read and sign a study; the RIS has said enough before for its clock to be known."""
    with Ris(house.hl7_port) as ris:
        for count in range(12):
            ris.send(order(accession=f"B{count}", at=hl7(datetime.now(UTC)), id_=f"b{count}"))
        ordered = order(accession=NUMBER, patient=PATIENT, priority="S", at=hl7(datetime.now(UTC)), id_="1")
        assert verdict(ris.send(ordered)) == "AA"
        sent_at = datetime.now(UTC)
        dcmsend(house.dicom_port, film.path)
        wait_for(lambda: "received" in {e["kind"] for e in house.account(film.study)["events"]}, "it is here", 20)
        for kind in ("opened", "called"):
            say(house, film, kind, sent_at)  # before any app can have answered
        wait_over(house, film.study)
        wait_for(lambda: "confirmed" in {e["kind"] for e in house.account(film.study)["events"]}, "it is visible", 40)
        time.sleep(3)  # a RIS writes whole seconds and its clock is known to two: sooner, it may seem signed unseen
        ris.send(report("Geen afwijkingen.", accession=NUMBER, patient=PATIENT, at=hl7(datetime.now(UTC)), id_="2"))
    wait_for(lambda: "signed" in {e["kind"] for e in house.account(film.study)["events"]}, "it is signed", 10)


def board(house: Site) -> None:
    """See the value board, and a case that says no as plainly as one that says yes."""
    with browser() as one:
        for size, theme, language in ((WIDE, "dark", "en"), (NARROW, "light", "nl")):
            with page(one, size=size, theme=theme) as tab:
                for path in ("/value", "/needs", "/value/lung-ct"):
                    tab.goto(f"http://127.0.0.1:{house.web_port}{path}?lang={language}")
                    assert violations(tab) == []
                    assert overflow(tab) == 0
                no = {"en": "Does not pay", "nl": "Verdient zich niet terug"}[language]
                assert no in tab.inner_text(".verdict")
                assert tab.locator("svg.value").count() == 3
                assert tab.locator("#vendor tbody tr").count() == 3
    with urllib.request.urlopen(f"http://127.0.0.1:{house.web_port}/value/lung-ct/paper.pdf", timeout=30) as answer:
        assert answer.read(5) == b"%PDF-"
    told = house.get("/api/value/mammography")
    assert told["npv"] == house.json("roi", "evaluate", str(CASES / "mammography.toml"))["npv"]


def waits(house: Site) -> None:
    """Ask what AI would do to the waits: a process of its own answers, and memory the next time."""
    with browser() as one:
        for size, theme, language in ((WIDE, "dark", "en"), (NARROW, "light", "nl")):
            with page(one, size=size, theme=theme) as tab:
                tab.goto(f"http://127.0.0.1:{house.web_port}/queue?lang={language}")
                unlike = {"en": "NOT your department", "nl": "NIET uw afdeling"}[language]
                expect(tab.locator("#which")).to_contain_text(unlike)
                tab.get_by_label({"en": "Sensitivity", "nl": "Sensitiviteit"}[language]).fill("0.95")
                tab.locator("#asks button").press("Enter")
                diseased = tab.locator("#waits tbody tr", has_text={"en": "without AI", "nl": "zonder AI"}[language])
                expect(diseased).to_contain_text({"en": "40.00", "nl": "40,00"}[language], timeout=60_000)
                expect(tab.locator("img.waits")).to_be_visible()
                tab.wait_for_function("document.querySelector('img.waits').naturalWidth > 0")  # the policy lets it in
                assert violations(tab) == []
                assert overflow(tab) == 0
    table = "/queue/figures.csv?ask=1&preempts=1&sensitivity=0.95"
    with urllib.request.urlopen(f"http://127.0.0.1:{house.web_port}{table}", timeout=60) as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    assert [row["cases"] for row in rows][:2] == ["no_ai", "ai_positive"]
    assert float(rows[0]["theory"]) == pytest.approx(40)


def editing(house: Site, cases: Path) -> None:
    """Change a number of a case: the result follows, a fault stands at its field, and saving keeps what was."""
    path = cases / "lung-ct.toml"
    before = path.read_text()
    with browser() as one:
        for size, theme, language in ((NARROW, "light", "nl"), (WIDE, "dark", "en")):
            with page(one, size=size, theme=theme) as tab:
                tab.goto(f"http://127.0.0.1:{house.web_port}/value/lung-ct/edit?lang={language}")
                assert violations(tab) == []
                assert overflow(tab) == 0
                was = tab.locator("#result .verdict").inner_text()
                volume = tab.locator("input[name='population.volume_per_year/value']")
                volume.fill("many")
                fault = tab.locator("fieldset[data-input='population.volume_per_year'] .fault")
                expect(fault).to_contain_text("a number")
                expect(volume).to_have_attribute("aria-invalid", "true")
                volume.fill("9500")
                expect(tab.locator("#result .verdict")).to_contain_text(was.split(":")[0])
                expect(tab.locator("#result .verdict")).not_to_have_text(was)
                expect(fault).to_be_empty()
                assert path.read_text() == before, "nothing is stored until it is saved"
        # The last of the two saves.
        with page(one, size=WIDE, theme="dark") as tab:
            tab.goto(f"http://127.0.0.1:{house.web_port}/value/lung-ct/edit?lang=en")
            tab.locator("input[name='population.volume_per_year/value']").fill("9500")
            tab.locator("input[name=by]").fill("kim")
            tab.get_by_role("button", name="Save").click()
            tab.wait_for_url("**/value/lung-ct")
            tab.locator("#step summary").click()
            tab.locator("#step select").select_option("idea")
            tab.locator("#step input[name=on]").fill("2026-03-01")
            tab.locator("#step input[name=by]").fill("kim")
            tab.get_by_role("button", name="Note the step").click()
            tab.wait_for_url("**/value/lung-ct#way")
            expect(tab.locator("main")).to_contain_text("2026-03-01")
            assert violations(tab) == []
    (way,) = house.json("roi", "steps")["ways"]
    assert (way["case"], way["steps"]) == ("lung-ct", {"idea": "2026-03-01"})
    assert ", kim: population.volume_per_year; before: history/lung-ct/" in path.read_text().splitlines()[0]
    assert [kept.read_text() for kept in (cases / "history" / "lung-ct").glob("*.toml")] == [before]


def values(house: Site) -> None:
    """See what the same study tells of needs, of a case, and of the time before an app."""
    (need,) = house.json("roi", "opportunities")
    assert (need["studies"], need["verdicts"], need["wait_p90_min"]["n"]) == (1, ["too_few"], 1)
    assert (need["label_error"], need["normal_corrected"]["value"]) == ("unknown", None)
    case = CASES / "night-haemorrhage.toml"
    measured = {one["key"]: one for one in house.json("roi", "measure", str(case))}
    assert measured["population.share_night"]["n"] == 1
    assert measured["roles.radiologist.minutes_waited"]["why_not"].endswith("fewer than 20")
    begun = house.json("roi", "baseline", "start", "before", "--days", "14")
    assert (begun["name"], begun["exam"]) == ("before", "")
    house.command("roi", "baseline", "effort", "before", "--hours", "3", "--role", "radiologist", "--what", "reading")
    frozen = house.json("roi", "baseline", "freeze", "before", "--by", "kim")
    shown = house.json("roi", "baseline", "show", "before")
    assert (shown["sha256"], shown["is_unchanged"]) == (frozen["sha256"], True)
    assert [one["hours"] for one in shown["effort"]] == [3]
    house.command("roi", "baseline", "freeze", "before", code=1)
    kept = house.data / "baselines" / "before.json"
    kept.write_text(kept.read_text().replace('"hours": 3', '"hours": 1'))
    assert not house.json("roi", "baseline", "show", "before")["is_unchanged"]


def looks(house: Site, film: Film, folder: Path) -> None:
    """See the pages in both languages, themes and sizes."""
    with browser() as one:
        for path in (f"/studies/{film.study}/timeline", "/timeline"):
            for size, theme, language in ((WIDE, "dark", "en"), (NARROW, "light", "nl"), (NARROW, "dark", "en")):
                with page(one, size=size, theme=theme) as tab:
                    tab.goto(f"http://127.0.0.1:{house.web_port}{path}?lang={language}")
                    tab.screenshot(path=folder / f"{len(path)}-{theme}-{size[0]}.png", full_page=True)
                    assert violations(tab) == []
                    assert overflow(tab) == 0
                    if size == WIDE and "studies" in path:
                        assert tab.locator("svg.timeline rect.waiting").count() == 1
                        assert "opened" in (tab.locator("svg.timeline").text_content() or "")


@pytest.mark.timeout(300)  # one site is walked through from the film to what it is worth
def test_a_study_has_a_timeline_figures_and_an_export(tmp_path: Path) -> None:
    now = datetime.now(UTC).astimezone(ZONE)
    made: dict[str, Any] = {
        "AcquisitionDate": f"{now:%Y%m%d}",
        "AcquisitionTime": f"{now:%H%M%S}",
        "StudyDate": f"{now:%Y%m%d}",
    }
    film = write_film(tmp_path / "films", "timed", AccessionNumber=NUMBER, StudyTime=f"{now:%H%M%S}", **made)
    cases = Path(shutil.copytree(CASES, tmp_path / "cases"))
    stage = {"COLLEGA_DEFAULT_STAGE": "live", "COLLEGA_VALUE__CASES": str(cases)}
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[PROBE], hl7=True, settings=stage) as house,
    ):
        house.start()
        live_through(house, film)
        told = house.json("timeline", "show", film.study)
        kinds = [item["kind"] for item in told["moments"]]
        assert kinds[0] == "acquired_last" or {"ordered", "acquired_first"} & set(kinds[:2])
        assert {"ordered", "received_last", "started", "visible", "opened", "called", "signed"} <= set(kinds)
        ris = next(clock for clock in told["clocks"] if clock["clock_owner"] == "ris")
        assert ris["low_s"] <= AHEAD.total_seconds() <= ris["high_s"]
        assert told["first"]["probe"] in {"app", "undecided"}, "seconds apart, by clocks that leave seconds open"
        assert [wait["how"] for wait in told["waits"]] == ["visible"]

        figures = house.json("timeline", "figures")["figures"]
        whole = next(row for row in figures if (row["app"], row["exam"], row["hours"]) == ("probe", "all", "all"))
        assert (whole["n"], whole["image_to_visible"]["n"], whole["order_to_visible"]["n"]) == (1, 1, 1)
        assert whole["order_to_visible"]["median"]["value"] > -0.2, "seven minutes are taken off"
        assert (whole["visible_before_opened"]["k"], whole["visible_before_signed"]["n"]) == (0, 1)
        assert (whole["waited"]["n"], whole["calls"]["calls"]) == (1, 1)

        rows, sole = tmp_path / "events.csv", tmp_path / "events.log"
        house.command("timeline", "export", "--csv", str(rows), "--sole", str(sole))
        text = rows.read_text()
        assert {row["kind"] for row in csv.DictReader(io.StringIO(text))} == set(kinds)
        for secret in (film.study, NUMBER, "Vries", "4711", "K3", "Smit"):
            assert secret not in text + sole.read_text()
        assert all(line.startswith("<85>1 ") for line in sole.read_text().splitlines())
        assert 'csd-code="SOLE114"' in sole.read_text()

        orders = house.json("coverage", "--since", "1")["orders"]
        seen = next(row for row in orders["figures"] if row["hours"] == "all")
        assert (orders["orders"], seen["expected"], seen["fates"]["seen"], seen["fates"]["not_made"]) == (13, 1, 1, 12)
        values(house)
        board(house)
        waits(house)
        editing(house, cases)
        looks(house, film, tmp_path)
