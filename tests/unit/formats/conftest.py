"""Sources, records and validators that the tests of the writers start from."""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.formats.dicom_write import encode
from collega.model.code import Code, Text
from collega.model.finding import (
    AppResult,
    Direction,
    Evaluation,
    Finding,
    Measurement,
    Outcome,
    Region,
    RegionKind,
    Score,
    Status,
)
from collega.model.result import AppIdentity, ObjectIdentity, StatusLine
from collega.testing.synthetic import chest_film, ct_series

PACKAGES = {"dciodvfy": "dicom3tools", "dcentvfy": "dicom3tools", "dsrdump": "dcmtk"}


def _delete(*keywords: str) -> Callable[[Dataset], None]:
    def change(film: Dataset) -> None:
        for keyword in keywords:
            delattr(film, keyword)

    return change


def _set(**values: object) -> Callable[[Dataset], None]:
    def change(film: Dataset) -> None:
        for keyword, value in values.items():
            setattr(film, keyword, value)

    return change


def _much_identity(film: Dataset) -> None:
    film.IssuerOfPatientID = "HOSPITAL"
    film.OtherPatientIDsSequence = [other := Dataset()]
    other.PatientID, other.IssuerOfPatientID, other.TypeOfPatientID = "99", "OTHER", "TEXT"
    film.IssuerOfAccessionNumberSequence = [issuer := Dataset()]
    issuer.LocalNamespaceEntityID = "RIS"
    film.AdmissionID, film.PatientAge, film.PatientWeight = "ADM1", "061Y", "71.5"
    film.PatientComments, film.EthnicGroup = "hard of hearing", "x"
    film.ReferringPhysicianName = "Jansen^P"
    film.StudyDescription = "X-thorax"


ODD: dict[str, Callable[[Dataset], None]] = {
    "no PatientOrientation": _delete("PatientOrientation"),
    "empty AccessionNumber": _set(AccessionNumber=""),
    "no AccessionNumber": _delete("AccessionNumber"),
    "no PatientSex": _delete("PatientSex"),
    "PatientSex of another system": _set(PatientSex="U"),
    "no PatientID": _delete("PatientID"),
    "no BodyPartExamined": _delete("BodyPartExamined"),
    "hand of unknown side": _set(BodyPartExamined="HAND"),
    "chest with a side": _set(Laterality="L"),
    "body part of another system": _set(BodyPartExamined="THORAX"),
    "left hand": _set(BodyPartExamined="HAND", Laterality="L"),
    "no StudyDate": _set(StudyDate="", StudyTime=""),
    "no StudyID": _delete("StudyID"),
    "Latin-1 name": _set(SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Renée"),
    "Latin-2 name": _set(SpecificCharacterSet="ISO_IR 101", PatientName="Žižka^Jiří"),
    "Unicode name": _set(PatientName="Łukasz^Żółć"),
    "Japanese name": _set(
        SpecificCharacterSet=["", "ISO 2022 IR 87"], PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう"
    ),
    "no character set": _delete("SpecificCharacterSet"),
    "UTC scanner": _set(TimezoneOffsetFromUTC="+0000"),
    "much identity": _much_identity,
}


@pytest.fixture(scope="session")
def film() -> Dataset:
    """One chest film; tests that change it take a copy."""
    return chest_film(1, compressed=False)


@pytest.fixture(scope="session")
def slices() -> list[Dataset]:
    """Five slices of one CT."""
    return ct_series(2)


@pytest.fixture(params=sorted(ODD))
def odd_film(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    """Film with one oddity, read back from a file as the receiver would."""
    odd = chest_film(3, compressed=False)
    ODD[request.param](odd)
    path = tmp_path / "odd.dcm"
    path.write_bytes(encode(odd))
    return dcmread(path)


@pytest.fixture
def app() -> AppIdentity:
    return AppIdentity(
        id="chest-pneumonia",
        version="1.2.0",
        name=Text(en="Pneumonia on chest films", nl="Longontsteking op thoraxfoto’s"),  # noqa: RUF001
        vendor="Ziekenhuis Café",
        device_uid="2.25.4711",
        clinical_use=True,
    )


@pytest.fixture
def identity() -> ObjectIdentity:
    return ObjectIdentity(
        sop_instance_uid="2.25.1001",
        series_instance_uid="2.25.1002",
        series_number=901,
        instance_number=1,
        series_description="AI: niets gevonden – café",  # noqa: RUF001
        created_at=datetime(2026, 3, 2, 8, 31, 5, 250_000, tzinfo=UTC),
        timezone="Europe/Amsterdam",
        language="nl",
    )


MakeFinding = Callable[..., Finding]


@pytest.fixture
def make_finding() -> MakeFinding:
    """Give findings on given sources; each part can be replaced."""

    def make(sources: Sequence[Dataset], **parts: object) -> Finding:
        image = sources[0].SOPInstanceUID
        finding = Finding(
            id="opacity",
            code=Code(scheme="SCT", value="233604007", meaning="Pneumonia"),
            site=Code(scheme="SCT", value="39607008", meaning="Lung"),
            evaluation=Evaluation.PRESENT,
            score=Score(value=0.83, low=0, high=1, direction=Direction.HIGHER_IS_PRESENT, calibrated=True),
            threshold=0.5,
            images=tuple(str(source.SOPInstanceUID) for source in sources),
            regions=(
                Region(kind=RegionKind.BOX, image=image, frame=1, points=((10, 20), (60, 80))),
                Region(kind=RegionKind.POLYGON, image=image, frame=1, points=((5, 5), (9, 5), (9, 12))),
                Region(kind=RegionKind.POINT, image=image, frame=1, points=((30.5, 40.5),)),
            ),
            measurements=(
                Measurement(name=Code(scheme="SCT", value="42798000", meaning="Area"), value=1234.5, unit="mm2"),
            ),
        )
        return replace(finding, **parts)  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_result(app: AppIdentity, make_finding: MakeFinding) -> Callable[..., AppResult]:
    """Analysed result with one finding, or those given."""

    def make(sources: Sequence[Dataset], *findings: Finding, **parts: object) -> AppResult:
        result = AppResult(
            app_id=app.id,
            app_version=app.version,
            study_instance_uid=sources[0].StudyInstanceUID,
            status=Status.ANALYSED,
            findings=findings or (make_finding(sources),),
        )
        return replace(result, **parts)  # type: ignore[arg-type]

    return make


@pytest.fixture
def status_line(app: AppIdentity) -> StatusLine:
    return StatusLine(
        app_name=app.name,
        app_id=app.id,
        app_version=app.version,
        clinical_use=True,
        outcome=Outcome.NOTHING_FOUND,
        text=Text(en="No sign of pneumonia.", nl="Geen teken van longontsteking."),
        at=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
    )


@pytest.fixture
def run_tool() -> Callable[..., str]:
    """Output of a validator; a missing tool is a failure that says what to install."""

    def run(tool: str, *arguments: str | Path) -> str:
        path = shutil.which(tool)
        if path is None:
            pytest.fail(f"{tool} is missing; it comes with the Debian package {PACKAGES[tool]}")
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, check=False, timeout=60)
        return (done.stdout + done.stderr).decode(errors="replace")

    return run


@pytest.fixture
def complaints(run_tool: Callable[..., str], tmp_path: Path) -> Callable[[Dataset, Dataset], list[str]]:
    """Errors of dciodvfy on a result, and whatever dcentvfy says of it beside its source."""

    def check(result: Dataset, source: Dataset) -> list[str]:
        ours, theirs = tmp_path / "result.dcm", tmp_path / "source.dcm"
        ours.write_bytes(encode(result))
        theirs.write_bytes(encode(source))
        single = [line for line in run_tool("dciodvfy", "-new", ours).splitlines() if line.startswith("Error")]
        pair = run_tool("dcentvfy", theirs, ours).splitlines()
        return single + [line for line in pair if line and not _is_about_definitions(line)]

    return check


def _is_about_definitions(line: str) -> bool:
    """Tell whether dcentvfy only wonders that two IODs place Accession Number in different entities."""
    return (
        re.search(r"^Warning - Different information entities for attribute.*AccessionNumber(Sequence)?>", line)
        is not None
    )
