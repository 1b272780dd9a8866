"""Both shipped apps on one site: a head CT ends as a volume in the PACS, each app gets what it is made for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from collega.testing.synthetic import chest_film, ct_series
from tests.e2e.films import account, complaints, contents, held, kinds, wait_over, wait_told
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site

COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
HAEMORRHAGE, VOLUME, PRESENCE = "1386000", "118565006", "705057003"
TRUE_ML = 12.0
CHEST, HEAD = "chest-pneumonia", "head-ct-bleed"


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a site as it comes: with the apps that travel with collega."""
    settings = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": "0.5"}
    with site(tmp_path_factory.mktemp("site"), pacs=(pacs.aet, pacs.dicom_port), settings=settings) as one:
        one.start()
        yield one


def now() -> datetime:
    return datetime.now(ZoneInfo("Europe/Amsterdam"))


def send(house: Site, folder: Path, images: Sequence[Dataset]) -> str:
    """Write and send the images of one study; gives its UID."""
    folder.mkdir()
    for number, image in enumerate(images):
        image.save_as(folder / f"{number:03d}.dcm", enforce_file_format=True)
    sent = dcmsend(house.dicom_port, folder)
    assert f"with status SUCCESS  : {len(images)}" in sent.text, sent.text
    return str(images[0].StudyInstanceUID)


@pytest.fixture(scope="module")
def bleeding(house: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Study of a head with a bleed that has gone the whole way, and its files."""
    folder = tmp_path_factory.mktemp("bleeding") / "images"
    study = send(house, folder, head_ct(21, lesions=[Bleed(volume_ml=TRUE_ML)], made_at=now()))
    wait_over(house, study, seconds=90)
    return study, folder


def stored(pacs: Orthanc, study: str) -> list[Dataset]:
    return [dcmread(BytesIO(pacs.instance_file(one["ID"]))) for one in pacs.find_by_study(study)]


def apps_of(house: Site, study: str) -> dict[str, Any]:
    return {job["app_id"]: job["outcome"] for job in account(house, study)["jobs"]}


def volume_ml(objects: Sequence[Dataset]) -> float:
    """Read the one volume that stands in the reports: a place of it carries none of its own."""
    (item,) = [item for one in objects if one.SOPClassUID == COMPREHENSIVE_3D_SR for item in contents(one, VOLUME)]
    value = item.MeasuredValueSequence[0]
    unit = value.MeasurementUnitsCodeSequence[0]
    assert (unit.CodingSchemeDesignator, unit.CodeValue) == ("UCUM", "ml")
    return float(value.NumericValue)


@pytest.mark.shows("R25", "R31", "R66", "R71")
def test_a_head_ct_ends_as_a_volume_in_the_pacs(house: Site, pacs: Orthanc, bleeding: tuple[str, Path]) -> None:
    study, _ = bleeding
    told = account(house, study)
    assert sorted(one["kind"] for one in told["deliveries"]) == [
        "findings_sr",
        "regions_sr",
        "segmentation",
        "status_page",
    ]
    assert {one["state"] for one in told["deliveries"]} == {"visible"}
    objects = stored(pacs, study)
    reports = [one for one in objects if one.SOPClassUID == COMPREHENSIVE_3D_SR]
    assert len(reports) == 2
    for report in reports:
        assert report.ManufacturerModelName == HEAD
        (found,) = contents(report, "121071")
        assert found.ConceptCodeSequence[0].CodeValue == HAEMORRHAGE
    assert volume_ml(objects) == pytest.approx(TRUE_ML, rel=0.15)
    (presence,) = {item.ConceptCodeSequence[0].CodeMeaning for report in reports for item in contents(report, PRESENCE)}
    assert presence == "Present"
    assert all("AI head-ct-bleed: found (" in report.SeriesDescription for report in reports)
    (page,) = held(pacs, study).pages
    assert page.SeriesDescription == "AI status: found"
    assert "intracranial haemorrhage: present, score " in page.ImageComments
    assert f", volume {volume_ml(objects):.1f} mL" in page.ImageComments


@pytest.mark.shows("R25", "R66")
def test_the_segmentation_has_the_volume_that_the_report_says(pacs: Orthanc, bleeding: tuple[str, Path]) -> None:
    study, folder = bleeding
    objects = stored(pacs, study)
    (drawn,) = (one for one in objects if one.Modality == "SEG")
    said = volume_ml(objects)
    measures = drawn.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    voxel = float(np.prod([*measures.PixelSpacing, measures.SpacingBetweenSlices]))
    assert drawn.pixel_array.sum() * voxel / 1000 == pytest.approx(said, abs=0.01)
    assert drawn.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == HAEMORRHAGE
    source = {str(dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in folder.iterdir()}
    used = {
        str(group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID)
        for group in drawn.PerFrameFunctionalGroupsSequence
    }
    assert used <= source
    assert 1 < len(used) < len(source), "only slices that carry it are marked"


@pytest.mark.shows("R31")
def test_validators_find_nothing_in_what_was_delivered(
    pacs: Orthanc, bleeding: tuple[str, Path], tmp_path: Path
) -> None:
    study, folder = bleeding
    files = []
    for one in pacs.find_by_study(study):
        files.append(tmp_path / f"{one['ID']}.dcm")
        files[-1].write_bytes(pacs.instance_file(one["ID"]))
    assert len(files) == 4
    assert complaints(*sorted(folder.iterdir())[:1], *files) == []


@pytest.mark.shows("R25")
def test_worklist_and_account_say_the_volume(house: Site, bleeding: tuple[str, Path]) -> None:
    study, _ = bleeding
    (row,) = [one for one in house.json("worklist") if one["study_instance_uid"] == study]
    (app,) = row["apps"]
    (words,) = app["finding_words"]
    assert "mL" in words
    (measured,) = app["findings"][0]["measurements"]
    assert (measured["name"], measured["unit"]) == ("Volume", "ml")
    assert f"volume {measured['value']:.1f} mL" in words
    assert f"{measured['value']:.1f} mL" in house.command("worklist")


@pytest.mark.shows("R25")
def test_a_head_without_a_bleed_is_looked_at_and_absent(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    study = send(house, tmp_path / "calm", head_ct(22, made_at=now()))
    told = wait_over(house, study, seconds=90)
    assert sorted(one["kind"] for one in told["deliveries"]) == ["findings_sr", "status_page"]
    (report,) = held(pacs, study).reports
    (presence,) = contents(report, PRESENCE)
    assert presence.ConceptCodeSequence[0].CodeMeaning == "Absent"
    assert contents(report, VOLUME) == []
    assert "nothing found" in report.SeriesDescription


@pytest.mark.shows("R42", "R66")
def test_each_app_gets_what_it_is_made_for(house: Site, bleeding: tuple[str, Path], tmp_path: Path) -> None:
    assert {one["id"] for one in house.json("apps", "list")} == {CHEST, HEAD}
    film = send(house, tmp_path / "film", [chest_film(23, made_at=now())])
    wait_over(house, film)
    assert set(apps_of(house, film)) == {CHEST}
    assert apps_of(house, bleeding[0]) == {HEAD: "found"}


@pytest.mark.shows("R42")
def test_a_chest_ct_is_kept_away_by_the_rules(house: Site, tmp_path: Path) -> None:
    study = send(house, tmp_path / "chest", ct_series(24, slices=20, made_at=now()))
    told = wait_told(house, study, lambda one: one["state"] == "routed", "the chest CT is routed")
    assert told["jobs"] == []
    verdict = next(one for one in house.json("route", "explain", study) if one["app"] == HEAD)
    assert not verdict["accepted"]
    assert any(reason.startswith("no: body_part") and "CHEST" in reason for reason in verdict["reasons"])


@pytest.mark.shows("R25")
def test_what_does_not_suit_is_said_on_the_page(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    images = head_ct(25, lesions=[Bleed(volume_ml=TRUE_ML)], made_at=now())
    for image in images:
        image.ContrastBolusAgent = "Iomeron"
    study = send(house, tmp_path / "contrast", images)
    told = wait_over(house, study, seconds=90)
    (job,) = told["jobs"]
    assert (job["outcome"], job["reason_code"]) == ("not_suitable", "with-contrast")
    (page,) = held(pacs, study).pages
    assert page.SeriesDescription == "AI status: not suitable"
    assert not held(pacs, study).reports


@pytest.mark.shows("R66")
def test_one_page_speaks_for_both_apps_where_a_study_has_both(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    """A film of the chest and a CT of the head under one accession number, as after an accident."""
    images = head_ct(26, lesions=[Bleed(volume_ml=TRUE_ML)], made_at=now())
    film = chest_film(26, made_at=now())
    film.StudyInstanceUID = images[0].StudyInstanceUID
    film.AccessionNumber, film.StudyID = images[0].AccessionNumber, images[0].StudyID
    film.StudyDescription, film.SeriesNumber = images[0].StudyDescription, 2
    study = send(house, tmp_path / "both", [*images, film])
    told = wait_over(house, study, seconds=90)
    assert set(apps_of(house, study)) == {CHEST, HEAD}
    assert apps_of(house, study)[HEAD] == "found"
    pages = held(pacs, study).pages
    assert len(pages) == 1, kinds(told)
    assert {str(report.ManufacturerModelName) for report in held(pacs, study).reports} == {HEAD} | (
        {CHEST} if apps_of(house, study)[CHEST] != "not_suitable" else set()
    )


@pytest.mark.shows("R42")
def test_the_shipped_app_keeps_the_contract(house: Site) -> None:
    assert house.json("apps", "check", HEAD)["ok"]
