from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.dicom_sr import findings_sr
from collega.formats.dicom_write import encode
from collega.model.code import Text
from collega.model.finding import AppResult, Direction, Evaluation, Finding, Region, RegionKind, Score, Status
from collega.model.result import AppIdentity, ObjectIdentity, ObjectReference
from collega.testing.synthetic import ct_series

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., AppResult]


def _groups(document: Dataset) -> list[Dataset]:
    measurements = next(item for item in document.ContentSequence if _name(item) == "Imaging Measurements")
    return list(measurements.ContentSequence)


def _name(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)


def _named(group: Dataset, name: str) -> list[Dataset]:
    return [item for item in group.ContentSequence if _name(item) == name]


def _texts(items: Dataset) -> Iterator[str]:
    for item in items.get("ContentSequence", []):
        if item.ValueType == "TEXT":
            yield str(item.TextValue)
        yield from _texts(item)


@pytest.mark.shows("R25", "R31")
@pytest.mark.parametrize(
    ("evaluation", "code"),
    [(Evaluation.PRESENT, "52101004"), (Evaluation.ABSENT, "272519000"), (Evaluation.UNDETERMINED, "373068000")],
)
def test_each_finding_has_a_group_with_evaluation_and_score(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: MakeFinding,
    evaluation: Evaluation,
    code: str,
) -> None:
    finding = make_finding([film], evaluation=evaluation)
    (group,) = _groups(findings_sr(make_result([film], finding), app, identity, [film]))
    (presence,) = _named(group, "Presence")
    assert presence.ConceptCodeSequence[0].CodeValue == code
    assert _named(group, "Finding")[0].ConceptCodeSequence[0].CodeMeaning == "Pneumonia"
    assert _named(group, "Finding Site")[0].ConceptCodeSequence[0].CodeMeaning == "Lung"
    (score,) = _named(group, "Score for presence (0-100)")
    assert score.ConceptNameCodeSequence[0].CodeValue == "presence-score"
    assert score.ConceptNameCodeSequence[0].CodingSchemeDesignator == "99COLLEGA"
    value = score.MeasuredValueSequence[0]
    assert str(value.NumericValue) == "83.0000"
    assert value.FloatingPointValue == pytest.approx(83)
    assert str(_named(group, "Threshold for presence (0-100)")[0].MeasuredValueSequence[0].NumericValue) == "50.0000"
    area = _named(group, "Area")[0].MeasuredValueSequence[0]
    assert (area.NumericValue, area.MeasurementUnitsCodeSequence[0].CodeValue) == (1234.5, "mm2")
    assert _named(group, "Algorithm Name")[0].TextValue == app.id
    assert _named(group, "Algorithm Version")[0].TextValue == app.version
    assert _named(group, "Algorithm Manufacturer")[0].TextValue == app.vendor
    assert _named(group, "Algorithm Family")[0].ConceptCodeSequence[0].CodeValue == "123110"


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("evaluation", "calibrated", "certain"),
    [
        (Evaluation.PRESENT, True, True),
        (Evaluation.PRESENT, False, False),
        (Evaluation.ABSENT, True, False),
        (Evaluation.UNDETERMINED, True, False),
    ],
)
def test_certainty_stands_only_beside_present_and_calibrated(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: MakeFinding,
    evaluation: Evaluation,
    calibrated: bool,
    certain: bool,
) -> None:
    finding = make_finding([film], evaluation=evaluation)
    finding = replace(finding, score=replace(finding.score, calibrated=calibrated))
    (group,) = _groups(findings_sr(make_result([film], finding), app, identity, [film]))
    assert bool(_named(group, "Certainty of Finding")) is certain


@given(value=st.floats(0, 1, allow_nan=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decimal_and_floating_point_value_agree(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: MakeFinding,
    value: float,
) -> None:
    score = Score(value=value, low=0, high=1, direction=Direction.LOWER_IS_PRESENT, calibrated=False)
    (group,) = _groups(findings_sr(make_result([film], make_finding([film], score=score)), app, identity, [film]))
    written = _named(group, "Score for presence (0-100)")[0].MeasuredValueSequence[0]
    assert written.FloatingPointValue == score.presence_percent
    assert float(written.NumericValue) == pytest.approx(score.presence_percent, rel=1e-5)


@pytest.mark.shows("R25")
@pytest.mark.parametrize("status", [Status.FAILED, Status.NOT_SUITABLE])
def test_what_was_not_analysed_gets_no_report(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, status: Status
) -> None:
    result = AppResult(
        app_id=app.id,
        app_version=app.version,
        study_instance_uid=film.StudyInstanceUID,
        status=status,
        reason_code="x",
        reason=Text(en="x", nl="x"),
    )
    with pytest.raises(InputError, match="needs an analysed study"):
        findings_sr(result, app, identity, [film])


def test_a_result_without_findings_is_no_negative_report(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    with pytest.raises(InputError):
        findings_sr(replace(make_result([film]), findings=()), app, identity, [film])


def test_an_image_that_was_not_analysed_is_refused(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult, make_finding: MakeFinding
) -> None:
    finding = make_finding([film], images=("2.25.404",))
    with pytest.raises(InputError, match=r"2\.25\.404"):
        findings_sr(make_result([film], finding), app, identity, [film])


def test_images_of_two_studies_are_refused(
    film: Dataset, slices: list[Dataset], app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    with pytest.raises(InputError, match="images of 2"):
        findings_sr(make_result([film]), app, identity, [film, *slices])


def test_tracking_depends_on_study_app_version_and_finding(
    film: Dataset, slices: list[Dataset], app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    def uid(result: AppResult, sources: list[Dataset]) -> str:
        (group,) = _groups(findings_sr(result, app, identity, sources))
        return str(_named(group, "Tracking Unique Identifier")[0].UID)

    base = make_result([film])
    other_finding = replace(base, findings=(replace(base.findings[0], id="effusion"),))
    uids = {
        uid(base, [film]),
        uid(other_finding, [film]),
        uid(replace(base, app_version="2"), [film]),
        uid(make_result(slices), slices),
    }
    assert len(uids) == 4
    assert uid(make_result([film]), [film]) in uids


def test_the_device_is_the_app(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    document = findings_sr(make_result([film]), app, identity, [film])
    contributor = document.ContributingEquipmentSequence[0]
    for item in (document, contributor):
        assert item.Manufacturer == app.vendor
        assert item.ManufacturerModelName == app.id
        assert item.SoftwareVersions == app.version
        assert item.DeviceUID == app.device_uid
    assert contributor.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
    assert document.PreliminaryFlag == "PRELIMINARY"
    assert document.VerificationFlag == "UNVERIFIED"


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("language", "warning"),
    [("nl", "demonstratie, niet voor klinisch gebruik"), ("en", "demonstration, not for clinical use")],
)
def test_a_demonstration_says_so_where_it_is_read(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult, language: str, warning: str
) -> None:
    demonstration, spoken = replace(app, clinical_use=False), replace(identity, language=language)
    document = findings_sr(make_result([film]), demonstration, spoken, [film])
    assert any(warning in text for item in document.ContentSequence[:6] for text in [item.get("TextValue", "")])
    assert all(warning in list(_texts(group)) for group in _groups(document))
    assert warning not in str(findings_sr(make_result([film]), app, spoken, [film]))


def test_predecessor_is_named(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    before = ObjectReference(
        study_instance_uid=film.StudyInstanceUID,
        series_instance_uid="2.25.5",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
        sop_instance_uid="2.25.6",
    )
    document = findings_sr(make_result([film]), app, replace(identity, predecessor=before), [film])
    series = document.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == "2.25.5"
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "2.25.6"
    assert "PredecessorDocumentsSequence" not in findings_sr(make_result([film]), app, identity, [film])


def test_evidence_and_library_list_every_analysed_image(
    slices: list[Dataset],
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: MakeResult,
    make_finding: MakeFinding,
) -> None:
    document = findings_sr(make_result(slices, make_finding(slices[:1])), app, identity, slices)
    uids = {str(image.SOPInstanceUID) for image in slices}
    series = document.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert {item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence} == uids
    library = next(item for item in document.ContentSequence if _name(item) == "Image Library")
    images = [item for item in library.ContentSequence[0].ContentSequence if item.ValueType == "IMAGE"]
    assert {item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in images} == uids


def test_a_long_series_is_cited_by_the_images_of_its_regions(
    app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult, make_finding: MakeFinding
) -> None:
    many = ct_series(5, slices=20, size=16)
    marked = str(many[7].SOPInstanceUID)
    region = Region(kind=RegionKind.POINT, image=marked, frame=1, points=((1, 1),))
    (group,) = _groups(findings_sr(make_result(many, make_finding(many, regions=(region,))), app, identity, many))
    cited = [item for item in group.ContentSequence if item.ValueType == "IMAGE"]
    assert [item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in cited] == [marked]


def test_the_same_input_gives_the_same_bytes(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    one, other = (encode(findings_sr(make_result([film]), app, identity, [film])) for _ in range(2))
    assert one == other


def test_notes_of_the_app_are_written(
    film: Dataset, app: AppIdentity, identity: ObjectIdentity, make_result: MakeResult
) -> None:
    note = Text(en="Looks at frontal films.", nl="Kijkt naar voor-achterwaartse opnamen.")
    document = findings_sr(make_result([film], notes=(note,)), app, identity, [film])
    assert note.nl in list(_texts(_groups(document)[0]))
