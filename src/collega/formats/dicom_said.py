"""What an object of a vendor's box refers to, and a digest of what it says (PS3.3 10.3, C.17.2, C.18.4)."""

import hashlib
from collections.abc import Iterator
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset

from collega.formats.dicom_study import UNREADABLE, is_derived_class
from collega.model.box import Named, Said
from collega.model.study import InstanceHeader

STORAGE = "1.2.840.10008.5.1.4.1.1."
# What an object is given anew each time that it is made.
NEW_EACH_TIME = frozenset({"UI", "DA", "TM", "DT"})
NUMBERS = frozenset({"SeriesNumber", "InstanceNumber"})
REFERRED = "ReferencedSOPInstanceUID"


def read_said(encoded: bytes, header: InstanceHeader) -> Said:
    """Read which images an object names, wherever it does.

    An object of which only the header can be read names none: whoever reads its content says why.
    """
    try:
        dataset = pydicom.dcmread(BytesIO(encoded))
        found = list(_named(dataset, ""))
        digest = hashlib.blake2b(digest_size=16)
        _feed(digest, dataset)
    except UNREADABLE:
        return Said(header=header, images=(), digest=header.header_digest.hex())
    placed = {item.sop_instance_uid: item for item in found}
    placed |= {item.sop_instance_uid: item for item in found if item.study_instance_uid}
    return Said(header=header, images=tuple(placed.values()), digest=digest.hexdigest())


def _named(dataset: Dataset, study: str) -> Iterator[Named]:
    """Go through all sequences; an item that names a study names it for those within (C.17.2.1)."""
    for element in dataset:
        if element.VR != "SQ":
            continue
        for item in element.value:
            within = str(item.get("StudyInstanceUID", "") or study)
            sop_class = str(item.get("ReferencedSOPClassUID", ""))
            if REFERRED in item and sop_class.startswith(STORAGE) and not is_derived_class(sop_class):
                yield Named(study_instance_uid=within, sop_instance_uid=str(item[REFERRED].value))
            yield from _named(item, within)


def _feed(digest: "hashlib.blake2b", dataset: Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            digest.update(f"{element.tag}[".encode())
            for item in element.value:
                _feed(digest, item)
                digest.update(b";")
        elif element.keyword == REFERRED or (element.VR not in NEW_EACH_TIME and element.keyword not in NUMBERS):
            value = element.value
            digest.update(f"{element.tag}=".encode())
            digest.update(value if isinstance(value, bytes) else str(value).encode("utf-8", "replace"))
