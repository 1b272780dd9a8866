"""Orders and reports of a RIS, over a real connection, meet the images that they belong to."""

from pathlib import Path

import pytest

from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.messages import Ris, order, report, verdict
from tests.e2e.peers import dcmsend
from tests.e2e.site import site, wait_for

pytestmark = pytest.mark.shows("R59", "R65")


def test_an_order_and_a_signed_report_meet_the_study(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "ordered", AccessionNumber="A4711")
    number = "A4711"
    with site(tmp_path / "site", pacs=None, apps=[PROBE], hl7=True) as one:
        one.start()
        with Ris(one.hl7_port) as ris:
            assert verdict(ris.send(order(number, priority="S", id_="1"))) == "AA"
            dcmsend(one.dicom_port, film.path)
            wait_over(one, film.study, page=False)
            assert verdict(ris.send(report(number, "Geen afwijkingen.", id_="2"))) == "AA"
        wait_for(lambda: "signed" in {event["kind"] for event in one.account(film.study)["events"]}, "it is signed", 10)
