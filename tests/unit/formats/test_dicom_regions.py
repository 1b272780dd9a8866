from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.dicom_regions import outline, regions_sr
from collega.formats.dicom_sr import findings_sr
from collega.formats.dicom_write import encode
from collega.model.code import Text
from collega.model.finding import AppResult, Finding, Region, RegionKind, Status
from collega.model.result import AppIdentity, ObjectIdentity

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., AppResult]


def _groups(document: Dataset) -> list[Dataset]:
    return list(document.ContentSequence[-1].ContentSequence)


def _tracking(group: Dataset) -> tuple[str, str]:
    identifier, uid = group.ContentSequence[:2]
    return str(identifier.TextValue), str(uid.UID)


def test_each_region_has_a_group_that_shares_its_tracking_with_the_findings(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    result = make_result([film])
    regions = regions_sr(result, app, replace(identity, sop_instance_uid="2.25.2"), [film])
    assert regions is not None
    assert len(_groups(regions)) == 3
    (finding,) = _groups(findings_sr(result, app, identity, [film]))
    assert {_tracking(group) for group in _groups(regions)} == {_tracking(finding)}
    assert {group.ContentTemplateSequence[0].TemplateIdentifier for group in _groups(regions)} == {"1410"}


def test_coordinates_stand_in_the_group_and_under_its_number(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    regions = regions_sr(make_result([film]), app, identity, [film])
    assert regions is not None
    for group in _groups(regions):
        (number,) = [item for item in group.ContentSequence if item.ValueType == "NUM"]
        (region,) = [item for item in group.ContentSequence if item.ValueType == "SCOORD"]
        (under,) = number.ContentSequence
        assert under.RelationshipType == "INFERRED FROM"
        assert under.GraphicData == region.GraphicData
        for coordinates in (under, region):
            image = coordinates.ContentSequence[0]
            assert image.RelationshipType == "SELECTED FROM"
            assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == film.SOPInstanceUID


def test_frames_of_a_multi_frame_image_are_named(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult, make_finding: MakeFinding
) -> None:
    cine = deepcopy(film)
    cine.SOPClassUID, cine.NumberOfFrames = "1.2.840.10008.5.1.4.1.1.12.1", 4
    region = Region(kind=RegionKind.POINT, image=film.SOPInstanceUID, frame=3, points=((1, 1),))
    regions = regions_sr(make_result([cine], make_finding([cine], regions=(region,))), app, identity, [cine])
    assert regions is not None
    (group,) = _groups(regions)
    (coordinates,) = [item for item in group.ContentSequence if item.ValueType == "SCOORD"]
    assert coordinates.ContentSequence[0].ReferencedSOPSequence[0].ReferencedFrameNumber == 3


def test_no_region_no_document(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult, make_finding: MakeFinding
) -> None:
    assert regions_sr(make_result([film], make_finding([film], regions=())), app, identity, [film]) is None


def test_a_failed_run_has_no_regions(film: Dataset, app: AppIdentity, identity: ObjectIdentity) -> None:
    failed = AppResult(
        app_id=app.id,
        app_version="1",
        study_instance_uid=film.StudyInstanceUID,
        status=Status.FAILED,
        reason_code="x",
        reason=Text(en="x", nl="x"),
    )
    with pytest.raises(InputError):
        regions_sr(failed, app, identity, [film])


def test_box_and_polygon_become_closed_lines() -> None:
    box = Region(kind=RegionKind.BOX, image="1", frame=1, points=((1, 2), (5, 8)))
    np.testing.assert_array_equal(outline(box), [[1, 2], [5, 2], [5, 8], [1, 8], [1, 2]])
    closed = Region(kind=RegionKind.POLYGON, image="1", frame=1, points=((0, 0), (1, 0), (0, 1), (0, 0)))
    assert len(outline(closed)) == 4


def test_the_same_input_gives_the_same_bytes(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    def build() -> bytes:
        document = regions_sr(make_result([film]), app, identity, [film])
        assert document is not None
        return encode(document)

    assert build() == build()
