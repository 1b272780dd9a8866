"""What apps say reaches a RIS as messages of their own, in order and once, whatever happens in between."""

import json
from pathlib import Path
from typing import Any

import pytest

from collega.testing.ris import SimulatedRis
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.messages import Ris, order, report, verdict
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import site, wait_for

pytestmark = pytest.mark.shows("R24", "R59", "R65")


def to_ris(port: int, **values: Any) -> dict[str, str]:
    """Give the settings of one destination; ``values`` replace keys."""
    table = {"name": "ris", "kind": "ris", "host": LOOPBACK, "port": port, "priority_message": "orm-sc"}
    table |= {"retry_first_s": 0.2, "retry_most_s": 1.0, "timeout_s": 2.0} | values
    return {"COLLEGA_HL7__DESTINATIONS": json.dumps([table])}


def test_an_answer_reaches_the_ris_as_a_preliminary_result_of_its_own(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "told", AccessionNumber="A4711", PatientID="4711")
    with (
        SimulatedRis() as ris,
        site(tmp_path / "site", pacs=None, apps=[PROBE], hl7=True, settings=to_ris(ris.port)) as one,
    ):
        one.start()
        with Ris(one.hl7_port) as link:
            assert verdict(link.send(order("A4711", priority="R", id_="1"))) == "AA"
            dcmsend(one.dicom_port, film.path)
            wait_over(one, film.study, page=False)
            wait_for(lambda: len(ris.taken("ORU^R01")) == 1, "the result is at the RIS", 10)
            assert verdict(link.send(report("A4711", "Geen afwijkingen.", id_="2"))) == "AA"
        (told,) = ris.taken("ORU^R01")
        assert told.first("OBR").value(25) == "P"
        assert told.first("OBR").value(3).startswith("AI")
        wait_for(lambda: one.account(film.study)["messages"][0]["state"] == "acknowledged", "it is on record", 10)
        assert all("FA4711" not in item.encoded.decode() for item in ris.heard if b"ORU^R01" in item.encoded)
