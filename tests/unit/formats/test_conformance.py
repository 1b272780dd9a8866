"""Every kind of object, from every odd source, before the validators of others."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from highdicom._standard_utils import get_module_attribute_map
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset

from collega.formats import dicom_identity
from collega.formats.dicom_identity import TAGS
from collega.formats.dicom_ko import rejection_note
from collega.formats.dicom_references import reference_of
from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_sc import status_page
from collega.formats.dicom_seg import segmentation
from collega.formats.dicom_sr import as_comprehensive_sr, findings_sr
from collega.formats.dicom_write import encode
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation, Segment
from collega.model.result import AppIdentity, ObjectIdentity, StatusLine
from collega.testing.synthetic import chest_film

Complaints = Callable[[Dataset, Dataset], list[str]]
Build = Callable[[str, list[Dataset]], Dataset]
KINDS = ("findings", "regions", "segmentation", "status", "rejection")
FILMS = Path(__file__).parents[4] / "shared" / "data" / "cxr"


@pytest.fixture
def build(
    app: AppIdentity, identity: ObjectIdentity, make_result: Callable[..., AppResult], status_line: StatusLine
) -> Build:
    """Object of a kind over given sources; the app is a demonstration, so that its warning is validated too."""
    shown = replace(app, clinical_use=False)

    def of_kind(kind: str, sources: list[Dataset]) -> Dataset:
        images = tuple(str(source.SOPInstanceUID) for source in sources)
        segment = Segment(finding_id="opacity", label="opacity", images=images, file="m")
        result = make_result(sources, segments=(segment,), notes=(Text(en="note", nl="let op: café"),))
        mask = np.zeros((len(sources), sources[0].Rows, sources[0].Columns), dtype=bool)
        mask[:, 4:9, 4:9] = True
        makers: dict[str, Callable[[], Dataset | None]] = {
            "findings": lambda: findings_sr(result, shown, identity, sources),
            "regions": lambda: regions_sr(result, shown, identity, sources),
            "segmentation": lambda: segmentation(result, shown, identity, sources, {"opacity": mask}),
            "status": lambda: status_page([status_line], identity, sources, replaces=None),
            "rejection": lambda: rejection_note(
                [reference_of(sources[0])], Text(en="wrong", nl="fout"), identity, sources
            ),
        }
        made = makers[kind]()
        assert made is not None
        return made

    return of_kind


@pytest.mark.shows("R31")
@pytest.mark.parametrize("kind", KINDS)
def test_objects_on_films_are_conformant(film: Dataset, kind: str, build: Build, complaints: Complaints) -> None:
    assert complaints(build(kind, [film]), film) == []


@pytest.mark.shows("R31")
@pytest.mark.parametrize("kind", KINDS)
def test_objects_on_slices_are_conformant(
    slices: list[Dataset], kind: str, build: Build, complaints: Complaints
) -> None:
    assert complaints(build(kind, slices), slices[0]) == []


@pytest.mark.shows("R31")
@pytest.mark.parametrize("kind", ["findings", "regions"])
def test_the_plainer_class_is_conformant_too(film: Dataset, kind: str, build: Build, complaints: Complaints) -> None:
    plainer = as_comprehensive_sr(build(kind, [film]), "2.25.808")
    assert (plainer.SOPClassUID, plainer.SOPInstanceUID) == ("1.2.840.10008.5.1.4.1.1.88.33", "2.25.808")
    assert complaints(plainer, film) == []


@pytest.mark.shows("R31")
@pytest.mark.parametrize("kind", KINDS)
def test_objects_on_odd_films_are_conformant(
    odd_film: Dataset, kind: str, build: Build, complaints: Complaints
) -> None:
    allowed = _faults_of_the_source(odd_film)
    found = complaints(build(kind, [odd_film]), odd_film)
    assert [line for line in found if not any(word in line for word in allowed)] == []


def _faults_of_the_source(source: Dataset) -> set[str]:
    """Attributes that are wrong or absent in the source and are not ours to correct."""
    wrong = {"PatientSex"} if source.get("PatientSex") not in {None, "", "F", "M", "O"} else set()
    return wrong | {keyword for keyword in dicom_identity.TYPE_2 if keyword not in source}


def written_by_pydicom(dataset: Dataset) -> bytes:
    target = DicomFileLike(buffer := BytesIO())
    target.is_little_endian, target.is_implicit_VR = True, False
    write_dataset(target, dataset)
    return buffer.getvalue()


@pytest.mark.shows("R31")
@pytest.mark.parametrize("kind", KINDS)
def test_patient_and_study_come_through_byte_for_byte(odd_film: Dataset, kind: str, build: Build) -> None:
    made = build(kind, [odd_film])
    content = encode(made)
    assert content.endswith(written_by_pydicom(made)), "our way through nested data sets changes nothing"
    read = dcmread(BytesIO(content))
    again = dcmread(BytesIO(encode(odd_film)))
    for tag in TAGS:
        if tag not in again:
            assert tag not in read or not read[tag].value, tag
            continue
        theirs, ours = again.get_item(tag), read.get_item(tag)
        if theirs.VR == "SQ":
            assert read[tag] == again[tag]
        else:
            assert (ours.VR, ours.value) == (theirs.VR, theirs.value), tag


def test_wrong_bytes_of_a_source_without_character_set_come_through(film: Dataset, build: Build) -> None:
    latin = deepcopy(film)
    latin.SpecificCharacterSet, latin.PatientName = "ISO_IR 100", "Müller^Renée"
    data = encode(latin).replace(b"ISO_IR 100", b"ISO_IR 6  ")
    wrong = dcmread(BytesIO(data))
    read = dcmread(BytesIO(encode(build("findings", [wrong]))))
    assert read.get_item("PatientName").value.strip() == "Müller^Renée".encode("latin-1")


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_is_no_number_does_not_stop_a_result(film: Dataset, kind: str, build: Build) -> None:
    heavy = deepcopy(film)
    heavy.PatientWeight, heavy.KVP = "71.5", "81.5"
    wrong = dcmread(BytesIO(encode(heavy).replace(b"71.5", b"71,5").replace(b"81.5", b"N/A ")))
    read = dcmread(BytesIO(encode(build(kind, [wrong]))))
    assert read.get_item("PatientWeight").value == b"71,5"


@pytest.mark.parametrize("kind", KINDS)
def test_the_object_is_what_its_identity_says(film: Dataset, identity: ObjectIdentity, kind: str, build: Build) -> None:
    made = build(kind, [film])
    assert made.SOPInstanceUID == identity.sop_instance_uid
    assert made.SeriesInstanceUID == identity.series_instance_uid
    assert (made.SeriesNumber, made.InstanceNumber) == (901, 1)
    assert made.SeriesDescription == identity.series_description
    assert (made.ContentDate, made.ContentTime, made.TimezoneOffsetFromUTC) == ("20260302", "093105.250000", "+0100")
    assert (made.InstanceCreationDate, made.InstanceCreationTime) == (made.ContentDate, made.ContentTime)


@pytest.mark.parametrize("kind", KINDS)
def test_sources_are_left_alone(slices: list[Dataset], kind: str, build: Build) -> None:
    before = [encode(image) for image in slices]
    build(kind, slices)
    assert [encode(image) for image in slices] == before


def test_the_attributes_copied_are_those_of_the_modules() -> None:
    """A second transcription: highdicom's tables of PS3.3."""
    modules = get_module_attribute_map()
    ours = dict(
        zip(
            ("patient", "clinical-trial-subject", "general-study", "patient-study", "clinical-trial-study"),
            dicom_identity.MODULES,
            strict=True,
        )
    )
    for name, keywords in ours.items():
        theirs = {item["keyword"] for item in modules[name] if not item["path"]}
        # Retired attributes that older devices still send.
        assert set(keywords.split()) - theirs <= {"OtherPatientIDs", "EthnicGroup"}
        assert theirs <= set(keywords.split())


@pytest.mark.parametrize("evaluation", Evaluation)
def test_a_report_reads_well_in_dsrdump(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: Callable[..., AppResult],
    make_finding: Callable[..., object],
    run_tool: Callable[..., str],
    tmp_path: Path,
    evaluation: Evaluation,
) -> None:
    path = tmp_path / "report.dcm"
    result = make_result([film], make_finding([film], evaluation=evaluation))
    path.write_bytes(encode(findings_sr(result, app, identity, [film])))
    dumped = run_tool("dsrdump", "+Pc", path)
    assert not [line for line in dumped.splitlines() if line.startswith(("E:", "F:"))]
    assert 'CODE:(121071,DCM,"Finding")=(233604007,SCT,"Pneumonia")' in dumped
    assert f'(705057003,SCT,"Presence")=({_code(evaluation)}' in dumped
    assert 'NUM:(presence-score,99COLLEGA,"Score for presence (0-100)")="83.0000"' in dumped


def _code(evaluation: Evaluation) -> str:
    return {Evaluation.PRESENT: "52101004", Evaluation.ABSENT: "272519000", Evaluation.UNDETERMINED: "373068000"}[
        evaluation
    ]


@pytest.mark.shows("R31")
def test_real_films_are_served_too(build: Build, complaints: Complaints) -> None:
    if not FILMS.is_dir():
        pytest.skip("the shared chest films are not on this machine")
    for path in sorted(FILMS.glob("*.dcm"))[:2]:
        real = dcmread(path)
        for kind in KINDS:
            assert complaints(build(kind, [real]), real) == []


@pytest.mark.parametrize("options", [{}, {"compressed": False, "bits": 12, "photometric": "MONOCHROME1"}])
def test_synthetic_films_are_valid_and_repeatable(
    options: dict[str, object], run_tool: Callable[..., str], tmp_path: Path
) -> None:
    made = chest_film(11, opacity=True, **options)  # type: ignore[arg-type]
    path = tmp_path / "film.dcm"
    path.write_bytes(encode(made))
    assert "Error" not in run_tool("dciodvfy", "-new", path)
    assert path.read_bytes() == encode(chest_film(11, opacity=True, **options))  # type: ignore[arg-type]
    plain = chest_film(11, opacity=False, **options)  # type: ignore[arg-type]
    assert np.abs(made.pixel_array.astype(int) - plain.pixel_array).max() > 20


def test_synthetic_slices_are_one_valid_series(
    slices: list[Dataset], run_tool: Callable[..., str], tmp_path: Path
) -> None:
    for number, image in enumerate(slices):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(encode(image))
        assert "Error" not in run_tool("dciodvfy", "-new", path)
    assert run_tool("dcentvfy", *sorted(tmp_path.glob("*.dcm"))) == ""


@pytest.mark.shows("R31")
def test_lengths_that_are_not_told_are_written_as_pydicom_writes_them(film: Dataset) -> None:
    item = Dataset()
    item.SpecificCharacterSet, item.CodeMeaning = "ISO_IR 100", "Müller"
    item.is_undefined_length_sequence_item = True
    film.ProcedureCodeSequence, film.RequestAttributesSequence = [item], [item, item]
    film["ProcedureCodeSequence"].is_undefined_length = True
    assert encode(film).endswith(written_by_pydicom(film))
