"""What apps say reaches a RIS as messages of their own, in order and once, whatever happens in between."""

import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from collega.formats.hl7.message import Hl7Message
from collega.testing.hl7_messages import order, report, verdict
from collega.testing.ports import reserved_ports
from collega.testing.ris import Reply, SimulatedRis
from tests.e2e.apps.probe.probe import score_of
from tests.e2e.certificates import Authority
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.messages import Ris
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R24", "R59", "R65")
RESULT, FLAG = "ORU^R01", "ORM^O01"


def to_ris(port: int, **values: Any) -> dict[str, str]:
    """Give the settings of one destination; ``values`` replace keys."""
    table = {"name": "ris", "kind": "ris", "host": LOOPBACK, "port": port, "priority_message": "orm-sc"}
    table |= {"retry_first_s": 0.2, "retry_most_s": 1.0, "timeout_s": 2.0} | values
    return {"COLLEGA_HL7__DESTINATIONS": json.dumps([table])}


def positive_film(folder: Path, name: str, **values: Any) -> Film:
    """Write a film on which the probe finds something."""
    tries = (write_film(folder, f"{name}-{number}", PatientID="4711", **values) for number in range(40))
    return next(film for film in tries if score_of(film.uid) >= 0.5)


def presence(message: Hl7Message) -> list[str]:
    return [line.value(5, 1) for line in message.segments if line.name == "OBX" and line.value(3) == "233604007"]


def states(one: Site, film: Film) -> list[str]:
    return [item["state"] for item in one.account(film.study)["messages"]]


def test_an_answer_reaches_the_ris_as_a_preliminary_result_of_its_own(tmp_path: Path) -> None:
    film = positive_film(tmp_path / "films", "told", AccessionNumber="A4711")
    with (
        SimulatedRis() as ris,
        site(tmp_path / "site", pacs=None, apps=[PROBE], hl7=True, settings=to_ris(ris.port)) as one,
    ):
        one.start()
        with Ris(one.hl7_port) as link:
            assert (
                verdict(
                    link.send(
                        order(
                            accession="A4711",
                            filler="FA4711",
                            placer="PA4711",
                            patient="4711^^^ZKH^PI",
                            priority="R",
                            id_="1",
                        )
                    )
                )
                == "AA"
            )
            dcmsend(one.dicom_port, film.path)
            wait_over(one, film.study, page=False)
            wait_for(lambda: len(ris.taken()) == 2, "result and flag are at the RIS", 20)
            one.command("apps", "stop", "probe", "--by", "the tester", "--reason", "a test")
            wait_for(lambda: len(ris.taken(FLAG)) == 2, "the flag is taken back", 20)
            one.command("apps", "resume", "probe", "--by", "the tester", "--reason", "a test")
            wait_for(lambda: len(ris.taken(FLAG)) == 3, "it is flagged again", 20)
            assert (
                verdict(
                    link.send(
                        report(
                            "Geen afwijkingen.", accession="A4711", filler="FA4711", patient="4711^^^ZKH^PI", id_="2"
                        )
                    )
                )
                == "AA"
            )
        (told,), (flag, back, again) = ris.taken(RESULT), ris.taken(FLAG)
        assert (told.first("OBR").value(25), presence(told)) == ("P", ["52101004"])
        assert (flag.first("ORC").value(1), flag.first("ORC").value(3)) == ("SC", "FA4711")
        assert [message.first("OBR").value(27, 6) for message in (flag, back, again)] == ["A", "", "A"]
        assert [message.first("NTE").value(4) for message in (flag, back, again)] == ["", "flag-withdrawn", ""]
        assert back.first("ORC").value(3) == "FA4711"
        wait_for(lambda: states(one, film) == ["acknowledged"] * 4, "it is on record", 10)
        wait_for(lambda: "signed" in {event["kind"] for event in one.account(film.study)["events"]}, "it is signed", 10)
        results = [item.encoded for item in ris.heard if item.message.kind == RESULT]
        assert not any(b"FA4711" in encoded or b"PA4711" in encoded for encoded in results)
        assert "acknowledged" in one.command("studies", "show", film.study)


def test_a_ris_that_was_away_gets_everything_once_and_in_order(tmp_path: Path) -> None:
    films = [write_film(tmp_path / "films", f"away {number}", AccessionNumber=f"A{number}") for number in range(4)]
    with (
        reserved_ports(1) as (port,),
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(port, priority_message="none")) as one,
    ):
        one.start()
        for film in films:
            dcmsend(one.dicom_port, film.path)
            wait_over(one, film.study, page=False)
        assert [states(one, film) for film in films] == [["waiting"]] * 4
        told = one.json("outbox", "destinations")[0]
        assert (told["waiting"], told["failures"] > 0) == (4, True)
        with SimulatedRis(port) as ris:
            wait_for(lambda: all(states(one, film) == ["acknowledged"] for film in films), "all are there", 30)
            came = [pointer(item.message) for item in ris.heard]
    assert came == [film.study for film in films]


def pointer(message: Hl7Message) -> str:
    """Study that a result names."""
    return next(line.value(5) for line in message.segments if line.name == "OBX" and line.value(3) == "110180")


@pytest.mark.timeout(240)
def test_a_machine_that_dies_while_it_waits_for_the_answer_sends_the_same_message_again(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "killed")
    with (
        SimulatedRis(reply=lambda _: Reply.SILENCE) as ris,
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(ris.port, priority_message="none")) as one,
    ):
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_for(lambda: ris.heard, "the message has come", 60)
        one.kill(database=True)
        ris.reply = lambda _: Reply.TAKEN
        one.start()
        wait_for(lambda: states(one, film) == ["acknowledged"], "it is on record", 60)
        assert len({item.encoded for item in ris.heard}) == 1
        assert len(ris.taken()) == 1


@pytest.mark.parametrize("trouble", [Reply.SILENCE, Reply.HANGS_UP, Reply.OTHER_ID, Reply.GARBAGE])
def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path, trouble: Reply) -> None:
    film = write_film(tmp_path / "films", f"trouble {trouble}")
    answers = iter([trouble, trouble])
    with (
        SimulatedRis(reply=lambda _: next(answers, Reply.TAKEN)) as ris,
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(ris.port, priority_message="none")) as one,
    ):
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_for(lambda: len(ris.heard) == 3, "it was sent three times", 60)
        wait_for(lambda: states(one, film) == ["acknowledged"], "it is on record", 10)
        assert len({item.encoded for item in ris.heard}) == 1


@pytest.mark.parametrize("refusal", [Reply.ERROR, Reply.REJECTED])
def test_a_refused_message_is_listed_and_sent_again_by_command(tmp_path: Path, refusal: Reply) -> None:
    film = write_film(tmp_path / "films", f"refused {refusal}")
    with (
        SimulatedRis(reply=lambda _: refusal) as ris,
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(ris.port, priority_message="none")) as one,
    ):
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_for(lambda: ris.heard, "it has come", 60)
        wait_for(lambda: one.account(film.study)["messages"][0]["state"] == "refused", "it is refused", 10)
        (listed,) = one.json("outbox", "list", "--state", "refused")
        assert listed["detail"].startswith(f"{refusal}: ")
        assert "the simulated RIS was told to refuse it" in listed["detail"]
        ris.reply = lambda _: Reply.TAKEN
        one.command("outbox", "retry", listed["message_key"], "--by", "the tester")
        wait_for(lambda: states(one, film) == ["acknowledged"], "it is there", 20)
        assert len({item.encoded for item in ris.heard}) == 1
        one.command("outbox", "retry", listed["message_key"], code=1)
        one.command("outbox", "discard", listed["message_key"], code=1)


def test_messages_go_over_tls_and_to_nobody_else(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "stranger")
    ours, theirs = authority.sign("collega"), authority.sign("ris")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs.certificate, theirs.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with SimulatedRis(tls=context) as ris:
        tls = {"tls": True, "tls_certificate": str(ours.certificate), "tls_key": str(ours.key)}
        for name, trusted, told in (("known", authority, "acknowledged"), ("unknown", stranger, "waiting")):
            film = write_film(tmp_path / "films", f"tls {name}")
            settings = to_ris(ris.port, priority_message="none", tls_ca=str(trusted.certificate), **tls)
            with site(tmp_path / name, pacs=None, apps=[PROBE], settings=settings) as one:
                one.start()
                dcmsend(one.dicom_port, film.path)
                wait_over(one, film.study, page=False)
                wait_for(lambda: states(one, film) == [told], told, 20)  # noqa: B023 - called in the same turn
                wait_for(lambda: told == "acknowledged" or failed(one), "it is noticed", 20)  # noqa: B023
        assert len(ris.heard) == 1


def failed(one: Site) -> bool:
    return bool(one.json("outbox", "destinations")[0]["failures"])


def test_an_ehr_is_off_until_somebody_accepts_what_patients_may_see(tmp_path: Path) -> None:
    with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(2576, kind="ehr")) as one:
        one.command("worklist", code=2)
    accepted = to_ris(2576, kind="ehr", accept_that_patients_may_see_unchecked_ai_results=True)
    with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=accepted) as one:
        one.command("worklist")
