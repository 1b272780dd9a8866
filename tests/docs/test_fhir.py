"""The page on FHIR is true of a running site: its examples, and its table of parameters."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from tests.docs.test_examples import pattern
from tests.docs.test_reference import page, rows, sections
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site, site

from collega.adapters.rest.client import RestClient
from collega.adapters.rest.fhir import FhirRecords, Numbers
from collega.adapters.rest.server import Server
from collega.formats.fhir_search import CURSOR, PARAMETERS
from collega.model.study import Patient
from collega.testing.records import PNEUMONIA
from collega.web.fhir import CODES

BLOCK = re.compile(r"^```console fhir\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^\$ curl -s 'http://127.0.0.1:8080(/fhir/.*)'\n((?:(?!\$).*\n)+)", re.MULTILINE)
NUMBERS = "urn:collega:numbers"
CONTROLS = {"_count", "_summary", "_format"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run the site of the page."""
    folder = tmp_path_factory.mktemp("fhir")
    with site(folder / "site", pacs=None, apps=[PROBE], settings={"COLLEGA_INPUTS__PATIENT_SYSTEM": NUMBERS}) as one:
        one.start()
        film = write_film(folder / "films", "fhir", PatientID="P-77", AccessionNumber="20260302-1")
        one.command("send", str(film.path), "--to", f"{LOOPBACK}:{one.dicom_port}", "--aet", "COLLEGA")
        wait_over(one, film.study, page=False)
        yield one


def test_the_examples_are_answered_as_the_page_says(house: Site) -> None:
    examples = [found for block in BLOCK.findall(page("fhir.md")) for found in LINE.findall(block)]
    assert len(examples) == 5
    for path, expected in examples:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{house.web_port}{path}", timeout=30) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
        assert pattern(tuple(expected.splitlines())).search(text), f"{path}\n{text}"


def test_our_own_client_reads_our_own_server(house: Site) -> None:
    """Both sides of the standard were written apart."""
    client = RestClient(Server(url=f"http://{LOOPBACK}:{house.web_port}/fhir"))
    server = FhirRecords(client, Numbers(system=NUMBERS), ZoneInfo("Europe/Amsterdam"))
    (found,) = server.observations(Patient(issuer="", patient_id="P-77"), [PNEUMONIA], None).items
    assert (found.status, found.words) == ("preliminary", "Present")
    (report,) = server.reports(Patient(issuer="", patient_id="P-77"), None).items
    assert (report.status, "Probe: found." in report.text) == ("preliminary", True)


def test_every_parameter_is_on_the_page() -> None:
    table = sections(page("fhir.md"))["Searches"]
    documented = {name for line in rows(table) for name in re.findall(r"[a-zA-Z_][\w.:-]*", line[0].split("(")[0])}
    known = {name for names in PARAMETERS.values() for name in names}
    assert documented - CONTROLS == known - {"basedon:identifier", "started"}
    assert CURSOR not in documented, "it is opaque: nobody writes it"


def test_every_status_is_on_the_page() -> None:
    documented = {int(cell) for cell in re.findall(r"^\| (\d{3}) \|", page("fhir.md"), re.MULTILINE)}
    assert documented == set(CODES) - {413, 415}
