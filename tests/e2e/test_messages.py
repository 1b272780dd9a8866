"""Orders and reports of a RIS, over a real connection, meet the images that they belong to."""

from pathlib import Path

import pytest

from collega.testing.hl7_messages import order, report, verdict
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.messages import Ris
from tests.e2e.peers import dcmsend
from tests.e2e.site import site, wait_for

pytestmark = pytest.mark.shows("R59", "R65")


def test_an_order_and_a_signed_report_meet_the_study(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "ordered", AccessionNumber="A4711")
    patient = "P-ordered"
    with site(tmp_path / "site", pacs=None, apps=[PROBE], hl7=True) as one:
        one.start()
        with Ris(one.hl7_port) as ris:
            assert (
                verdict(ris.send(order(accession="A4711", priority="S", id_="1", patient=f"{patient}^^^ZKH^PI")))
                == "AA"
            )
            dcmsend(one.dicom_port, film.path)
            wait_over(one, film.study, page=False)
            words = report("Geen afwijkingen.", accession="A4711", id_="2", patient=f"{patient}^^^ZKH^PI")
            assert verdict(ris.send(words)) == "AA"
        wait_for(lambda: "signed" in {event["kind"] for event in one.account(film.study)["events"]}, "it is signed", 10)
