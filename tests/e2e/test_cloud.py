"""An app in the cloud on the whole line: killed between sending and answer, read back, objected to, backed up."""

import getpass
import json
import threading
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.seg import Segmentation, SegmentDescription
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from collega.formats.dicom_write import encode
from collega.model.ids import storage_key
from collega.testing.synthetic import ct_series
from collega.testing.vendor_answers import report
from collega.testing.vendor_service import Answer, Files, Manner, VendorService, parts_answer, vendor_service
from tests.e2e.certificates import Authority
from tests.e2e.films import complaints, held, scores, wait_over, write_film
from tests.e2e.peers import LOOPBACK, Orthanc, dcmsend, orthanc, storescu
from tests.e2e.site import Site, site
from tests.e2e.test_services import analysed, asks_for_certificates, make_app

pytestmark = pytest.mark.shows("R42", "R85")


@dataclass(kw_only=True)
class Maker:
    """The service outside: it takes its time with the first study, and remembers who it was asked about."""

    came: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    numbers: list[str] = field(default_factory=list)
    studies: list[str] = field(default_factory=list)

    def answer(self, study: Mapping[str, Any], files: Files) -> Answer:
        self.numbers.append(str(dcmread(BytesIO(files["dicom/00001.dcm"])).PatientID))
        self.studies.append(study["study"]["study_instance_uid"])
        self.came.set()
        self.go_on.wait(60)
        return analysed(study, files)


EDGE = 64
MARKED = np.zeros((3, EDGE, EDGE), dtype=np.uint8)
MARKED[1, 8:16, 20:40] = MARKED[2, 10:14, 22:30] = 1
OBJECTS = """
[results]
score_from_evaluation = true
forward = ["segmentation"]

[[results.codes]]
finding = "pneumonia"
label = "Lesion*"
"""


@dataclass(kw_only=True)
class Painter:
    """Another service outside: it answers with a segmentation and a report about the images that it was sent."""

    made: list[Dataset] = field(default_factory=list)
    images: list[Dataset] = field(default_factory=list)

    def answer(self, _: Mapping[str, Any], files: Files) -> Answer:
        self.images = sorted(
            (dcmread(BytesIO(content)) for content in files.values()), key=lambda one: one.InstanceNumber
        )
        drawn = Segmentation(
            source_images=self.images,
            pixel_array=MARKED,
            segmentation_type="BINARY",
            segment_descriptions=[
                SegmentDescription(
                    segment_number=1,
                    segment_label="Lesion 1",
                    segmented_property_category=Code("49755003", "SCT", "Morphologically Abnormal Structure"),
                    segmented_property_type=Code("233604007", "SCT", "Pneumonia"),
                    algorithm_type="MANUAL",
                )
            ],
            series_instance_uid=generate_uid(prefix=None),  # in the form of our pseudonyms
            series_number=7,
            sop_instance_uid=generate_uid(prefix=None),
            instance_number=1,
            manufacturer="Painter",
            manufacturer_model_name="Painter",
            software_versions="1",
            device_serial_number="1",
        )
        self.made = [drawn, report(self.images)]
        return parts_answer([("application/dicom", f"{place}.dcm", encode(one)) for place, one in enumerate(self.made)])


@dataclass(kw_only=True)
class World:
    """A site with two apps outside, and who it speaks with."""

    house: Site
    pacs: Orthanc
    maker: Maker
    service: VendorService
    painter: Painter
    painting: VendorService
    folder: Path

    def send(self, name: str, **values: str) -> str:
        """Send a film as a scanner does; returns its study."""
        film = write_film(self.folder / "films", name, image=1, **values)
        assert storescu(self.house.dicom_port, film.path, options=("-R", "-xy")).code == 0
        return film.study


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, maker, painter = tmp_path_factory.mktemp("cloud"), Maker(), Painter()
    (folder / "films").mkdir()
    authority = Authority(folder / "authority")
    client = authority.sign("client")
    tls = asks_for_certificates(authority)
    with (
        orthanc(folder / "pacs") as pacs,
        vendor_service(maker.answer, Manner(keeps_all=True), tls) as service,
        vendor_service(painter.answer, Manner(keeps_all=True), tls) as painting,
    ):
        shown = {"certificate": str(client.certificate), "key": str(client.key), "ca": str(authority.certificate)}
        outside, paints = (
            make_app(folder / "apps", name, url, shown) / "app.toml"
            for name, url in (("outside", service.url), ("painter", painting.url))
        )
        for app in (outside, paints):
            app.write_text(app.read_text().replace("[run.http]", "[run.http]\ncloud = true"))
        told = paints.read_text().replace("clinical_use = false", "clinical_use = true")
        paints.write_text(told.replace('["CR", "DX"]', '["CT"]').replace('"X-thorax"', '"CT thorax"') + OBJECTS)
        settings = {"COLLEGA_RUN__RETRY_WAIT_S": "0.01", "COLLEGA_RECEIVE__QUIET_VOLUME_S": "0.5"}
        with site(
            folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[folder / "apps"], settings=settings
        ) as house:
            house.start()
            yield World(
                house=house,
                pacs=pacs,
                maker=maker,
                service=service,
                painter=painter,
                painting=painting,
                folder=folder,
            )
            maker.go_on.set()


@pytest.mark.timeout(240)
def test_a_kill_between_sending_and_answer_leaves_one_pseudonym_and_one_result(world: World) -> None:
    house, maker = world.house, world.maker
    agreement = ("--agreement", "DPA-2026-14", "--signed", "2026-09-01", "--reason", "agreed")
    assert "may be sent studies" in house.command("cloud", "permit", "outside", *agreement)
    study = world.send("kill", PatientID="Q-PATIENT-7", PatientName="Quaxelmann^Zebulonia")
    assert maker.came.wait(60)
    house.kill(database=True)
    maker.go_on.set()
    house.start()
    told = wait_over(house, study, seconds=120)
    assert [job["outcome"] for job in told["jobs"]] == ["found"]
    assert len(maker.numbers) == 2, "what was lost is sent again"
    assert len(set(maker.numbers)) == len(set(maker.studies)) == 1
    (report,) = held(world.pacs, study).reports
    assert (report.PatientID, str(report.PatientName)) == ("Q-PATIENT-7", "Quaxelmann^Zebulonia")
    assert scores(report) == ["81.2500"]
    heard = bytes(world.service.heard)
    assert not [one for one in (b"Q-PATIENT-7", b"Quaxelmann", study.encode()) if one in heard]


@pytest.mark.timeout(120)
def test_keys_are_in_no_backup_and_reading_back_needs_a_right(world: World) -> None:
    house, number = world.house, world.maker.numbers[0]
    asked = ("reidentify", number, "--reason", "a question of the maker")
    house.command(*asked, code=1)
    assert "answers 200 to GET /health, over TLS" in house.command("apps", "check", "outside")
    house.environment["COLLEGA_CLOUD__REIDENTIFY"] = getpass.getuser()
    (found,) = house.json(*asked)
    assert (found["kind"], found["patient_id"]) == ("patient", "Q-PATIENT-7")
    (by_study,) = house.json("reidentify", world.maker.studies[0], "--reason", "the same")
    assert by_study["kind"] == "study"
    lines = [line for line in house.json("audit", "show") if line["event"] == "pseudonym read back"]
    assert [line["outcome"] for line in lines] == [0, 0, 8]
    backup = world.folder / "backup"
    assert "not in it: secrets/reidentification.json" in house.command("backup", str(backup))
    keys = (house.data / "secrets" / "reidentification.json").read_text()
    names = [path for path in backup.rglob("*") if path.is_file()]
    assert names
    assert not [path for path in names if json.loads(keys)["pseudonyms"].encode() in path.read_bytes()]
    assert "pseudonyms are sealed anew" in house.command("cloud", "renew-keys")
    assert house.json(*asked) == [found]
    key_file = house.data / "secrets" / "reidentification.json"
    key_file.chmod(0o644)
    house.command(*asked, code=2)
    key_file.chmod(0o600)


@pytest.mark.timeout(120)
def test_an_objection_is_noted_on_the_page_and_honoured(world: World) -> None:
    house = world.house
    asked = len(world.service.asked)
    body = json.dumps({"patient_id": "Q-PATIENT-7", "by": "P. Rivacy", "reason": "form"}).encode()
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{house.web_port}/api/objections",
        body,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - an address of ours
        noted = json.load(answer)
    assert {item["app_id"] for item in noted["gone"]} == {"outside"}, "what had left is told"
    study = world.send("after", PatientID="Q-PATIENT-7", PatientName="Quaxelmann^Zebulonia")
    (job,) = wait_over(house, study)["jobs"]
    assert (job["outcome"], job["reason_code"]) == ("not_suitable", "objection")
    assert len(world.service.asked) == asked
    with urllib.request.urlopen(f"http://{LOOPBACK}:{house.web_port}/objections?lang=nl", timeout=30) as page:
        shown = page.read().decode()
    assert all(word in shown for word in ("Bezwaren", "Q-PATIENT-7", "P. Rivacy", "Was al verzonden", "outside"))
    with urllib.request.urlopen(f"http://{LOOPBACK}:{house.web_port}/stages", timeout=30) as page:
        assert "permitted, without names, under DPA-2026-14 (2026-09-01)" in page.read().decode()
    house.command("objections", "withdraw", noted["key"], "--reason", "changed mind")
    assert house.json("objections", "list") == []
    (ended,) = house.json("objections", "list", "--all")
    assert ended["withdrawal_reason"] == "changed mind"
    other = world.send("free", PatientID="Q-PATIENT-7", PatientName="Quaxelmann^Zebulonia")
    assert [one["outcome"] for one in wait_over(house, other)["jobs"]] == ["found"]


def names(one: Dataset) -> dict[str, set[str]]:
    """Give the UIDs that an object refers to, by keyword."""
    found: dict[str, set[str]] = {}
    for element in one.iterall():
        if element.keyword in REFERS:
            found.setdefault(element.keyword, set()).add(str(element.value))
    return found


REFERS = frozenset({"StudyInstanceUID", "FrameOfReferenceUID", "ReferencedSOPInstanceUID", "SeriesInstanceUID"})


@pytest.mark.shows("R32", "R59")
@pytest.mark.timeout(120)
def test_a_segmentation_made_outside_is_one_of_the_true_study(world: World, tmp_path: Path) -> None:
    house, painter = world.house, world.painter
    agreement = ("--agreement", "DPA-2026-15", "--signed", "2026-09-01", "--reason", "agreed")
    house.command("cloud", "permit", "painter", *agreement)
    slices = ct_series(31, slices=3, size=EDGE)
    for number, image in enumerate(slices):
        image.PatientName, image.PatientID = "Quaxelmann^Zebulonia", "Q-PATIENT-9"
        image.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    assert "with status SUCCESS  : 3" in dcmsend(house.dicom_port, tmp_path).text
    study = str(slices[0].StudyInstanceUID)
    told = wait_over(house, study, seconds=60)
    assert [(job["app_id"], job["outcome"], job["reason"]) for job in told["jobs"]] == [("painter", "found", "")]
    assert not [one for one in (b"Q-PATIENT-9", b"Quaxelmann", study.encode()) if one in bytes(world.painting.heard)]
    came = [dcmread(BytesIO(world.pacs.instance_file(one["ID"]))) for one in world.pacs.find_by_study(study)]
    drawn, said = painter.made
    (forwarded,) = [one for one in came if one.SOPInstanceUID == drawn.SOPInstanceUID]
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "AccessionNumber"):
        assert forwarded[keyword].value == slices[0][keyword].value, keyword
    assert names(forwarded) == {
        "StudyInstanceUID": {study},
        "SeriesInstanceUID": {str(drawn.SeriesInstanceUID), str(slices[0].SeriesInstanceUID)},
        "FrameOfReferenceUID": {str(slices[0].FrameOfReferenceUID)},
        "ReferencedSOPInstanceUID": {str(one.SOPInstanceUID) for one in slices},
    }
    # The report is read, and restated: it never goes on.
    (restated,) = [one for one in came if one.Modality == "SR"]
    assert str(said.SOPInstanceUID) not in {str(one.SOPInstanceUID) for one in came}
    assert names(restated)["ReferencedSOPInstanceUID"] >= {str(one.SOPInstanceUID) for one in slices}
    outside = {str(element.value) for one in painter.images for element in one if element.VR == "UI"}
    pseudonyms = [uid for uid in outside if uid.startswith("2.25.")]
    assert len(pseudonyms) == len(slices) + 3, "study, series, frame of reference and the images"
    assert not [uid for uid in pseudonyms for one in came if uid.encode() in encode(one)]
    assert complaints(tmp_path / "0.dcm", *laid(tmp_path / "came", came)) == []
    # A reader sees the marks on the true images, and a viewer finds the object.
    shown = {
        one["image"]: tuple(one["edge"][name] for name in ("row", "column", "rows", "columns"))
        for one in house.get(f"/studies/{study}/overlays")
    }
    marked = [storage_key(str(one.SOPInstanceUID)) for one in slices[1:]]
    assert shown == dict(zip(marked, [(8, 20, 8, 20), (10, 22, 4, 8)], strict=True))
    found = house.get(f"/dicom-web/studies/{study}/instances?SOPInstanceUID={drawn.SOPInstanceUID}")
    assert [one["00080016"]["Value"] for one in found] == [[str(drawn.SOPClassUID)]]
    (told_of,) = house.get(f"/dicom-web/studies/{study}/series/{drawn.SeriesInstanceUID}/metadata")
    assert told_of["00100020"]["Value"] == ["Q-PATIENT-9"]


def laid(folder: Path, objects: Iterable[Dataset]) -> list[Path]:
    """Write objects into a folder."""
    folder.mkdir()
    files = []
    for number, one in enumerate(objects):
        files.append(folder / f"{number}.dcm")
        files[-1].write_bytes(encode(one))
    return files
