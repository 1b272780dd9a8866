"""File meta information (PS3.10 7.1), held against the data set behind it."""

from io import BytesIO

from pydicom.filereader import read_partial
from pydicom.tag import BaseTag

from collega.formats.dicom_study import UNREADABLE
from collega.model.study import InstanceHeader

IDENTIFYING_GROUP = 0x0008


def is_named_alike(encoded: bytes, header: InstanceHeader) -> bool:
    """Whether the file meta information names the class and instance that the data set is: senders go by it."""
    try:
        meta = read_partial(BytesIO(encoded), stop_when=_behind_meta).file_meta
        named = (str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID))
    except (*UNREADABLE, AttributeError):
        return False
    return named == (header.sop_class_uid, header.sop_instance_uid)


def _behind_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag.group >= IDENTIFYING_GROUP
