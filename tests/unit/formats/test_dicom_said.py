"""Which images an object names, and when two objects say the same."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.formats.dicom_said import read_said
from collega.formats.dicom_write import encode
from collega.model.box import Named, Said
from collega.testing import vendor_answers as answers
from collega.testing.synthetic import MADE_AT, ct_series

ZONE = ZoneInfo("Europe/Amsterdam")
IMAGES = ct_series(1, slices=3, size=16)
UIDS = [str(image.SOPInstanceUID) for image in IMAGES]
STUDY = str(IMAGES[0].StudyInstanceUID)


def said(dataset: Dataset) -> Said:
    encoded = encode(dataset)
    return read_said(encoded, read_object(encoded, ZONE))


def placed(*uids: str) -> set[Named]:
    return {Named(study_instance_uid=STUDY, sop_instance_uid=uid) for uid in uids}


def loose(*uids: str) -> set[Named]:
    return {Named(study_instance_uid="", sop_instance_uid=uid) for uid in uids}


@pytest.mark.shows("R8")
@pytest.mark.parametrize(
    ("make", "named"),
    [
        (answers.report, placed(*UIDS)),
        (answers.capture, loose(UIDS[0])),
        (answers.segmentation, loose(UIDS[0])),
        (answers.presentation_state, loose(UIDS[0])),
        (answers.paper, set()),
    ],
)
def test_every_kind_of_object_says_which_images_it_is_about(
    make: Callable[[Sequence[Dataset]], Dataset], named: set[Named]
) -> None:
    found = said(make(IMAGES))
    assert set(found.images) == named
    assert found.images_of(STUDY) == {item.sop_instance_uid for item in named}


@pytest.mark.shows("R8")
def test_images_of_a_prior_are_told_apart_by_the_study_that_stands_above_them() -> None:
    report = answers.report(IMAGES[:1])
    prior = ct_series(2, slices=1, size=16, made_at=MADE_AT - timedelta(days=9))
    report.PertinentOtherEvidenceSequence = answers.evidence(prior)
    found = said(report)
    assert found.images_of(STUDY) == {UIDS[0]}
    assert found.images_of(str(prior[0].StudyInstanceUID)) == {str(prior[0].SOPInstanceUID)}


@pytest.mark.shows("R8")
def test_reports_and_procedure_steps_that_are_named_are_no_images() -> None:
    report = answers.report(IMAGES)
    report.PredecessorDocumentsSequence = answers.evidence([answers.report(IMAGES)])
    step = Dataset()
    step.ReferencedSOPClassUID, step.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.3", "1.2.3"
    report.ReferencedPerformedProcedureStepSequence = [step]
    assert said(report).images_of(STUDY) == set(UIDS)


@pytest.mark.shows("R5")
@pytest.mark.parametrize("make", [answers.report, answers.capture, answers.segmentation, answers.paper])
def test_an_object_that_is_made_again_says_the_same(make: Callable[[Sequence[Dataset]], Dataset]) -> None:
    first, second = make(IMAGES), make(IMAGES)
    second.InstanceNumber = 2
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert said(first).digest == said(second).digest


@pytest.mark.shows("R5")
def test_other_words_other_pixels_and_other_images_say_something_else() -> None:
    pictures = [answers.capture(IMAGES), answers.capture(IMAGES), answers.capture(IMAGES[1:])]
    pictures[1].PixelData = bytes(4096)
    reports = [answers.report(IMAGES), answers.report(IMAGES, present=False), answers.report(IMAGES, score=1.0)]
    digests = {said(item).digest for item in (*pictures, *reports)}
    assert len(digests) == len(pictures) + len(reports)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(200, 2000), byte=st.integers(0, 255))
def test_damaged_objects_are_read_or_refused(place: int, byte: int) -> None:
    encoded = bytearray(ENCODED)
    encoded[place % len(encoded)] = byte
    try:
        header = read_object(bytes(encoded), ZONE)
    except QuarantineError:
        return
    found = read_said(bytes(encoded), header)
    assert found.header is header


ENCODED = encode(answers.report(IMAGES))
