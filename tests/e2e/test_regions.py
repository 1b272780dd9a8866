"""An app that marks places: regions and a segmentation stand in the PACS beside its report."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from tests.e2e.films import account, contents, delivered_complaints, wait_over, write_film
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.site import site

MARKING = Path(__file__).parent / "marking"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"


@pytest.mark.shows("R25", "R31", "R66")
def test_regions_and_a_mask_come_through(tmp_path: Path) -> None:
    film = write_film(tmp_path, "marked")
    with (
        orthanc(tmp_path / "orthanc") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[MARKING]) as house,
    ):
        house.start()
        dcmsend(house.dicom_port, film.path)
        wait_over(house, film.study)
        told = account(house, film.study)
        assert sorted(one["kind"] for one in told["deliveries"]) == [
            "findings_sr",
            "regions_sr",
            "segmentation",
            "status_page",
        ]
        objects = [dcmread(BytesIO(pacs.instance_file(one["ID"]))) for one in pacs.find_by_study(film.study)]
        assert delivered_complaints(pacs, {film.study: film.path}, tmp_path) == []
    reports = [one for one in objects if one.SOPClassUID == COMPREHENSIVE_3D_SR]
    tracking = {item.UID for one in reports for item in contents(one, "112040")}
    (drawn,) = (one for one in objects if one.Modality == "SEG")
    tracking |= {segment.TrackingUID for segment in drawn.SegmentSequence}
    assert len(reports) == 2
    assert len(tracking) == 1, "report, regions and mask speak of one finding"
    mask = drawn.pixel_array.reshape(512, 512)
    assert np.argwhere(mask).min(0).tolist() == [100, 200]
    assert np.argwhere(mask).max(0).tolist() == [139, 259]
    lengths = [item for one in reports for item in contents(one, "410668003")]
    assert {float(item.MeasuredValueSequence[0].NumericValue) for item in lengths} == {42.5}
    assert {item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue for item in lengths} == {"mm"}
