"""A survey on phones: filled in without script, nobody's answer lost, and nobody found out."""

import csv
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from collega.bootstrap.site import Asked
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.people import asked
from tests.e2e.site import Site, site
from tests.e2e.surveying import QUESTIONNAIRE, Phone, all_at_once, opened, owners

pytestmark = pytest.mark.shows("R11", "R29", "R30", "R77")
CROWD = 60
RARE = "a word that nobody else says"
# Of 60 links, one is guessed right by chance; nine or more happen once in a million times.
MOST_GUESSED = 8
# Two thirds within five years, 95 % within ten, half without a vision, 85 % willing, 90 % see barriers: of 400.
PUBLISHED = (
    ("when", "up to and including: Within five years", "67% (62% - 71%)"),
    ("when", "up to and including: In five to ten years", "95% (92% - 97%)"),
    ("vision", "No", "50% (45% - 55%)"),
    ("willing", "agree", "85% (81% - 88%)"),
    ("sees_barriers", "Yes", "90% (87% - 93%)"),
)


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("surveys") / "site", pacs=None, apps=[]) as one:
        one.start()
        yield one


def rows(one: Site, query: str, *values: str) -> list[dict[str, Any]]:
    async def ask(transaction: Asked) -> list[dict[str, Any]]:
        return await transaction.rows(query, values)

    return asked(one, ask)


def test_a_phone_answers_without_script_comes_back_and_sees_the_result(polled: Site, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.pdf"
    key, links = opened(polled, tmp_path, 7, "--qr", str(sheet))
    assert sheet.read_bytes().startswith(b"%PDF")
    for number in range(1, 7):
        Phone(polled).fill(links[number], number)
    web = f"http://127.0.0.1:{polled.web_port}"
    with browser() as chromium, page(chromium, size=NARROW, javascript=False) as tab:
        tab.goto(f"{web}{links[0]}?lang=en")
        tab.get_by_role("button", name="Begin").click()
        expect(tab.get_by_role("heading", name="Do you read films?")).to_be_visible()
        tab.get_by_role("link", name="NL").click()
        tab.get_by_label("Nee").check()
        tab.get_by_role("button", name="Volgende").click()
        expect(tab.get_by_role("heading", name="Maakt het u bang?")).to_be_visible()  # past two questions
        tab.goto(f"{web}{links[0]}")
        tab.get_by_role("link", name="Ga verder").click()
        tab.get_by_label("4").check()
        tab.get_by_role("button", name="Volgende").click()
        tab.get_by_label("Over hoeveel jaar?").fill("-3")
        tab.get_by_role("button", name="Volgende").click()
        expect(tab.get_by_role("alert")).to_be_visible()
        tab.get_by_role("button", name="Geen antwoord").click()
        tab.get_by_label("Wat nog meer?").fill("<b>niets</b>")
        tab.get_by_role("button", name="Volgende").click()
        expect(tab.get_by_role("status")).to_contain_text("Dank u")
        polled.command("survey", "close", key)
        tab.reload()
        expect(tab.locator("#q-fear")).to_contain_text("niet verteld")
        assert overflow(tab) <= 0
        tab.goto(f"{web}{links[0]}")
        expect(tab.get_by_role("status")).to_contain_text("al gebruikt")


def test_pages_are_accessible_in_both_themes_and_refusals_are_clear(polled: Site, tmp_path: Path) -> None:
    key, links = opened(polled, tmp_path, 8)
    for number in range(1, 7):
        Phone(polled).fill(links[number], number)
    web = f"http://127.0.0.1:{polled.web_port}"
    with browser() as chromium:
        for theme in ("dark", "light"):
            with page(chromium, size=NARROW, theme=theme) as tab:
                tab.goto(f"{web}{links[0 if theme == 'dark' else 7]}?lang=en")
                assert violations(tab) == []
                tab.get_by_role("button", name="Begin").click()
                for heading in ("read films", "in the way", "help most", "frighten", "years", "else"):
                    expect(tab.get_by_role("heading", name=heading)).to_be_visible()
                    assert theme == "dark" or violations(tab) == []
                    assert overflow(tab) <= 0
                    tab.get_by_role("button", name="No answer").click()
                expect(tab.get_by_role("status")).to_contain_text("Thank you")
        polled.command("survey", "close", key)
        for theme in ("dark", "light"):
            with page(chromium, size=NARROW, theme=theme) as tab:
                for path, shown in (("/surveys", "Five minutes"), (f"/surveys/{key}", "Does it frighten you?")):
                    tab.goto(f"{web}{path}?lang=en")
                    expect(tab.locator("main")).to_contain_text(shown)
                    assert violations(tab) == []
                    assert overflow(tab) <= 0
                expect(tab.locator("#todo")).to_contain_text("AI lead, 2027-03-01")
    phone = Phone(polled)
    assert phone.ask("GET", "/s/unknown")[0] == 404
    assert phone.ask("POST", links[1])[0] == 410
    assert phone.ask("GET", f"/survey/{key}")[0] == 404


def test_those_who_steer_see_the_count_go_on_remind_and_note_what_is_done(polled: Site, tmp_path: Path) -> None:
    key, links = opened(polled, tmp_path, 24)
    web = f"http://127.0.0.1:{polled.web_port}"
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"{web}/surveys?lang=en")
        count = tab.locator("tr", has=tab.locator(f'a[href="/surveys/{key}"]')).locator("td")
        expect(count.nth(3)).to_have_text("0")
        all_at_once(polled, links[:20])
        expect(count.nth(3)).to_have_text("20")  # nobody touched the page
        tab.goto(f"{web}/surveys/{key}?lang=nl")
        tab.get_by_label("Alle links").fill("\n".join(f"{web}{link}" for link in links))
        assert violations(tab) == []
        assert overflow(tab) <= 0
        tab.get_by_role("button", name="Toon de ongebruikte").press("Enter")
        expect(tab.get_by_label("Ongebruikte links")).to_have_value("\n".join(f"{web}{link}" for link in links[20:]))
        assert violations(tab) == []
        polled.command("survey", "close", key)
        again, links = opened(polled, tmp_path, 20, "--after", key)
        all_at_once(polled, links)
        polled.command("survey", "close", again)
        tab.goto(f"{web}/surveys/{again}?lang=nl")
        expect(tab.locator("#trends")).to_contain_text("verandering")
        expect(tab.locator("#todo")).to_contain_text("Hielp het: onduidelijk")
        for summary in tab.locator("details.by-group summary").all():
            summary.press("Enter")
        assert violations(tab) == []
        assert overflow(tab) <= 0
        tab.get_by_label("Wie", exact=True).fill("<i>Hoofd</i>")
        tab.locator("select[name=state]").select_option("done")
        tab.get_by_role("button", name="Opslaan").press("Enter")
        expect(tab.locator("#todo")).to_contain_text("<i>Hoofd</i>, 2027-03-01. Stand: gedaan")
    phone = Phone(polled)
    status, table = phone.ask("GET", f"/surveys/{again}/figures.csv")
    assert status == 200
    assert "worked,barriers,time,done: <i>Hoofd</i>" in table
    polled.command("survey", "report", again, "--csv", str(tmp_path / "same.csv"))
    assert (tmp_path / "same.csv").read_text(encoding="utf-8") == table
    with urlopen(f"{web}/surveys/{again}/report.pdf?lang=nl") as paper:  # noqa: S310 - this machine
        assert paper.read().startswith(b"%PDF")


def test_a_questionnaire_is_made_with_the_keyboard_and_refused_by_key_and_reason(polled: Site) -> None:
    web = f"http://127.0.0.1:{polled.web_port}"
    with browser() as chromium, page(chromium, size=NARROW, theme="dark") as tab:
        tab.goto(f"{web}/surveys/builder?start=trust&lang=en")
        assert violations(tab) == []
        tab.get_by_role("button", name="Check and look").press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("All is well")
        assert violations(tab) == []
        assert overflow(tab) <= 0
        tab.get_by_role("button", name="Add a question").press("Enter")
        expect(tab.locator("legend", has_text="Question 6")).to_be_visible()
        tab.get_by_role("button", name="Check and look").press("Enter")
        expect(tab.get_by_role("alert")).to_contain_text("question[6].id: None is no name")
        tab.get_by_role("button", name="Drop: Question 6").press("Enter")
        with tab.expect_download() as taken:
            tab.get_by_role("button", name="Take the file").press("Enter")
        assert taken.value.suggested_filename == "trust.toml"


def test_a_questionnaire_is_saved_opened_again_brought_in_and_asked(polled: Site, tmp_path: Path) -> None:
    web = f"http://127.0.0.1:{polled.web_port}"
    file = tmp_path / "ours.toml"
    file.write_text(QUESTIONNAIRE.replace('id = "small"', 'id = "ours"', 1), encoding="utf-8")
    with browser() as chromium, page(chromium, size=NARROW, theme="light") as tab:
        tab.goto(f"{web}/surveys/questionnaires?lang=nl")
        tab.get_by_label("Vragenlijst als TOML").fill('id = "ours"')
        tab.get_by_role("button", name="Bewaren").press("Enter")
        expect(tab.get_by_role("alert")).to_contain_text("questionnaire: question: missing")
        assert violations(tab) == []
        assert overflow(tab) <= 0
        tab.get_by_label("Een TOML-bestand").set_input_files(file)
        expect(tab.get_by_label("Vragenlijst als TOML")).to_have_value(file.read_text(encoding="utf-8"))
        tab.get_by_role("button", name="Bewaren").press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("ours, bewaard als 1")
        tab.get_by_label("Titel (nl)").fill("Zes minuten")
        tab.get_by_role("button", name="Bewaren").press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("ours, bewaard als 2")
        tab.goto(f"{web}/surveys/builder?name=ours&number=1&lang=nl")  # as somebody else has it open still
        expect(tab.get_by_label("Titel (nl)")).to_have_value("Vijf minuten")
        tab.get_by_role("link", name="Donker").press("Enter")
        expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
        expect(tab.get_by_label("Titel (nl)")).to_have_value("Vijf minuten")
        tab.get_by_label("Titel (nl)").fill("Tien minuten")
        tab.get_by_role("button", name="Bewaren").press("Enter")
        expect(tab.get_by_role("alert")).to_contain_text("ours: version 2 was saved since")
        tab.get_by_role("link", name="Vragenlijsten").press("Enter")
        tab.get_by_role("link", name="Een enquête beginnen: ours 2").press("Enter")
        tab.get_by_label("Laatste dag", exact=True).fill("2099-12-31")
        tab.get_by_label("Uitgenodigd").fill("3")
        assert violations(tab) == []
        assert overflow(tab) <= 0
        tab.get_by_role("button", name="Een enquête beginnen").press("Enter")
        expect(tab.get_by_role("status")).to_contain_text("geopend")
        assert violations(tab) == []
        links = tab.get_by_label("Links, één voor elke persoon").input_value().split()
        assert len(links) == 3
        expect(tab.get_by_role("link", name="EN", exact=True)).to_have_count(0)  # it would lose them
        with tab.expect_download() as taken:
            tab.get_by_role("button", name="Blad met codes").press("Enter")
        assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
        tab.goto(urlsplit(links[0])._replace(netloc=urlsplit(web).netloc).geturl())
        expect(tab.get_by_role("heading", name="Zes minuten")).to_be_visible()
    assert polled.command("survey", "export", "ours@1") == file.read_text(encoding="utf-8")
    assert polled.json("survey", "keep", str(file)) == {"questionnaire": "ours", "number": 3}
    listed = [(one["questionnaire"], one["number"]) for one in polled.json("survey", "questionnaires")]
    assert listed == [("ours", 3), ("ours", 2), ("ours", 1), ("readiness", 0), ("trust", 0)]


@pytest.mark.shows("R78", "R80", "R82", "R83", "R84")
def test_page_and_paper_state_each_published_share_of_a_wave_of_400_with_its_interval(
    polled: Site, tmp_path: Path
) -> None:
    wave = tmp_path / "wave.csv"
    polled.command("survey", "simulate", str(wave))
    web = f"http://127.0.0.1:{polled.web_port}"
    with browser() as chromium, page(chromium, size=WIDE, theme="dark") as tab:
        tab.goto(f"{web}/surveys/questionnaires/readiness/0/start?lang=en")
        tab.get_by_label("Last day of asking").fill("2026-06-01")
        tab.get_by_label("A CSV file").set_input_files(wave)
        expect(tab.get_by_label("Answers as CSV")).not_to_have_value("")
        tab.get_by_role("button", name="Bring in the answers").press("Enter")
        expect(tab.locator("#answers")).to_contain_text("400 people answered")
        where = tab.evaluate("location.pathname")
        for question, answer, said in PUBLISHED:
            row = tab.locator(f"#q-{question} tr", has=tab.get_by_role("rowheader", name=answer, exact=True))
            expect(row).to_contain_text(said)
        support = tab.locator("#groups tr", has_text="Support in the medical staff")
        expect(support).to_contain_text("5.00 (2.52 - 9.92)")
        expect(tab.locator("#scales")).to_contain_text("400")
        assert violations(tab) == []
    with urlopen(f"{web}{where}/report.pdf?lang=en") as paper:  # noqa: S310 - this machine
        done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper.read(), capture_output=True, check=True)
    text = done.stdout.decode()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for _, answer, said in PUBLISHED:
        assert any(line.startswith(answer) and said in line for line in lines), (answer, said)
    for said in ("5.00 (2.52 - 9.92)", "Mean (95% interval)", "Mean place", "Cronbach's alpha", "Mann-Whitney"):
        assert said in text
    with urlopen(f"{web}{where}/figures.csv") as table:  # noqa: S310 - this machine
        told = list(csv.DictReader(table.read().decode().splitlines()))
    assert {"share", "mean", "ranks", "ratio", "group", "alpha"} <= {one["part"] for one in told}
    ratio = next(one for one in told if one["part"] == "ratio" and one["answer"] == "support")
    assert (float(ratio["value"]), round(float(ratio["low"]), 2), round(float(ratio["high"]), 2)) == (5, 2.52, 9.92)


def test_sixty_phones_at_once_lose_nothing_and_nobody_is_found_out(polled: Site, tmp_path: Path) -> None:
    key, links = opened(polled, tmp_path, CROWD + 2)
    traces = "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM audit) AS n"
    before = rows(polled, traces)
    all_at_once(polled, links[:CROWD])
    forged = Phone(polled)
    forged.cookie = "collega-survey=" + "0" * 32 + "." + "0" * 64
    forged.ask("POST", f"/survey/{key}", {"question": "role", "answer": "other"})
    writer = Phone(polled)
    writer.ask("POST", links[CROWD])
    writer.ask("POST", writer.path, {"question": "words", "answer": RARE})
    sealed = rows(polled, "SELECT sealed, done, xmin::text AS x FROM survey_answer WHERE survey_key = %s", key)
    assert sum(row["done"] for row in sealed) == CROWD
    assert len({len(row["sealed"]) for row in sealed}) == 1
    # The transactions that wrote the rows, their places, and all that is kept beside them tell nothing.
    tickets = rows(polled, "SELECT *, xmin::text AS x FROM survey_ticket WHERE survey_key = %s ORDER BY ctid", key)
    assert len({row["x"] for row in tickets}) == 1
    order = [owners(polled, links)[row["ticket_hash"]] for row in tickets]
    assert sum(place == number for place, number in enumerate(order)) <= MOST_GUESSED
    kinds = rows(polled, "SELECT data_type FROM information_schema.columns WHERE table_name ~ '^survey_(tic|ans|said)'")
    assert {row["data_type"] for row in kinds} == {"text", "boolean", "jsonb", "bytea"}
    # No file of the site, of the database and its write-ahead log too, holds a link, a key of a phone or an answer.
    secrets = [RARE, *(link.rpartition("/")[2] for link in links), writer.cookie.partition("=")[2].partition(".")[0]]
    for path in (one for one in polled.data.parent.rglob("*") if one.is_file() and not one.is_symlink()):
        with suppress(FileNotFoundError):  # the database takes files away when it likes
            content = path.read_bytes()
            assert not [word for word in secrets if word.encode() in content], path
    assert rows(polled, traces) == before
    # Whoever holds a link gets a page of one length.
    unused = opened(polled, tmp_path, 12)[1]
    assert len({len(Phone(polled).ask("GET", link)[1]) for link in unused}) == 1
    log = (polled.data.parent / "serve.log").read_text(errors="replace")
    assert not any(word in log for word in (key, "/survey/", *links))
    # A link that was used leads to words, for whoever tries it again, and changes nothing.
    for again in (Phone(polled), Phone(polled)):
        for method in ("GET", "POST"):
            status, text = again.ask(method, links[3])
            assert status == 410
            assert "This link has been used" in text
        assert not again.cookie
    with ThreadPoolExecutor(6) as crowd:  # six phones, one link
        statuses = list(crowd.map(lambda _: Phone(polled).ask("POST", links[CROWD + 1])[0], range(6)))
    assert sorted(statuses) == [303, 410, 410, 410, 410, 410]
    # The table comes after closing alone, in no order of time.
    out = tmp_path / "answers.csv"
    polled.command("survey", "answers", key, "--csv", str(out), code=1)
    polled.command("survey", "close", key)
    polled.command("survey", "answers", key, "--csv", str(out))
    with out.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == CROWD + 1
    told = polled.json("survey", "analyse", str(out), "--questionnaire", str(tmp_path / "small.toml"))
    assert told["n"] == CROWD + 1
    said = rows(polled, "SELECT cells FROM survey_said WHERE survey_key = %s ORDER BY ctid", key)
    assert sorted(int(row["cells"].get("years", CROWD)) for row in said) == list(range(CROWD + 1))


@pytest.mark.slow
def test_five_hundred_phones_at_once_lose_nothing(polled: Site, tmp_path: Path) -> None:
    key, links = opened(polled, tmp_path, 500)
    all_at_once(polled, links)
    polled.command("survey", "close", key)
    found = rows(polled, "SELECT cells FROM survey_said WHERE survey_key = %s", key)
    assert sorted(int(row["cells"]["years"]) for row in found) == list(range(500))
