"""What our own writers write is read back to the same findings: another site of collega is a vendor like any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_seg import segmentation
from collega.formats.dicom_sr import as_comprehensive_sr, findings_sr
from collega.formats.dicom_write import encode
from collega.model.app import FindingSpec
from collega.model.code import Code
from collega.model.finding import (
    AppResult,
    Direction,
    Evaluation,
    Finding,
    Measurement,
    Region,
    RegionKind,
    Score,
    Segment,
)
from collega.model.result import ObjectIdentity
from collega.model.results import ResultsSpec
from collega.normalise.checks import read_mask
from collega.testing import records
from collega.testing.synthetic import ct_series
from tests.unit.normalise.vendor_answers import Box

LUNG = Code(scheme="SCT", value="39607008", meaning="Lung")
AREA = Code(scheme="SCT", value="42798000", meaning="Area")
NODULE = Code(scheme="SCT", value="27925004", meaning="Nodule")
IDENTITY = ObjectIdentity(
    sop_instance_uid="2.25.1",
    series_instance_uid="2.25.2",
    series_number=900,
    instance_number=1,
    series_description="AI",
    created_at=records.AT,
    timezone="Europe/Amsterdam",
    language="nl",
)
NO_NUMBER_IS_MADE_UP = ResultsSpec(restates=False)


@pytest.fixture(scope="module")
def slices() -> list[Dataset]:
    return ct_series(7, slices=3, size=64)


def regions(image: str) -> st.SearchStrategy[Region]:
    place = st.integers(0, 640).map(lambda tenths: float(np.float32(tenths / 10)))
    point = st.tuples(place, place)
    corners = st.tuples(st.integers(0, 31), st.integers(0, 31), st.integers(1, 32), st.integers(1, 32))
    return st.one_of(
        st.builds(lambda at: Region(kind=RegionKind.POINT, image=image, frame=1, points=(at,)), point),
        corners.map(
            lambda c: Region(
                kind=RegionKind.BOX,
                image=image,
                frame=1,
                points=((float(c[0]), float(c[1])), (float(c[0] + c[2]), float(c[1] + c[3]))),
            )
        ),
        st.lists(point, min_size=5, max_size=9, unique=True).map(
            lambda points: Region(kind=RegionKind.POLYGON, image=image, frame=1, points=tuple(points))
        ),
    )


@st.composite
def findings(draw: st.DrawFn, images: list[str]) -> tuple[FindingSpec, Finding]:
    low, high = draw(st.sampled_from([(0.0, 1.0), (-5.0, 3.0), (0.0, 100.0)]))
    direction = draw(st.sampled_from(Direction))
    threshold = draw(st.none() | st.just((low + high) / 2))
    value = draw(st.floats(low, high))
    is_over = direction is Direction.HIGHER_IS_PRESENT
    wrong = None
    if threshold is not None:
        is_present = value >= threshold if is_over else value <= threshold
        wrong = Evaluation.ABSENT if is_present else Evaluation.PRESENT
    evaluation = draw(st.sampled_from([item for item in Evaluation if item is not wrong]))
    spec = records.finding_spec(
        id="nodule",
        code=NODULE,
        low=low,
        high=high,
        direction=direction,
        calibrated=draw(st.booleans()),
        threshold=threshold,
        threshold_range=None,
    )
    score = Score(value=value, low=low, high=high, direction=direction, calibrated=spec.calibrated)
    looked_at = draw(st.lists(st.sampled_from(images), min_size=1, unique=True))
    finding = Finding(
        id="nodule",
        code=NODULE,
        site=draw(st.none() | st.just(LUNG)),
        evaluation=evaluation,
        score=score,
        threshold=threshold,
        images=tuple(looked_at),
        regions=tuple(draw(st.lists(regions(looked_at[0]), max_size=3, unique=True))),
        measurements=tuple(
            Measurement(name=AREA, value=float(number), unit="mm2")
            for number in draw(st.lists(st.integers(0, 10_000), max_size=2, unique=True))
        ),
    )
    return spec, finding


@pytest.mark.shows("R5")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_reports_of_ours_are_read_back(
    slices: list[Dataset], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    images = [str(image.SOPInstanceUID) for image in slices]
    spec, finding = data.draw(findings(images))
    box = Box(slices, tmp_path_factory.mktemp("box"))
    app = records.manifest("maker").identity
    result = records.analysed(str(slices[0].StudyInstanceUID), [finding], app_id="maker")
    document = findings_sr(result, app, IDENTITY, slices)
    if data.draw(st.booleans()):
        document = as_comprehensive_sr(document, "2.25.3")
    places = regions_sr(result, app, replace(IDENTITY, sop_instance_uid="2.25.4"), slices)
    box.gets(findings__dcm=encode(document), **({"places__dcm": encode(places)} if places else {}))
    (read,) = box.read(NO_NUMBER_IS_MADE_UP, findings=(spec,)).result.findings
    assert read.score.value == pytest.approx(finding.score.value, rel=1e-9, abs=1e-9)
    assert set(read.regions) == set(finding.regions)
    assert set(read.images) == set(finding.images)
    same = replace(finding, score=read.score, regions=read.regions, images=read.images)
    assert read == same


@pytest.mark.shows("R5")
def test_a_segmentation_of_ours_is_read_back(slices: list[Dataset], tmp_path: Path) -> None:
    images = tuple(str(image.SOPInstanceUID) for image in slices)
    finding = replace(records.finding(images), regions=())
    mask = np.zeros((3, 64, 64), dtype=np.bool_)
    mask[1, 10:20, 30:41] = mask[2, 12:20, 30:35] = True
    made: AppResult = records.analysed(
        str(slices[0].StudyInstanceUID),
        [finding],
        segments=(Segment(finding_id="pneumonia", label="x", images=images, file="mask.npy"),),
    )
    written = segmentation(made, records.manifest().identity, IDENTITY, slices, {"pneumonia": mask})
    assert written is not None
    box = Box(slices, tmp_path).gets(seg__dcm=encode(written))
    result = box.read().result
    (segment,) = result.segments
    assert segment.images == images[1:]
    assert np.array_equal(read_mask(box.folder / segment.file), mask[1:])
    assert result.findings[0].evaluation is Evaluation.PRESENT
