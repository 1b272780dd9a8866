"""Objects of a few hundred bytes, and a plain client, for the tests of the simulated PACS."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association

from collega.model.ids import IMPLEMENTATION_CLASS_UID, stable_uid
from collega.testing.pacs_sockets import keep_answers

COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
STUDY_ROOT_FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
COMMITMENT = UID("1.2.840.10008.1.20.1")
COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
MODALITIES = {COMPUTED_RADIOGRAPHY: "CR", COMPREHENSIVE_SR: "SR", COMPREHENSIVE_3D_SR: "SR"}


def small_object(
    name: str = "a",
    *,
    study: str = "s1",
    sop_class: str = COMPUTED_RADIOGRAPHY,
    date: str = "20260301",
    patient: str = "P1",
) -> Dataset:
    """One object; the same arguments give the same UIDs."""
    one = Dataset()
    one.SOPClassUID = UID(sop_class)
    one.SOPInstanceUID = UID(stable_uid("instance", study, name))
    one.StudyInstanceUID = UID(stable_uid("study", study))
    one.SeriesInstanceUID = UID(stable_uid("series", study, sop_class))
    one.Modality = MODALITIES[str(sop_class)]
    one.PatientID = patient
    one.PatientName = "Simulated^Person"
    one.AccessionNumber = f"ACC-{study}"
    one.StudyDate = date
    one.StudyTime = "101500"
    one.StudyDescription = "Chest"
    one.SeriesNumber = 1
    one.InstanceNumber = 1
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    one.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    return one


def encoded(one: Dataset) -> bytes:
    """Give the object as a DICOM file."""
    file = BytesIO()
    dcmwrite(file, one, enforce_file_format=True)
    return file.getvalue()


def saved(one: Dataset, folder: Path) -> Path:
    """Write the object into ``folder``."""
    path = folder / f"{one.SOPInstanceUID}.dcm"
    path.write_bytes(encoded(one))
    return path


def kept_datasets(folder: Path) -> list[Dataset]:
    """Every object that a simulated PACS has in its folder."""
    return [dcmread(path) for path in sorted(folder.glob("*.dcm"))]


@contextmanager
def association(
    port: int,
    *sop_classes: str,
    aet: str = "TESTER",
    handlers: Sequence[evt.EventHandlerType] = (),
) -> Iterator[Association]:
    """Open an association of a plain pynetdicom client; established or not is for the test to see."""
    entity = AE(ae_title=aet)
    for sop_class in sop_classes or (*MODALITIES, STUDY_ROOT_FIND, COMMITMENT):
        entity.add_requested_context(sop_class, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    one = entity.associate("127.0.0.1", port, evt_handlers=[(evt.EVT_ESTABLISHED, keep_answers), *handlers])
    try:
        yield one
    finally:
        if one.is_established:
            one.release()


def store(port: int, one: Dataset) -> int | None:
    """C-STORE one object on its own association; no status where none came."""
    with association(port, str(one.SOPClassUID)) as peer:
        return status_of(peer.send_c_store(one)) if peer.is_established else None


def status_of(answer: Dataset) -> int | None:
    """Give the status of a response, nothing where the peer did not answer."""
    return int(answer.Status) if "Status" in answer else None


def find(port: int, level: str, **keys: object) -> tuple[list[Dataset], int | None]:
    """C-FIND, study root: the identifiers and the last status."""
    query = Dataset()
    query.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(query, keyword, value)
    found: list[Dataset] = []
    last = None
    with association(port, STUDY_ROOT_FIND) as peer:
        for status, identifier in peer.send_c_find(query, STUDY_ROOT_FIND):
            last = status_of(status)
            if identifier is not None:
                found.append(identifier)
    return found, last
