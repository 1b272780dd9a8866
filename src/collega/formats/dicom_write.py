"""Result objects as DICOM files (PS3.10 section 7).

pydicom writes each data element. Its way through nested data sets is not used: at every level it looks again for
ambiguous value representations in all levels below, and a report of many findings holds the same few codes
thousands of times.
"""

from collections.abc import Iterable
from io import BytesIO
from struct import pack
from typing import TypeAlias

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import correct_ambiguous_vr, write_data_element, write_dataset, write_file_meta_info
from pydicom.uid import UID

from collega import __version__
from collega.model.ids import IMPLEMENTATION_CLASS_UID

PREAMBLE = b"\x00" * 128 + b"DICM"
IMPLEMENTATION_VERSION_NAME = f"COLLEGA_{__version__}"[:16]
# PS3.5 7.5: an item, its end and the end of a sequence where the length is not told.
ITEM, ITEM_ENDS = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0\x00\x00\x00\x00"
UNTOLD = 0xFFFFFFFF
DEFAULT_CHARACTER_SET = "iso8859"
CharacterSets: TypeAlias = str | tuple[str, ...]


def encode(dataset: Dataset) -> bytes:
    """Bytes of a whole file; the same dataset always gives the same bytes."""
    syntax = dataset.file_meta.TransferSyntaxUID
    target = DicomFileLike(buffer := BytesIO())
    target.write(PREAMBLE)
    write_file_meta_info(target, _file_meta(dataset, syntax), enforce_standard=True)
    if syntax.is_little_endian and not syntax.is_implicit_VR:
        target.write(_Writer().whole(dataset))
    else:
        target.is_little_endian, target.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
        write_dataset(target, dataset)
    return buffer.getvalue()


class _Writer:
    """Writes one object in explicit VR little endian; each text of an element is encoded once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, str, CharacterSets], bytes] = {}

    def whole(self, dataset: Dataset) -> bytes:
        return self._data_set(correct_ambiguous_vr(dataset, is_little_endian=True), DEFAULT_CHARACTER_SET)

    def _data_set(self, dataset: Dataset, outer: CharacterSets) -> bytes:
        said = dataset.get("SpecificCharacterSet") or outer
        sets: CharacterSets = said if isinstance(said, str) else tuple(said)
        # What was read in another encoding, or under another character set, is not copied as it stands.
        is_as_read = dataset.original_encoding == (False, True) and (
            dataset.original_character_set == dataset._character_set  # noqa: SLF001 - as pydicom's own writer
        )
        read = dataset.get_item if is_as_read else dataset.__getitem__
        tags = (tag for tag in sorted(dataset.keys()) if tag.element or tag.group <= 6)  # noqa: PLR2004 - no lengths of groups
        return b"".join(self._element(read(tag), sets) for tag in tags)

    def _element(self, element: DataElement | RawDataElement, sets: CharacterSets) -> bytes:
        if isinstance(element, RawDataElement) or element.is_undefined_length:
            return _written(element, sets)
        if element.VR == "SQ":
            content = b"".join(self._items(element.value or (), sets))
            return pack("<HH2sHL", element.tag.group, element.tag.element, b"SQ", 0, len(content)) + content
        if not isinstance(element.value, str):
            return _written(element, sets)
        key = (int(element.tag), str(element.VR), element.value, sets)
        if key not in self._known:
            self._known[key] = _written(element, sets)
        return self._known[key]

    def _items(self, items: Iterable[Dataset], sets: CharacterSets) -> Iterable[bytes]:
        for item in items:
            content = self._data_set(item, sets)
            if getattr(item, "is_undefined_length_sequence_item", False):
                yield ITEM + pack("<L", UNTOLD) + content + ITEM_ENDS
            else:
                yield ITEM + pack("<L", len(content)) + content


def _written(element: DataElement | RawDataElement, sets: CharacterSets) -> bytes:
    target = DicomFileLike(buffer := BytesIO())
    target.is_little_endian, target.is_implicit_VR = True, False
    write_data_element(target, element, sets if isinstance(sets, str) else list(sets))
    return buffer.getvalue()


def _file_meta(dataset: Dataset, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta
