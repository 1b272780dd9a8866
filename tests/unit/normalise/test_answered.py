"""A vendor's objects are held against the study and the images that were sent."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pydicom import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.study import Study
from collega.normalise.answered import ANY_ZONE, check_answered, read_answered
from collega.testing import records
from collega.testing import vendor_answers as answers
from collega.testing.synthetic import ct_series

IMAGES = ct_series(1, slices=3, size=16)
UIDS = [str(image.SOPInstanceUID) for image in IMAGES]
OTHER = ct_series(2, slices=1, size=16)


def study() -> Study:
    return records.study(read_header(encode(IMAGES[0]), ANY_ZONE))


def judged(folder: Path, objects: Sequence[Dataset]) -> str:
    """Lay the objects down as an answer; the code of what is wrong with it."""
    (folder / "dicom").mkdir()
    for number, item in enumerate(objects):
        (folder / "dicom" / f"{number}.dcm").write_bytes(encode(item))
    try:
        check_answered(read_answered(folder), study(), UIDS)
    except QuarantineError as error:
        return error.code
    return ""


def changed(**values: object) -> Callable[[], list[Dataset]]:
    def make() -> list[Dataset]:
        objects = answers.everything(IMAGES)
        for keyword, value in values.items():
            setattr(objects[-1], keyword, value)
        return objects

    return make


def unknown() -> list[Dataset]:
    report = answers.report(IMAGES)
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    return [report]


def about_another() -> list[Dataset]:
    report = answers.report(IMAGES)
    report.CurrentRequestedProcedureEvidenceSequence = answers.evidence(OTHER)
    report.ContentSequence = []
    return [report]


def own_copy() -> list[Dataset]:
    copy = ct_series(9, slices=1, size=16)[0]
    for keyword in answers.ABOUT_THE_STUDY:
        if keyword in IMAGES[0]:
            setattr(copy, keyword, IMAGES[0][keyword].value)
    return [copy, answers.report([*IMAGES, copy])]


@pytest.mark.shows("R8")
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (changed(), ""),
        (own_copy, ""),
        (changed(IssuerOfPatientID="", AccessionNumber="", PatientBirthDate=""), ""),
        (changed(PatientID="P-other"), "changed-identity"),
        (changed(PatientID=""), "changed-identity"),
        (changed(AccessionNumber="ACC-other"), "changed-identity"),
        (changed(PatientBirthDate="19000101"), "changed-identity"),
        (changed(StudyInstanceUID="1.2.3"), "wrong-study"),
        (about_another, "wrong-study"),
        (unknown, "unknown-image"),
    ],
)
def test_what_an_answer_must_be_about(tmp_path: Path, make: Callable[[], list[Dataset]], code: str) -> None:
    assert judged(tmp_path, make()) == code


@pytest.mark.shows("R8")
def test_what_is_no_dicom_is_said(tmp_path: Path) -> None:
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "1.dcm").write_bytes(b"<html></html>")
    with pytest.raises(QuarantineError) as found:
        read_answered(tmp_path)
    assert found.value.code == "not-dicom"


def test_an_answer_without_objects_is_nothing_to_hold(tmp_path: Path) -> None:
    assert read_answered(tmp_path) == []


@pytest.mark.shows("R8", "R73")
def test_a_comparison_may_name_the_images_of_a_prior_that_was_sent(tmp_path: Path) -> None:
    """A picture names its sources without their studies: it is known by the image alone whether it was sent."""
    (tmp_path / "dicom").mkdir()
    picture = answers.capture(IMAGES)
    picture.SourceImageSequence = [answers.referred(IMAGES[0]), answers.referred(OTHER[0])]
    (tmp_path / "dicom" / "0.dcm").write_bytes(encode(picture))
    said = read_answered(tmp_path)
    check_answered(said, study(), UIDS, [str(OTHER[0].SOPInstanceUID)])
    with pytest.raises(QuarantineError, match="not sent"):
        check_answered(said, study(), UIDS)
