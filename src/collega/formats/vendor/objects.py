"""Reading one DICOM object that a vendor answered, by what it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from collega.errors import QuarantineError
from collega.formats.dicom_study import UNREADABLE
from collega.formats.vendor import measurement_report
from collega.formats.vendor.codes import words
from collega.formats.vendor.said import Kind, Said, bounded
from collega.formats.vendor.sr_tree import read_tree

LONGEST_TITLE = 64
REPORTS = (
    *("1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.5.1.4.1.1.88.33"),
    *("1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.88.35"),
)
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(REPORTS, Kind.REPORT),
}


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
        dataset = pydicom.dcmread(file)
        return _read(dataset, name)
    except UNREADABLE as error:
        text = f"{name} cannot be read as DICOM ({type(error).__name__}: {error})"[:300]
        raise QuarantineError("not-dicom", text) from error


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
    root = read_tree(dataset)
    return replace(about, statements=bounded(measurement_report.statements(root), about.file))


READERS: Mapping[Kind, Callable[[Dataset, Said], Said]] = {
    Kind.REPORT: _report,
}
