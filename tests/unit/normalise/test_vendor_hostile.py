"""Answers that are broken, endless, or about something else: set apart with a reason, never a crash, never "absent"."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from collega.errors import QuarantineError
from collega.formats.vendor.said import MOST_STATEMENTS
from collega.formats.vendor.sr_tree import DEEPEST
from collega.model.finding import Evaluation
from collega.model.results import ScoreConcept, Silence
from collega.testing.synthetic import chest_film
from tests.unit.normalise import cad_reports as cad
from tests.unit.normalise.vendor_answers import (
    ABSENT,
    NODULE,
    RESTATES,
    Box,
    group,
    place,
    report,
)


@pytest.fixture(scope="module")
def film() -> Dataset:
    return chest_film(5, compressed=False)


@pytest.fixture
def box(film: Dataset, tmp_path: Path) -> Box:
    return Box([film], tmp_path)


def groups_of(document: Dataset) -> Sequence:
    measurements = document.ContentSequence[-1]
    found: Sequence = measurements.ContentSequence
    return found


def many(document: Dataset) -> None:
    finding = cad.coded(("121071", "DCM", "Finding"), NODULE)
    item = cad.item("CONTAINER", ("125007", "DCM", "Measurement Group"), finding)
    groups_of(document).extend([item] * (MOST_STATEMENTS + 1))


def deep(document: Dataset) -> None:
    at = groups_of(document)[0]
    for _ in range(DEEPEST):
        at.ContentSequence = Sequence([cad.item("CONTAINER", ("125007", "DCM", "Measurement Group"))])
        at = at.ContentSequence[0]


def other_study(document: Dataset) -> None:
    document.StudyInstanceUID = "1.2.3.99"


def other_patient(document: Dataset) -> None:
    document.PatientID = "12345"


def other_image(document: Dataset) -> None:
    for item in groups_of(document)[0].ContentSequence:
        if item.ValueType == "IMAGE":
            item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.3.98"


def no_uid(document: Dataset) -> None:
    document.StudyInstanceUID = ""


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (many, "too-much"),
        (deep, "too-deep"),
        (other_study, "wrong-study"),
        (other_patient, "changed-identity"),
        (other_image, "unknown-image"),
        (no_uid, "missing-uid"),
    ],
)
def test_a_wrong_report_is_set_apart(box: Box, change: Callable[[Dataset], None], code: str) -> None:
    assert box.answers(group(box.film), change=change).refused() == code


def nested(levels: int) -> bytes:
    """Bytes of a report whose content is nested so deep that no reader by recursion comes to its end."""
    item, end = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff", b""
    end = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    return item * levels + end * levels


@pytest.mark.shows("R25")
def test_a_report_nested_ten_thousand_levels_deep_ends_nothing(box: Box) -> None:
    content = report(box.film, group(box.film))
    tree = content.index(b"\x40\x00\x30\xa7SQ")
    assert box.gets(sr__dcm=content[:tree] + nested(10_000)).refused() in {"not-dicom", "too-deep"}


@pytest.mark.shows("R25")
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.9])
def test_a_report_that_breaks_off_is_no_absence(box: Box, share: float) -> None:
    content = report(box.film, group(box.film))
    box.gets(sr__dcm=content[: int(share * len(content))])
    try:
        result = box.read(replace(RESTATES, silence=Silence.ABSENT)).result
    except QuarantineError:
        return
    assert [finding.evaluation for finding in result.findings] != [Evaluation.ABSENT]


def test_a_finding_that_is_there_and_is_not_there(box: Box) -> None:
    box.answers(group(box.film, lesion="1"), group(box.film, word=ABSENT, lesion="1"))
    assert box.refused() == "contradiction"
    # Another lesion that has gone is no contradiction, and takes nothing away.
    (finding,) = box.answers(group(box.film), group(box.film, word=ABSENT, lesion="2")).read().result.findings
    assert finding.evaluation is Evaluation.PRESENT


def test_a_word_on_another_property_is_no_word_on_the_finding(box: Box) -> None:
    spiculated = ("129742005", "SCT", "Spiculated lesion")
    box.answers(group(box.film, word=ABSENT, name=spiculated))
    (finding,) = box.read().result.findings
    assert finding.evaluation is Evaluation.UNDETERMINED
    assert box.read().unread == ("dicom/sr.dcm: Spiculated lesion (129742005, SCT)",)


def test_a_number_off_its_scale_is_set_apart(box: Box) -> None:
    spec = replace(RESTATES, score=ScoreConcept(concept=("DCM", "111012")))
    assert box.answers(group(box.film, number=85.0)).refused(spec) == "score"


def test_a_place_off_its_image_is_set_apart(box: Box) -> None:
    assert box.answers(place(box.film, [(10, 10), (5000, 10), (50, 60), (10, 10)])).refused() == "geometry"


@pytest.mark.shows("R5")
def test_private_codes_and_foreign_letters_are_kept(box: Box) -> None:
    box.answers(group(box.film, ("X-1", "99BOX", "Überraschung in de Łong"), None))
    assert box.read().unread == ("dicom/sr.dcm: Überraschung in de Łong (X-1, 99BOX)",)


def test_control_characters_do_not_reach_the_database(box: Box) -> None:
    def change(document: Dataset) -> None:
        document.SeriesDescription = "a\x00b\x1b[31mc"
        groups_of(document)[0].ContentSequence[0].TextValue = "x\x00y"

    result = box.answers(group(box.film, NODULE, None), change=change).read()
    assert "\x00" not in repr(result)
    assert "\x1b" not in result.result.attachments[0].title


def test_more_files_than_anyone_looks_at(box: Box) -> None:
    folder = box.folder / "files"
    folder.mkdir(parents=True)
    for number in range(2_001):
        (folder / f"{number}.png").touch()
    assert box.refused() == "too-much"


@cache
def seeds() -> list[bytes]:
    film = chest_film(5, compressed=False)
    outline = [(10, 10), (50, 10), (50, 60), (10, 10)]
    return [
        report(film, group(film, number=50.0), place(film, outline, lesion="2")),
        cad.cad_report(film, cad.finding(cad.MASS, certainty="85"), cad.finding(cad.CALCIFICATIONS, cad.OPTIONAL)),
    ]


@pytest.mark.shows("R25")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_that_were_changed_are_read_or_set_apart(mutated: Box, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(seeds())))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(132, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    read_or_refused(mutated, bytes(content))


@pytest.fixture(scope="module")
def mutated(film: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Box:
    return Box([film], tmp_path_factory.mktemp("mutated"))


def read_or_refused(box: Box, content: bytes) -> None:
    try:
        box.gets(any__dcm=content).read(replace(RESTATES, silence=Silence.ABSENT))
    except QuarantineError as error:
        assert error.code  # noqa: PT017 - every other error fails the test


VALUES: Any = st.sampled_from(["", "\\", "x" * 70, "-1", "nan", "1e400", None, [], "1.2.3", "é", 0])


def elements(dataset: Dataset) -> list[tuple[Dataset, Any]]:
    found = []
    for element in dataset:
        found.append((dataset, element.tag))
        if element.VR == "SQ":
            for item in element.value:
                found += elements(item)
    return found


@pytest.mark.shows("R25")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_values_that_were_changed_are_read_or_set_apart(mutated: Box, data: st.DataObject) -> None:
    dataset = dcmread(BytesIO(data.draw(st.sampled_from(seeds()))))
    for _ in range(data.draw(st.integers(1, 4))):
        holder, tag = data.draw(st.sampled_from(elements(dataset)))
        if data.draw(st.booleans()):
            holder.pop(tag, None)
        elif tag in holder:
            holder[tag]._value = Sequence() if holder[tag].VR == "SQ" else data.draw(VALUES)  # noqa: SLF001 - past its checks
    buffer = BytesIO()
    try:
        dataset.save_as(buffer)
    except Exception:  # noqa: BLE001 - what cannot be written is no answer
        return
    read_or_refused(mutated, buffer.getvalue())
