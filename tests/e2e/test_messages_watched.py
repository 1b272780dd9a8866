"""Messages that stand still are told once, stand on the board in words, and go again by the commands for it."""

import json
import urllib.request
from pathlib import Path

import pytest

from collega.testing.hl7_messages import order, reason, report, verdict
from collega.testing.ports import reserved_ports
from collega.testing.ris import SimulatedRis
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.listeners import hook_server
from tests.e2e.messages import Ris
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_messages_out import to_ris

pytestmark = pytest.mark.shows("R24", "R26", "R59", "R65")
DIALECT = '[[sender]]\ncontrols = { "NIEUW" = "NW" }\n'
PATIENT = "4711^^^ZKH^PI"
WORDS = "Geen afwijkingen.\nConclusie: normaal."


def board(house: Site, language: str) -> str:
    """Read the board as its browser does."""
    url = f"http://{LOOPBACK}:{house.web_port}/board/rows?lang={language}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def on_board(house: Site, english: str, dutch: str) -> None:
    """Wait for words in both languages."""
    for language, words in (("en", english), ("nl", dutch)):
        wait_for(lambda: words in board(house, language), words, 20)  # noqa: B023 - called in the same turn


def out(house: Site) -> set[tuple[str, str, str]]:
    return {(row["part"], row["name"], row["cause"]) for row in house.get("/api/availability")["unavailable"]}


def two(port: int, nobody: int) -> dict[str, str]:
    """Give a RIS, and a second destination that is never there and is told nothing."""
    tables = to_ris(port, priority_message="none"), to_ris(nobody, name="pacs", priority_message="none", results=False)
    (name,) = {key for table in tables for key in table}
    return {name: json.dumps([item for table in tables for item in json.loads(table[name])])}


@pytest.mark.timeout(240)
def test_what_stands_still_is_told_and_goes_again(tmp_path: Path) -> None:
    dialect = tmp_path / "ris.toml"
    dialect.write_text("")
    film = write_film(tmp_path / "films", "watched", AccessionNumber="A1", PatientID="4711", IssuerOfPatientID="ZKH")
    with hook_server() as posts, reserved_ports(2) as (port, nobody):
        settings = two(port, nobody) | {
            "COLLEGA_NOTIFY__AFTER_MINUTES": "0.05",
            "COLLEGA_NOTIFY__STEADY_MINUTES": "0.02",
            "COLLEGA_NOTIFY__WEBHOOK_URL": posts.url,
            "COLLEGA_HL7__DIALECT": str(dialect),
        }
        with site(tmp_path / "site", pacs=None, apps=[PROBE], hl7=True, settings=settings) as house:
            house.start()
            dcmsend(house.dicom_port, film.path)
            wait_over(house, film.study, page=False)
            with Ris(house.hl7_port) as ris:
                answer = ris.send(order(id_="1", accession="A1", patient=PATIENT, control="NIEUW"))
                assert (verdict(answer), "ORC-1" in reason(answer)) == ("AE", True)
            on_board(house, "ris has taken no messages since", "ris neemt sinds")
            on_board(house, "could not be used. Orders", "konden niet worden gebruikt. Aanvragen")
            assert out(house) == {("destination", "ris", "unreachable"), ("inbox", "", "failing")}
            wait_for(lambda: len(posts.got) == 2, "each is told", 20)

            (kept,) = house.json("messages", "list")
            key = kept["message"]
            assert "ORC|NIEUW" in house.command("messages", "show", key, "--text-for", "J. Smit")
            dialect.write_text(DIALECT)
            house.stop()
            house.start()
            assert house.json("messages", "replay", key, "--by", "J. Smit") == [key]
            wait_for(lambda: house.account(film.study)["orders"], "it is applied", 20)
            assert {name: house.json("messages", "show", key).get(name) for name in ("state", "segments")} == {
                "state": "applied",
                "segments": None,
            }, "its text is for a named person alone"
            with SimulatedRis(port) as away:
                wait_for(lambda: len(away.heard) == 1, "the RIS hears what waited", 30)
                wait_for(lambda: len(posts.got) == 4, "the end of each is told", 30)
                checked(house)
                assert len(away.heard) == 1, "a check sends nothing"
            assert sorted(posts.kinds()) == ["available", "available", "unavailable", "unavailable"]
            assert out(house) == set()
            assert 'class="outage"' not in board(house, "en")
            words_of_the_ris(house, film.study)


def checked(house: Site) -> None:
    """Let `collega site check` look at the way of messages; there is no PACS, so that it is not accepted."""
    told = json.loads(house.command("site", "check", "--json", "--wait", "1", code=1))
    steps = {step["name"]: step for step in told["steps"]}
    assert steps["messages_in"]["outcome"] == "passed"
    out_there = steps["messages_out"]
    assert (out_there["outcome"], out_there["measured"]) == ("failed", "1 / 2")
    assert "pacs: 127.0.0.1:" in out_there["said"]["en"]
    assert "firewall" in out_there["advice"]["nl"]


def words_of_the_ris(house: Site, study: str) -> None:
    """Follow one study from its order to its signed report, on the board and by command."""
    with Ris(house.hl7_port) as ris:
        assert verdict(ris.send(order(id_="2", accession="A1", patient=PATIENT, control="CA"))) == "AA"
        on_board(house, "order cancelled", "aanvraag geannuleerd")
        on_board(house, "SEH", "SEH")
        assert verdict(ris.send(report(WORDS, id_="3", accession="A1", patient=PATIENT, status="P"))) == "AA"
        on_board(house, "preliminary report", "voorlopig verslag")
        assert verdict(ris.send(report(WORDS, id_="4", accession="A1", patient=PATIENT))) == "AA"
        on_board(house, "final report", "definitief verslag")
    told = house.command("studies", "show", study, "--report")
    assert "report final, signed by" in told
    assert "Conclusie: normaal." in told
    account = house.account(study)
    assert "text" not in account["report"], "its words are for who asks for them"
