"""The page on FHIR is true of a running site: its examples, and its table of parameters."""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from tests.docs.test_examples import pattern
from tests.docs.test_reference import ROOT, page, rows, sections
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
PROGRAM = re.compile(r"^```python fhir\n(.*?)^```", re.MULTILINE | re.DOTALL)
HOW_TO = (ROOT / "docs/how-to/connect-an-ehr.md").read_text(encoding="utf-8")
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


@pytest.mark.parametrize(("text", "count"), [(page("fhir.md"), 5), (HOW_TO, 9)])
def test_the_examples_are_answered_as_the_page_says(house: Site, text: str, count: int) -> None:
    examples = [found for block in BLOCK.findall(text) for found in LINE.findall(block)]
    assert len(examples) == count
    for path, expected in examples:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{house.web_port}{path}", timeout=30) as answer:
                found = answer.read().decode()
        except urllib.error.HTTPError as error:
            found = error.read().decode()
        assert pattern(tuple(expected.splitlines())).search(found), f"{path}\n{found}"


def test_the_program_that_follows_changes_runs(house: Site) -> None:
    (program,) = PROGRAM.findall(HOW_TO)
    ours = program.replace("8080", str(house.web_port))
    for since, lines in (("2020-01-01T00:00:00Z", 1), ("2999-01-01T00:00:00Z", 0)):
        done = subprocess.run(
            [sys.executable, "-c", ours, since], capture_output=True, text=True, check=True, timeout=60
        )
        assert [line.split()[2] for line in done.stdout.splitlines()] == ["completed"] * lines


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
