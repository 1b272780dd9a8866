"""Objects that are not cleaned but held back: what identifies in them is where nothing here can look."""

from collections.abc import Mapping

from pydicom.dataset import Dataset
from pydicom.uid import UID

from collega.errors import QuarantineError

DOCUMENT = "a document of another format, which may name anybody"
MOVING = "video, which is not looked into"
# Beginnings of SOP Class UIDs (PS3.6 table A-1) -> what the object is.
CLASSES: Mapping[str, str] = {
    "1.2.840.10008.5.1.4.1.1.104.": DOCUMENT,
    "1.2.840.10008.5.1.4.1.1.66": "raw data, which only its maker can read",
    "1.2.840.10008.5.1.4.1.1.9.4.": "sound, which may hold speech",
    "1.2.840.10008.5.1.4.1.1.77.1.1.1": MOVING,
    "1.2.840.10008.5.1.4.1.1.77.1.2.1": MOVING,
    "1.2.840.10008.5.1.4.1.1.77.1.4.1": MOVING,
}
# MPEG-2, MPEG-4, HEVC (PS3.6 table A-1); 1.2.4.110 and above are JPEG XL.
VIDEO = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (100, 101, 102, 103, 104, 105, 106, 107, 108)) | {
    f"1.2.840.10008.1.2.4.{number}.1" for number in range(100, 107)
}
STANDARD = "1.2.840.10008."


def refuse(dataset: Dataset, syntax: UID | str = "") -> None:
    """Hold back an object that cannot be cleaned.

    Raises
    ------
    QuarantineError
        The text says what it is.
    """
    if "DirectoryRecordSequence" in dataset:
        text = "held back: it is a DICOMDIR, which names patients and files"
        raise QuarantineError("cannot-be-cleaned", text)
    sop_class = str(dataset.get("SOPClassUID") or "")
    if not sop_class or not dataset.get("SOPInstanceUID"):
        text = "the object does not say what it is, or which one"
        raise QuarantineError("missing-uid", text)
    kind = _kind(dataset, sop_class, str(syntax))
    if kind:
        text = f"held back: it is {kind}"
        raise QuarantineError("cannot-be-cleaned", text)


def _kind(dataset: Dataset, sop_class: str, syntax: str) -> str:
    """Say what an object is that cannot be cleaned; empty for one that can."""
    if not sop_class.startswith(STANDARD):
        return "of a class of its maker's, with its contents in private elements"
    if syntax in VIDEO:
        return MOVING
    if "EncapsulatedDocument" in dataset:
        return DOCUMENT
    groups = (kind for start, kind in CLASSES.items() if start.endswith(".") and sop_class.startswith(start))
    return CLASSES.get(sop_class) or next(groups, "")
