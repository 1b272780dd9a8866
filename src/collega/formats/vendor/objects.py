"""Reading one DICOM object that a vendor answered, by what it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from collega.errors import MessageError, QuarantineError
from collega.formats.dicom_structure import check_whole
from collega.formats.dicom_study import UNREADABLE
from collega.formats.vendor import cad_report, contours, measurement_report, presentation, segments
from collega.formats.vendor.codes import words
from collega.formats.vendor.said import Kind, Said, bounded
from collega.formats.vendor.sr_tree import DEEPEST, read_tree

LONGEST_TITLE = 64
# Preamble, prefix, and the element that holds the length of the file meta information (PS3.10 7.1).
FILE_META_BEGIN = 144
# Sequences and items that may be open below the deepest content item: its values, and their codes.
CODES_BELOW = 8
REPORTS = (
    *("1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.5.1.4.1.1.88.33"),
    *("1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.88.35"),
)
STORAGE = "1.2.840.10008.5.1.4.1.1."
# Storage SOP classes (PS3.4 B.5).
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(REPORTS, Kind.REPORT),
    f"{STORAGE}88.50": Kind.MAMMOGRAPHY_CAD,
    f"{STORAGE}88.65": Kind.CHEST_CAD,
    **dict.fromkeys((f"{STORAGE}66.4", f"{STORAGE}66.7"), Kind.SEGMENTATION),
    **dict.fromkeys((f"{STORAGE}11.{number}" for number in range(1, 5)), Kind.PRESENTATION),
    f"{STORAGE}481.3": Kind.CONTOURS,
    f"{STORAGE}7": Kind.CAPTURE,
    **dict.fromkeys((f"{STORAGE}7.{number}" for number in range(1, 5)), Kind.CAPTURE),
    **dict.fromkeys((f"{STORAGE}104.{number}" for number in range(1, 6)), Kind.DOCUMENT),
}
WITHOUT_PIXELS = frozenset({Kind.REPORT, Kind.MAMMOGRAPHY_CAD, Kind.CHEST_CAD, Kind.PRESENTATION, Kind.CONTOURS})


def read_object(file: Path, name: str) -> Said:
    """Read a vendor's object.

    Parameters
    ----------
    file : Path
    name : str
        Of the file within the answer.

    Raises
    ------
    QuarantineError
        ``not-dicom``, ``missing-uid``, ``too-deep`` or ``too-much``.
    """
    try:
        encoded = file.read_bytes()
        dataset = pydicom.dcmread(BytesIO(encoded))
        if KINDS.get(str(dataset.get("SOPClassUID"))) in WITHOUT_PIXELS:
            check_unbroken(dataset, encoded)
        return _read(dataset, name)
    except MessageError as error:
        text = f"{name}: {error}"
        raise QuarantineError("not-dicom", text) from error
    except UNREADABLE as error:
        text = f"{name} cannot be read as DICOM ({type(error).__name__}: {error})"[:300]
        raise QuarantineError("not-dicom", text) from error


def check_unbroken(dataset: Dataset, encoded: bytes) -> None:
    """Refuse an object that breaks off: it would say less, and silence may count."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_deflated:
        begin = FILE_META_BEGIN + int(dataset.file_meta.FileMetaInformationGroupLength)
        check_whole(
            encoded[begin:],
            is_implicit_vr=syntax.is_implicit_VR,
            is_little_endian=syntax.is_little_endian,
            deepest=2 * DEEPEST + CODES_BELOW,
        )


def _read(dataset: Dataset, name: str) -> Said:
    sop_class = str(dataset.get("SOPClassUID") or "")
    uid, study = str(dataset.get("SOPInstanceUID") or ""), str(dataset.get("StudyInstanceUID") or "")
    if not (sop_class and uid and study):
        text = f"{name} has no SOP Class, SOP Instance or Study Instance UID"
        raise QuarantineError("missing-uid", text)
    kind = KINDS.get(sop_class, Kind.OTHER)
    about = Said(
        file=name,
        kind=kind,
        title=_title(dataset, sop_class),
        study_instance_uid=study,
        patient_id=words(dataset.get("PatientID")),
        sop_instance_uid=uid,
        sop_class_uid=sop_class,
        images=_evidence(dataset),
    )
    return READERS[kind](dataset, about) if kind in READERS else about


def _title(dataset: Dataset, sop_class: str) -> str:
    """Give its name, as its maker calls it, else as the standard does."""
    own = (dataset.get(key) for key in ("DocumentTitle", "ContentDescription", "SeriesDescription", "ContentLabel"))
    return (
        next((text for item in own if (text := words(item, LONGEST_TITLE))), "") or UID(sop_class).name[:LONGEST_TITLE]
    )


def _evidence(dataset: Dataset) -> tuple[str, ...]:
    """Images of the study that the object names as its source (PS3.3 C.17.2.3, C.12.4.1)."""
    return tuple(dict.fromkeys(_referenced(dataset)))


def _referenced(dataset: Dataset) -> Iterator[str]:
    for key in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in dataset.get(key) or ():
            for series in study.get("ReferencedSeriesSequence") or ():
                for item in series.get("ReferencedSOPSequence") or ():
                    yield str(item.get("ReferencedSOPInstanceUID") or "")


def _report(dataset: Dataset, about: Said) -> Said:
    if not dataset.get("ContentSequence"):
        text = f"{about.file} is a report without content"
        raise QuarantineError("not-dicom", text)
    root = read_tree(dataset)
    if cad_report.is_cad(root):
        found = cad_report.processing(root)
        about = replace(about, ended=found.ended, searched_for=found.searched_for)
        return replace(about, statements=bounded(cad_report.statements(root), about.file))
    return replace(about, statements=bounded(measurement_report.statements(root), about.file))


def _segmentation(dataset: Dataset, about: Said) -> Said:
    return replace(about, statements=bounded(segments.statements(dataset, about.file), about.file))


def _presentation(dataset: Dataset, about: Said) -> Said:
    return replace(about, statements=bounded(presentation.statements(dataset), about.file))


def _contours(dataset: Dataset, about: Said) -> Said:
    return replace(about, statements=bounded(contours.statements(dataset), about.file))


READERS: Mapping[Kind, Callable[[Dataset, Said], Said]] = {
    Kind.REPORT: _report,
    Kind.MAMMOGRAPHY_CAD: _report,
    Kind.CHEST_CAD: _report,
    Kind.SEGMENTATION: _segmentation,
    Kind.PRESENTATION: _presentation,
    Kind.CONTOURS: _contours,
}
