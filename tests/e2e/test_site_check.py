"""`collega site check` against real PACSs, a difficult one, none at all; answers on the page; nothing left behind."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from collega.model.ids import is_acceptance_uid
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.pacs_commitment import CommitmentRoutes
from collega.testing.ports import reserved_ports
from tests.e2e.films import PROBE, save, wait_over, write_film
from tests.e2e.peers import LOOPBACK, Orthanc, dcmqrscp, dcmsend, orthanc
from tests.e2e.site import Site, family, site, wait_for
from tests.unit.testing.small_objects import association

pytestmark = pytest.mark.shows("R31", "R71")
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
SETTINGS = {"COLLEGA_SITE__NAME": "Test hospital", "COLLEGA_PACS__TIMEOUT_S": "3"}


def checked(house: Site, *arguments: str, code: int = 0, wait: str = "3") -> dict[str, Any]:
    told: dict[str, Any] = house.json("site", "check", "--wait", wait, *arguments, code=code)
    return told


def outcomes(told: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["outcome"] for step in told["steps"]}


def step(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in told["steps"] if item["name"] == name)
    return found


def point_at(house: Site, aet: str, port: int) -> None:
    house.environment |= {
        "COLLEGA_PACS__HOST": LOOPBACK,
        "COLLEGA_PACS__PORT": str(port),
        "COLLEGA_PACS__AET": aet,
    }


def patients(archive: Orthanc) -> set[str]:
    return {item["MainDicomTags"]["PatientID"] for item in archive.rest("/patients?expand")}


# --------------------------------------------------------------------------- Orthanc


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Orthanc]]:
    """Give a running site and an Orthanc that reports commitments to it."""
    folder = tmp_path_factory.mktemp("pair")
    with (
        site(folder / "site", pacs=None, apps=[PROBE], settings=SETTINGS) as one,
        orthanc(folder / "orthanc", peers={"collega": ("COLLEGA", LOOPBACK, one.dicom_port)}) as archive,
    ):
        point_at(one, archive.aet, archive.dicom_port)
        one.start()
        yield one, archive
        one.stop()


def test_orthanc_and_a_running_server(pair: tuple[Site, Orthanc]) -> None:
    house, archive = pair
    told = checked(house)
    found = outcomes(told)
    assert [name for name, outcome in found.items() if outcome == "failed"] == []
    well = ("connect", "echo", "negotiate", "store", "visible", "identity", "commitment", "withdraw", "settings")
    assert {found[name] for name in well} == {"passed"}
    assert "collega serve" in step(told, "commitment")["said"]["en"]
    assert found["receiver"] == "passed"
    assert found["gone"] == "warning", "Orthanc shows what a note has rejected"
    assert told["surroundings"]["accession_number"] in step(told, "gone")["advice"]["en"]
    assert told["verdict"] == "open"
    assert told["surroundings"]["patient_id"] in patients(archive)


@pytest.mark.shows("R32")
def test_routed_back_it_starts_nothing(pair: tuple[Site, Orthanc]) -> None:
    house, archive = pair
    before = house.get("/api/worklist")
    told = checked(house, "--leave")
    study = next(
        item["ID"]
        for item in archive.rest("/studies?expand")
        if item["MainDicomTags"]["AccessionNumber"] == told["surroundings"]["accession_number"]
    )
    answer = archive.rest("/modalities/collega/store", [study])
    assert (answer["InstancesCount"], answer["FailedInstancesCount"]) == (4, 0)
    time.sleep(2)  # longer than a study of films is given to become complete
    assert house.get("/api/worklist") == before
    uid = archive.rest(f"/studies/{study}")["MainDicomTags"]["StudyInstanceUID"]
    assert is_acceptance_uid(uid)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        house.account(uid)
    assert json.loads(house.command("site", "take-back", "--json"))[-2]["outcome"] == "passed"


def test_a_study_that_comes_meanwhile_goes_its_way(pair: tuple[Site, Orthanc], tmp_path: Path) -> None:
    house, _ = pair
    film = write_film(tmp_path, "meanwhile")
    with subprocess.Popen(
        [sys.executable, "-m", "collega", "site", "check", "--json", "--wait", "3"],
        env=house.environment,
        stdout=subprocess.PIPE,
    ) as running:
        dcmsend(house.dicom_port, film.path)
        output, _ = running.communicate(timeout=60)
    assert json.loads(output)["failed"] == []
    assert {one["state"] for one in wait_over(house, film.study)["deliveries"]} == {"visible"}


@pytest.mark.shows("R25")
def test_people_answer_on_the_page_and_by_command(pair: tuple[Site, Orthanc], tmp_path: Path) -> None:
    house, _ = pair
    told = checked(house)
    run = told["surroundings"]["run"]
    form = {"run": run, "step": "reading-station", "answer": "yes", "by": "A. Jansen", "remark": "both <b>screens</b>"}
    assert post(house, form) == 200
    for number, question in enumerate(told["questions"][1:]):
        said = "no" if number == 0 else "yes"
        house.command("site", "confirm", question["name"], "--answer", said, "--by", "B. Bakker")
    page = fetch(house, "/acceptance").decode()
    assert "A. Jansen" in page
    assert "both &lt;b&gt;screens" in page
    denied = json.loads(house.command("site", "report", "--json", code=1))
    assert (denied["verdict"], denied["denied"]) == ("not_accepted", [told["questions"][1]["name"]])
    line = house.command("site", "confirm", denied["denied"][0], "--answer", "yes", "--by", "C", "--run", run)
    assert line.strip() == "accepted"
    paper, copy = tmp_path / "report.pdf", tmp_path / "report.html"
    house.command("site", "report", "--pdf", str(paper), "--page", str(copy))
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True).stdout.decode()
    assert "Accepted" in text
    assert "no, B. Bakker" in text, "the earlier answer stays"
    assert "<form" not in copy.read_text()
    assert fetch(house, "/acceptance.pdf").startswith(b"%PDF-")


NONSENSE: list[tuple[dict[str, str], int]] = [
    ({"step": "nonsense"}, 422),
    ({"answer": "perhaps"}, 422),
    ({"by": "  "}, 422),
    ({"run": "0b6f5a3e-6f6c-4a43-9d2e-8a1d7f3f2a11"}, 422),
    ({"remark": "x" * 20_000}, 413),
]


def test_answers_that_make_no_sense_or_come_from_another_site_are_refused(pair: tuple[Site, Orthanc]) -> None:
    house, _ = pair
    told = checked(house)
    form = {"run": told["surroundings"]["run"], "step": "removed", "answer": "yes", "by": "A", "remark": ""}
    for change, status in NONSENSE:
        assert post(house, form | change) == status, change
    assert post(house, form, {"Sec-Fetch-Site": "cross-site"}) == 403
    assert post(house, form, {"Origin": "http://other.example"}) == 403
    assert json.loads(house.command("site", "report", "--json"))["answers"] == []


def post(house: Site, form: dict[str, str], headers: dict[str, str] | None = None) -> int:
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{house.web_port}/acceptance/answers",
        data=urllib.parse.urlencode(form).encode(),
        headers=headers or {},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the address is built above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def fetch(house: Site, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{house.web_port}{path}", timeout=30) as answer:
        content: bytes = answer.read()
    return content


# --------------------------------------------------------------------------- no server


def test_orthanc_without_a_server(tmp_path: Path) -> None:
    with (
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=SETTINGS) as one,
        orthanc(tmp_path / "orthanc", peers={"collega": ("COLLEGA", LOOPBACK, one.dicom_port)}) as archive,
    ):
        point_at(one, archive.aet, archive.dicom_port)
        told = checked(one)
    assert "collega site check" in step(told, "commitment")["said"]["en"]
    assert outcomes(told)["commitment"] == "passed"
    assert outcomes(told)["receiver"] == "warning"
    assert not one.database_processes(), "the database is stopped again"


@pytest.mark.slow
def test_dcmqrscp_has_no_commitment(tmp_path: Path) -> None:
    with (
        dcmqrscp(tmp_path / "qr") as archive,
        site(tmp_path / "site", pacs=(archive.aet, archive.port), apps=[PROBE], settings=SETTINGS) as one,
    ):
        told = checked(one)
        found = outcomes(told)
        assert found["commitment"] == "not_offered"
        assert {found[name] for name in ("connect", "echo", "store", "visible", "settings")} == {"passed"}
        one.environment["COLLEGA_PACS__CONFIRM"] = "committed"
        told = checked(one, code=1)
        assert told["failed"] == ["settings"]
        assert 'pacs.confirm = "visible"' in step(told, "settings")["advice"]["en"]
        one.environment["COLLEGA_PACS__AET"] = "NOBODY"
        told = checked(one, code=1)
        assert "called AE title NOBODY not recognised" in step(told, "echo")["said"]["en"]
        assert outcomes(told)["store"] == "not_tried"


def test_nobody_listens(tmp_path: Path) -> None:
    with reserved_ports() as (port,), site(tmp_path, pacs=("PACS", port), apps=[PROBE], settings=SETTINGS) as one:
        told = checked(one, code=1)
        assert told["failed"] == ["connect"]
        assert told["verdict"] == "not_accepted"
        assert "pacs.port" in step(told, "connect")["advice"]["en"]
        lines = one.command("site", "report", code=1)
        assert "✗ failed           Connection" in lines
        assert "not accepted: 1 steps failed" in lines


def test_a_disk_below_its_reserve_and_folders_that_are_open(tmp_path: Path) -> None:
    settings = SETTINGS | {"COLLEGA_DICOM__RESERVE_MB": str(10**9)}
    with (
        DifficultPacs(tmp_path / "pacs", Difficulties()) as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.port), apps=[PROBE], settings=settings) as one,
    ):
        one.command("worklist")
        (one.data / "studies").chmod(0o755)
        told = checked(one, code=1)
        assert set(told["failed"]) == {"disk", "folders"}
        assert "studies 0755" in step(told, "folders")["said"]["en"]


def test_nothing_was_checked_yet(tmp_path: Path) -> None:
    with site(tmp_path, pacs=None, apps=[PROBE], settings=SETTINGS) as one:
        one.command("site", "report", code=1)
        one.command("site", "confirm", "removed", "--answer", "yes", "--by", "A", code=1)
        one.command("site", "take-back", code=1)


# --------------------------------------------------------------------------- the difficult PACS


@pytest.fixture(scope="module")
def difficult(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, DifficultPacs]]:
    folder = tmp_path_factory.mktemp("difficult")
    with site(folder / "site", pacs=None, apps=[PROBE], settings=SETTINGS) as one:
        routes = CommitmentRoutes(peers={"COLLEGA": (LOOPBACK, one.dicom_port)})
        with DifficultPacs(folder / "pacs", Difficulties(), routes=routes) as pacs:
            point_at(one, pacs.aet, pacs.port)
            yield one, pacs


def test_no_three_dimensional_reports_and_late(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(rejected_classes=frozenset({COMPREHENSIVE_3D_SR}), visible_after_s=1.5)
    told = checked(house, wait="8")
    found = outcomes(told)
    assert (found["negotiate"], found["store"], found["visible"]) == ("warning", "passed", "passed")
    assert "Comprehensive SR" in step(told, "negotiate")["advice"]["en"]
    assert found["commitment"] == "passed"


def test_later_than_it_waits(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(visible_after_s=600)
    told = checked(house, code=1, wait="1")
    assert outcomes(told)["visible"] == "failed"
    assert outcomes(told)["withdraw"] == "passed", "what was stored is taken back, whatever failed"


def test_what_is_taken_back_is_gone(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(honours_rejection=True)
    told = checked(house)
    assert outcomes(told)["gone"] == "passed"
    assert "pacs.rejection_notes = true" in step(told, "settings")["advice"]["en"]
    study = {one.study_instance_uid for one in pacs.objects() if one.modality == "KO"}
    assert all(map(is_acceptance_uid, study))


def test_left_for_people_and_taken_back(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(honours_rejection=True)
    told = checked(house, "--leave")
    mine = [one for one in pacs.objects() if one.patient_id == told["surroundings"]["patient_id"] and pacs.visible(one)]
    assert {one.modality for one in mine} >= {"CT", "SR", "OT", "SEG"}
    run = told["surroundings"]["run"]
    steps = json.loads(house.command("site", "take-back", "--run", run, "--json", "--wait", "3"))
    assert {item["name"]: item["outcome"] for item in steps}["gone"] == "passed"


def test_coercion_is_noticed(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(coerced={"PatientName": "TEST^COLLEGA"})
    told = checked(house)
    assert outcomes(told)["identity"] == "warning"
    assert "TEST^COLLEGA" in step(told, "identity")["said"]["en"]


def test_one_association_at_a_time(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties()
    pacs.stop()
    pacs.most_associations = 1
    pacs.start()
    try:
        with association(pacs.port) as other:
            assert other.is_established
            told = checked(house, code=1)
            assert "rejected for now" in step(told, "echo")["said"]["en"]
        told = checked(house)
        assert {outcomes(told)[name] for name in ("echo", "store", "visible", "commitment")} == {"passed"}
    finally:
        pacs.stop()
        pacs.most_associations = 50
        pacs.start()


def test_an_association_that_breaks(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(abort_at_store=1)
    told = checked(house, code=1)
    assert "store" in told["failed"]
    assert told["verdict"] == "not_accepted"


def test_a_check_that_is_killed_is_found_by_the_next(difficult: tuple[Site, DifficultPacs]) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(visible_after_s=600, honours_rejection=True)
    stored = pacs.count("C-STORE")
    running = subprocess.Popen(
        [sys.executable, "-m", "collega", "site", "check", "--wait", "60"],
        env=house.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: pacs.count("C-STORE") >= stored + 4, "the test patient stands there")
    for pid in family(running.pid):
        subprocess.run(["kill", "-9", str(pid)], check=False)
    running.wait(10)
    pacs.difficulties = Difficulties(honours_rejection=True)
    told = checked(house)
    assert outcomes(told)["unended"] == "warning"
    run = step(told, "unended")["said"]["en"].split()[2]
    steps = json.loads(house.command("site", "take-back", "--run", run, "--json", "--wait", "3"))
    assert {item["name"]: item["outcome"] for item in steps}["gone"] == "passed"
    assert outcomes(checked(house))["unended"] == "passed"
    assert not list(house.data.glob("check-*")), "no half-written file is left"


def test_while_only_a_check_listens_a_scanner_is_told_to_come_back(
    difficult: tuple[Site, DifficultPacs], tmp_path: Path
) -> None:
    house, pacs = difficult
    pacs.difficulties = Difficulties(answers_after_s=1.0)
    film = write_film(tmp_path, "early")
    with subprocess.Popen(
        [sys.executable, "-m", "collega", "site", "check", "--json", "--wait", "3"],
        env=house.environment,
        stdout=subprocess.PIPE,
    ) as running:
        wait_for(lambda: running.poll() is not None or listening(house), "the check listens")
        said = dcmsend(house.dicom_port, film.path).text
        running.communicate(timeout=90)
    pacs.difficulties = Difficulties()
    assert "with status REFUSED  : 1" in said, "out of resources: the scanner keeps it and tries again"
    assert house.json("worklist") == []


def listening(house: Site) -> bool:
    with association(house.dicom_port) as one:
        return bool(one.is_established)


def test_the_image_cannot_be_taken_for_a_study(pair: tuple[Site, Orthanc], tmp_path: Path) -> None:
    house, archive = pair
    checked(house, "--leave")
    images = [dcmread(BytesIO(archive.instance_file(one))) for one in archive.instances()]
    image = next(one for one in images if one.Modality == "CT")
    film = save(tmp_path, image)
    assert "with status SUCCESS  : 1" in dcmsend(house.dicom_port, film.path).text
    assert film.study not in {row["study_instance_uid"] for row in house.get("/api/worklist")}
