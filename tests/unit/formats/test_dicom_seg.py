from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_seg import segmentation
from collega.formats.dicom_write import encode
from collega.model.finding import AppResult, Finding, Segment
from collega.model.result import AppIdentity, ObjectIdentity

MakeResult = Callable[..., AppResult]


def _segment(finding_id: str, sources: Sequence[Dataset]) -> Segment:
    images = tuple(str(source.SOPInstanceUID) for source in sources)
    return Segment(finding_id=finding_id, label=finding_id, images=images, file="mask.npz")


def _mask(sources: Sequence[Dataset], *planes: int) -> NDArray[np.bool_]:
    mask = np.zeros((len(sources), sources[0].Rows, sources[0].Columns), dtype=bool)
    for plane in planes:
        mask[plane, 10 : 20 + plane, 30:50] = True
    return mask


def test_the_mask_comes_back_on_its_image(
    slices: list[Dataset], app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    mask = _mask(slices, 1, 3)
    result = make_result(slices, segments=(_segment("opacity", slices),))
    built = segmentation(result, app, identity, slices, {"opacity": mask})
    assert built is not None
    read = dcmread(BytesIO(encode(built)))
    assert read.SegmentationType == "BINARY"
    pixels = read.pixel_array
    assert pixels.sum() == mask.sum()
    for number, frame in enumerate(read.PerFrameFunctionalGroupsSequence):
        uid = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        plane = [image.SOPInstanceUID for image in slices].index(uid)
        np.testing.assert_array_equal(pixels[number].astype(bool), mask[plane])
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert list(position) == list(slices[plane].ImagePositionPatient)


def test_tracking_colour_and_sides(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    result = make_result([film], segments=(_segment("opacity", [film]),))
    built = segmentation(result, app, identity, [film], {"opacity": _mask([film], 0)})
    regions = regions_sr(result, app, identity, [film])
    assert built is not None
    assert regions is not None
    (segment,) = built.SegmentSequence
    group = regions.ContentSequence[-1].ContentSequence[0]
    assert segment.TrackingUID == group.ContentSequence[1].UID
    assert segment.TrackingID == "opacity"
    assert len(segment.RecommendedDisplayCIELabValue) == 3
    assert list(built.PatientOrientation) == ["L", "F"]
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "233604007"


def test_two_findings_are_two_segments_that_may_overlap(
    slices: list[Dataset],
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: Callable[..., Finding],
) -> None:
    findings = (make_finding(slices), make_finding(slices, id="nodule"))
    segments = (_segment("opacity", slices), _segment("nodule", slices[2:4]))
    masks = {"opacity": _mask(slices, 2), "nodule": _mask(slices[2:4], 0)}
    built = segmentation(make_result(slices, *findings, segments=segments), app, identity, slices, masks)
    assert built is not None
    assert [segment.SegmentLabel for segment in built.SegmentSequence] == ["opacity", "nodule"]
    assert built.SegmentsOverlap == "YES"


def test_an_empty_mask_gives_no_object(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    result = make_result([film], segments=(_segment("opacity", [film]),))
    assert segmentation(result, app, identity, [film], {"opacity": _mask([film])}) is None
    assert segmentation(make_result([film]), app, identity, [film], {}) is None


@pytest.mark.parametrize("masks", [{}, {"opacity": np.ones((1, 8, 8), dtype=bool)}])
def test_a_mask_that_is_missing_or_does_not_fit_is_refused(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    masks: dict[str, NDArray[np.bool_]],
) -> None:
    result = make_result([film], segments=(_segment("opacity", [film]),))
    with pytest.raises(InputError, match="mask of opacity"):
        segmentation(result, app, identity, [film], masks)


def test_masks_on_images_of_different_size_are_refused(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: Callable[..., Finding],
) -> None:
    small = deepcopy(film)
    small.SOPInstanceUID, small.Rows = "2.25.77", 256
    findings = (make_finding([film]), make_finding([small], id="other", regions=()))
    segments = (_segment("opacity", [film]), _segment("other", [small]))
    masks = {"opacity": _mask([film], 0), "other": _mask([small], 0)}
    with pytest.raises(InputError, match="different size"):
        segmentation(make_result([film], *findings, segments=segments), app, identity, [film, small], masks)


def test_masks_on_images_of_several_frames_are_refused(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    cine = deepcopy(film)
    cine.NumberOfFrames = 4
    result = make_result([cine], segments=(_segment("opacity", [cine]),))
    with pytest.raises(InputError, match="several frames"):
        segmentation(result, app, identity, [cine], {"opacity": _mask([cine], 0)})


def test_slices_without_a_place_in_space_are_refused(
    slices: list[Dataset], app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    lost = deepcopy(slices)
    for image in lost:
        del image.FrameOfReferenceUID
    result = make_result(lost, segments=(_segment("opacity", lost),))
    with pytest.raises(InputError, match="cannot be written as a segmentation"):
        segmentation(result, app, identity, lost, {"opacity": _mask(lost, 0)})


def test_the_same_input_gives_the_same_bytes(
    slices: list[Dataset], app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    def build() -> bytes:
        result = make_result(slices, segments=(_segment("opacity", slices),))
        built = segmentation(result, app, identity, slices, {"opacity": _mask(slices, 0, 4)})
        assert built is not None
        return encode(built)

    assert build() == build()


def test_a_demonstration_is_named_as_such(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    result = make_result([film], segments=(_segment("opacity", [film]),))
    built = segmentation(result, replace(app, clinical_use=False), identity, [film], {"opacity": _mask([film], 0)})
    assert built is not None
    assert built.ContentDescription == "demonstratie, niet voor klinisch gebruik"
