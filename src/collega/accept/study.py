"""The study of the test patient: one image, and every kind of result, made by the builders of real results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.uid import (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    CTImageStorage,
    KeyObjectSelectionDocumentStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from collega import __version__
from collega.formats.acceptance_image import SERIES_DESCRIPTION, mark, test_image
from collega.formats.dicom_ko import rejection_note
from collega.formats.dicom_sc import status_page
from collega.formats.dicom_seg import segmentation
from collega.formats.dicom_sr import as_comprehensive_sr, findings_sr
from collega.formats.dicom_write import encode
from collega.model.code import Code, Text
from collega.model.finding import (
    AppResult,
    Direction,
    Evaluation,
    Finding,
    Outcome,
    Score,
    Segment,
    Status,
)
from collega.model.ids import acceptance_uid, stable_uid
from collega.model.result import AppIdentity, ObjectIdentity, ObjectReference, StatusLine

# Family^Given^Middle: every search for "Test" finds it, and the last letter is none of ASCII.
PATIENT_NAME = "Test^Collega^Acceptance Zoë"
PATIENT_ID = "COLLEGA-TEST-{:%Y%m%d}"
ACCESSION = "TEST{:%m%d%H%M%S}"  # 14 of 16 characters (SH), for somebody who types it
MARK = "test-mark"
SERIES_NUMBERS = MappingProxyType({"sr": 9001, "sr_2d": 9002, "page": 9003, "segmentation": 9004, "note": 9005})
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "image": str(CTImageStorage),
        "sr": str(Comprehensive3DSRStorage),
        "sr_2d": str(ComprehensiveSRStorage),
        "page": str(SecondaryCaptureImageStorage),
        "segmentation": str(SegmentationStorage),
        "note": str(KeyObjectSelectionDocumentStorage),
    }
)
DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "image": SERIES_DESCRIPTION,
        "sr": "TEST collega: report, no patient",
        "sr_2d": "TEST collega: report (plain), no patient",
        "page": "TEST collega: status page, no patient",
        "segmentation": "TEST collega: segmentation, no patient",
        "note": "TEST collega: all taken back",
    }
)
APP = AppIdentity(
    id="collega-acceptance",
    version=__version__,
    name=Text(en="Acceptance test of the link", nl="Acceptatietest van de koppeling"),
    vendor="collega",
    device_uid=stable_uid("device", "collega-acceptance", __version__),
    clinical_use=False,
)
LOOKS = Text(
    en="TEST, no patient: this is how the answer looks on this screen",
    nl="TEST, geen patiënt: zo ziet het antwoord er op dit scherm uit",
)
TAKEN_BACK = Text(en="Acceptance test is over: remove", nl="Acceptatietest is voorbij: verwijderen")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One object of the study."""

    kind: str
    reference: ObjectReference
    description: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a run calls its test patient; every UID follows from ``run``."""

    run: str
    patient_id: str
    accession_number: str
    at: datetime
    timezone: str
    language: str


def name(run: str, at: datetime, timezone: str, language: str) -> Names:
    """Give the names of a run that begins at ``at``."""
    local = at.astimezone(ZoneInfo(timezone))
    return Names(
        run=run,
        patient_id=PATIENT_ID.format(local),
        accession_number=ACCESSION.format(local),
        at=local,
        timezone=timezone,
        language=language,
    )


def build(names: Names) -> dict[str, Piece]:
    """Build all objects but the note: the same bytes each time for the same names."""
    image = _image(names)
    result = _result(image)
    makers: Mapping[str, Callable[[ObjectIdentity], Dataset | None]] = {
        "image": lambda _: image,
        "sr": lambda identity: findings_sr(result, APP, identity, [image]),
        "sr_2d": lambda identity: as_comprehensive_sr(
            findings_sr(result, APP, identity, [image]), identity.sop_instance_uid
        ),
        "page": lambda identity: status_page(_lines(names.at), identity, [image], replaces=None),
        "segmentation": lambda identity: segmentation(result, APP, identity, [image], {MARK: mark()}),
    }
    built = {kind: make(_identity(kind, names)) for kind, make in makers.items()}
    return {kind: _piece(kind, dataset) for kind, dataset in built.items() if dataset is not None}


def take_back(names: Names, references: list[ObjectReference]) -> Piece:
    """Build the rejection note over what was stored."""
    return _piece("note", rejection_note(references, TAKEN_BACK, _identity("note", names), [_image(names)]))


def _image(names: Names) -> Dataset:
    return test_image(
        run=names.run,
        patient_id=names.patient_id,
        patient_name=PATIENT_NAME,
        accession_number=names.accession_number,
        at=names.at,
    )


def _result(image: Dataset) -> AppResult:
    images = (str(image.SOPInstanceUID),)
    finding = Finding(
        id=MARK,
        code=Code(scheme="99COLLEGA", value=MARK, meaning="Test mark, nothing of a patient"),
        site=None,
        evaluation=Evaluation.PRESENT,
        score=Score(value=50.0, low=0.0, high=100.0, direction=Direction.HIGHER_IS_PRESENT, calibrated=False),
        threshold=None,
        images=images,
    )
    return AppResult(
        app_id=APP.id,
        app_version=APP.version,
        study_instance_uid=str(image.StudyInstanceUID),
        status=Status.ANALYSED,
        findings=(finding,),
        segments=(Segment(finding_id=MARK, label="TEST mark", images=images, file=""),),
        notes=(LOOKS,),
    )


def _lines(at: datetime) -> list[StatusLine]:
    """One line for each answer that an app can give, so that a person sees them all."""
    return [
        StatusLine(
            app_name=APP.name,
            app_id=APP.id,
            app_version=APP.version,
            clinical_use=False,
            outcome=outcome,
            text=LOOKS,
            at=at,
        )
        for outcome in Outcome
    ]


def _identity(kind: str, names: Names) -> ObjectIdentity:
    return ObjectIdentity(
        sop_instance_uid=acceptance_uid(names.run, kind),
        series_instance_uid=acceptance_uid(names.run, f"{kind} series"),
        series_number=SERIES_NUMBERS.get(kind, 1),
        instance_number=1,
        series_description=DESCRIPTIONS[kind],
        created_at=names.at,
        timezone=names.timezone,
        language=names.language,
    )


def _piece(kind: str, dataset: Dataset) -> Piece:
    reference = ObjectReference(
        study_instance_uid=str(dataset.StudyInstanceUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
        sop_class_uid=str(dataset.SOPClassUID),
        sop_instance_uid=str(dataset.SOPInstanceUID),
    )
    return Piece(kind=kind, reference=reference, description=DESCRIPTIONS[kind], content=encode(dataset))
