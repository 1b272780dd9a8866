"""The audit record of a whole site: what is done from outside is in it, in the repository, and in one chain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from collega.testing.pacs import KeepingPacs
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.certificates import Authority
from tests.e2e.films import APPS, Film, wait_over, write_film
from tests.e2e.peers import LOOPBACK, dcmsend, echoscu
from tests.e2e.site import Site, site, wait_for
from tests.e2e.syslog import Rsyslog, rsyslog
from tests.unit.formats.audit_schema import faults

pytestmark = pytest.mark.shows("R59")


@dataclass(frozen=True, kw_only=True)
class House:
    """A site through which one film has gone, and the repository that it tells."""

    site: Site
    film: Film
    repository: Rsyslog

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.site.json("audit", "show", "--limit", "10000", *arguments)
        return found

    def view(self, path: str) -> None:
        """Ask for a page, and read it."""
        connection = HTTPConnection(LOOPBACK, self.site.web_port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == HTTPStatus.OK
        answer.read()
        connection.close()

    def address(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self.site.web_port}{path}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("audit")
    authority = Authority(folder / "ca")
    own = authority.sign("collega")
    film = write_film(folder, "audited")
    with rsyslog(folder / "rsyslog", authority) as repository, KeepingPacs(folder / "pacs") as pacs:
        repository.start()
        settings = {
            "COLLEGA_AUDIT__HOST": LOOPBACK,
            "COLLEGA_AUDIT__PORT": str(repository.port),
            "COLLEGA_AUDIT__CA": str(authority.certificate),
            "COLLEGA_AUDIT__CERTIFICATE": str(own.certificate),
            "COLLEGA_AUDIT__KEY": str(own.key),
            "COLLEGA_AUDIT__HEAD_EVERY_S": "0.5",
            "COLLEGA_DICOM__PEERS": "DCMSEND",
        }
        with site(folder / "site", pacs=("SIMPACS", pacs.port), apps=[APPS], settings=settings) as one:
            one.start()
            dcmsend(one.dicom_port, film.path, calling="DCMSEND")
            wait_over(one, film.study)
            yield House(site=one, film=film, repository=repository)


def test_a_film_from_scanner_to_pacs_is_logged(house: House) -> None:
    events = {line["event"]: line for line in reversed(house.lines())}
    assert {"started", "study received", "transfer begun", "transferred", "study viewed"} <= events.keys()
    assert (events["study received"]["actor"], events["study received"]["source"]) == ("DCMSEND", "receiver")
    assert events["transferred"]["payload"]["peer"] == "SIMPACS"
    (subject,) = events["transferred"]["subjects"]
    assert subject["study_instance_uid"] == house.film.study
    begun = [line["number"] for line in house.lines() if line["event"] == "transfer begun"]
    sent = [line["number"] for line in house.lines() if line["event"] == "transferred"]
    assert min(begun) < min(sent)


def test_views_by_page_program_and_command_are_logged_by_patient(house: House) -> None:
    for path in ("/", "/api/worklist", f"/api/studies/{house.film.study}"):
        house.view(path)
    house.site.json("worklist")
    house.site.json("studies", "show", house.film.study)
    house.site.json("jobs", "list")
    patient = next(subject["patient_id"] for line in house.lines() for subject in line["subjects"])
    of_patient = house.lines("--patient", patient)
    seen = {(line["event"], line["source"]) for line in of_patient}
    assert {
        ("board viewed", "web"),
        ("worklist read", "command line"),
        ("study viewed", "web"),
        ("study viewed", "command line"),
        ("jobs listed", "command line"),
    } <= seen
    of_web = house.lines("--actor", LOOPBACK)
    assert {line["event"] for line in of_web} >= {"board viewed", "study viewed"}
    assert {line["address"] for line in of_web} == {LOOPBACK}
    assert house.lines("--since", "2999-01-01") == []
    assert house.lines()[1]["event"] == "audit record read"


def test_changes_are_logged_with_who_answers_for_them(house: House) -> None:
    house.site.command("apps", "stage", "probe", "pilot", "--reason", "a test", "--by", "dr. X")
    house.site.command("retention", "hold", house.film.study, "--reason", "a complaint", "--by", "dr. X")
    house.site.command("retention", "release", house.film.study, "--by", "dr. X")
    events = [line["event"] for line in house.lines("--actor", "dr. X")]
    assert events[:3] == ["study released", "study held", "app stage changed"]


def test_a_node_that_is_turned_away_is_logged(house: House) -> None:
    for _ in range(3):
        echoscu(house.site.dicom_port, calling="STRANGER")

    def rejected() -> list[dict[str, Any]]:
        return [line for line in house.lines("--actor", "STRANGER") if line["event"] == "association rejected"]

    wait_for(lambda: sum(line["payload"]["times"] for line in rejected()) == 3, "the rejections are logged")
    assert (rejected()[0]["address"], rejected()[0]["outcome"]) == (LOOPBACK, 8)


def test_the_chain_is_whole_with_its_heads_and_the_repositorys_log(house: House, tmp_path: Path) -> None:
    heads = house.site.data / "audit" / "heads.jsonl"
    wait_for(heads.is_file, "a head is written")
    last = house.lines()[0]["number"]
    wait_for(lambda: last - 1 in house.repository.numbers(), "the repository has been told")
    account = house.site.json("audit", "verify", "--heads", str(house.repository.log))
    assert account["faults"] == 0
    assert account["heads"] > 10
    messages = [text[text.index("<AuditMessage") :] for text in house.repository.messages()]
    assert not [fault for message in messages for fault in faults(message.encode())]
    copy = tmp_path / "copy"
    house.site.command("backup", str(copy))
    environment = {**house.site.environment, "COLLEGA_DATA": str(tmp_path / "again")}
    restored = Site(data=tmp_path / "again", dicom_port=0, web_port=0, environment=environment)
    restored.command("restore", str(copy))
    account = restored.json("audit", "verify")
    assert account["faults"] == 0
    assert account["heads"] > 0
    assert "backup restored" in [line["event"] for line in restored.json("audit", "show")]
    assert "backup made" in [line["event"] for line in house.lines()]


def test_the_command_ends_with_code_1_and_names_the_line_that_a_superuser_has_changed(house: House) -> None:
    number = next(line["number"] for line in house.lines() if line["event"] == "study received")
    change = """UPDATE audit SET actor = %s FROM audit_chain c WHERE c.audit_key = audit.audit_key AND c.number = %s"""
    with psycopg.connect(f"host={house.site.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(change, ("NOBODY", number))
        try:
            told = json.loads(house.site.command("audit", "verify", "--json", code=1))
            assert f"line {number} is not as it was written" in house.site.command("audit", "verify", code=1)
        finally:
            connection.execute(change, ("DCMSEND", number))
    assert [(fault["wrong"], fault["number"]) for fault in told["wrong"]] == [("changed", number)]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_page_shows_who_saw_a_patient(house: House, language: str, theme: str) -> None:
    house.view(f"/api/studies/{house.film.study}")
    patient = next(subject["patient_id"] for line in house.lines() for subject in line["subjects"])
    with browser() as chromium:
        for size in (WIDE, NARROW):
            with page(chromium, size=size, theme=theme) as tab:
                tab.goto(house.address(f"/audit?lang={language}"))
                tab.fill("input[name=patient]", patient)
                tab.click("button.act")
                expect(tab.locator("table.audit")).to_contain_text(
                    "onderzoek bekeken" if language == "nl" else "study viewed"
                )
                assert violations(tab) == []
                assert overflow(tab) == 0 if size is WIDE else True
    read = next(line for line in house.lines("--actor", LOOPBACK) if line["event"] == "audit record read")
    assert read["payload"]["patient"] == patient


def test_a_stop_in_good_order_is_logged(house: House) -> None:
    house.site.stop()
    events = {(line["event"], line["source"]) for line in house.lines()}
    assert {("stopped", part) for part in ("receiver", "worker", "web")} <= events
    assert house.site.json("audit", "verify")["faults"] == 0
