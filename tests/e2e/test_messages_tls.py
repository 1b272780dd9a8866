"""Messages over TLS: who is trusted is heard, and an OMI^O23 reaches its study; whoever is not, is told in the log."""

import json
import ssl
from pathlib import Path

import pytest

from collega.testing.hl7_messages import omi, order, verdict
from tests.e2e.certificates import Authority, Identity
from tests.e2e.films import PROBE, write_film
from tests.e2e.messages import Ris
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R59", "R64")


def client(trusts: Authority, shows: Identity | None = None) -> ssl.SSLContext:
    """Make the sender's side."""
    context = ssl.create_default_context(cafile=str(trusts.certificate))
    if shows is not None:
        context.load_cert_chain(shows.certificate, shows.key)
    return context


def turned_away(one: Site, context: ssl.SSLContext | None) -> bool:
    """Tell whether a sender gets no answer."""
    try:
        with Ris(one.hl7_port, context) as ris:
            return ris.send(order(id_="x", accession="NO")) == b""
    except OSError:  # of which the errors of TLS are some
        return True


def reasons(one: Site) -> str:
    lines = (one.data.parent / "serve.log").read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "a connection for messages has ended" in line)


def test_only_who_shows_a_trusted_certificate_is_heard_and_its_order_reaches_the_study(tmp_path: Path) -> None:
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "other", "stranger")
    own, ris_files, other = ours.sign("collega"), ours.sign("ris"), stranger.sign("someone")
    film = write_film(tmp_path / "films", "tls", AccessionNumber="A77", PatientID="4711")
    settings = {
        "COLLEGA_HL7__TLS_CERTIFICATE": str(own.certificate),
        "COLLEGA_HL7__TLS_KEY": str(own.key),
        "COLLEGA_HL7__TLS_CA": str(ours.certificate),
    }
    with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=settings, hl7=True) as one:
        one.start()
        for who, told in (
            (client(ours), "it shows no certificate"),
            (client(ours, other), "its certificate is not trusted by hl7.tls_ca"),
            (client(stranger, ris_files), "it does not trust our certificate"),
            (None, "it does not speak TLS"),
        ):
            assert turned_away(one, who)
            wait_for(lambda: told in reasons(one), told)  # noqa: B023 - called in the same turn
        with Ris(one.hl7_port, client(ours, ris_files)) as ris:
            assert verdict(ris.send(omi(id_="1", accession="A77", study_uid=film.study))) == "AA"
            dcmsend(one.dicom_port, film.path)
            wait_for(lambda: bool(orders(one, film.study)), "the order has met its study", 20)
        (found,) = orders(one, film.study)
        assert (found["placer"], found["filler"], found["accession_number"]) == ("PA77", "FA77", "A77")
        assert (one.account(film.study)["priority"], found["location"]) == ("stat", "SEH")
        assert one.json("messages", "list", "--state", "applied")[0]["kind"] == "OMI^O23"
        assert one.stop() == [0]
        assert "Traceback" not in (one.data.parent / "serve.log").read_text(errors="replace")


def orders(one: Site, study: str) -> list[dict[str, str]]:
    try:
        told = json.loads(one.command("studies", "show", study, "--json"))
    except AssertionError:  # it has not come yet
        return []
    found: list[dict[str, str]] = told["orders"]
    return found


@pytest.mark.slow
def test_where_no_certificate_is_asked_for_the_sender_decides_whom_it_trusts(tmp_path: Path) -> None:
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "other", "stranger")
    own = ours.sign("collega")
    settings = {"COLLEGA_HL7__TLS_CERTIFICATE": str(own.certificate), "COLLEGA_HL7__TLS_KEY": str(own.key)}
    with site(tmp_path / "site", pacs=None, settings=settings, hl7=True) as one:
        one.start()
        assert turned_away(one, client(stranger))
        with Ris(one.hl7_port, client(ours)) as ris:
            assert verdict(ris.send(order(id_="1", accession="A1"))) == "AA"
