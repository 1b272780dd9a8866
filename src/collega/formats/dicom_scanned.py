"""The header of an object that is still coming in, from its bytes; what is odd is left to `read_header`."""

import hashlib
import re
from dataclasses import fields
from datetime import tzinfo
from itertools import compress
from operator import ne
from typing import Any
from zoneinfo import ZoneInfo

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from collega.formats.dicom_acquired import TIMES, acquired_at
from collega.formats.dicom_layout import Layouts
from collega.formats.dicom_scan import Element, Scan
from collega.formats.dicom_study import ATTRIBUTES, REQUIRED, STUDY_PRIORITY_ID, header_of, zone_of
from collega.model.study import Attribute, InstanceHeader

IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
# Big endian is retired, deflated data sets are packed: pydicom reads them.
NOT_SCANNED = frozenset({"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95"})
IDENTIFYING = (
    *("SpecificCharacterSet", "TimezoneOffsetFromUTC", "AccessionNumber", "StudyDate", "StudyTime"),
    *("StudyDescription", "IssuerOfPatientID", "PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("RequestAttributesSequence", "RequestedProcedurePriority"),
)


def _tags(*keywords: str) -> frozenset[int]:
    return frozenset(int(tag) for tag in map(tag_for_keyword, keywords) if tag is not None)


NEEDED = _tags(*REQUIRED, *IDENTIFYING, *ATTRIBUTES.values(), *TIMES) | {STUDY_PRIORITY_ID}
# What may differ between two slices of a series while all the rest of the header is the same.
NAMES = {tag_for_keyword(keyword): name for name, keyword in ATTRIBUTES.items() if name != "modality"}
# Each slice has its own: read anew, and no reason to read the rest.
TIME_TAGS = {tag_for_keyword(keyword): keyword for keyword in TIMES}
SOP_INSTANCE_UID = 0x00080018
MAY_CHANGE = NAMES.keys() | TIME_TAGS.keys() | {SOP_INSTANCE_UID}
PLAIN_UID = re.compile(rb"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
LONGEST_UID, LONGEST_NUMBER = 64, 12
_LONGER = LONGEST_NUMBER + 1
_NUMBERS = {
    "IS": rb" *(?![-+0-9]{%d})[-+]?[0-9]+ *" % _LONGER,
    "DS": rb" *(?![-+0-9.]{%d})[-+]?[0-9]+(?:\.[0-9]+)? *" % _LONGER,
}
_PATTERNS = {vr: re.compile(rb"%b(?:\\%b)*" % (number, number)) for vr, number in _NUMBERS.items()}
PLAIN_NUMBERS = {tag: _PATTERNS[vr] for tag in NAMES if tag is not None and (vr := dictionary_VR(tag)) in _PATTERNS}
FIELDS = tuple(field.name for field in fields(InstanceHeader))


class HeaderReader:
    """Reads headers one after another, and what stays the same in a series only once.

    Parameters
    ----------
    zone : ZoneInfo
        Zone in which dates and times without offset are read.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.layouts = Layouts()
        self._zone = zone
        self._scan: Scan | None = None
        self._parts: list[bytes] = []  # the tags, and between them the values
        self._values: tuple[bytes, ...] = ()
        self._said: dict[str, Any] | None = None
        self._spoken: tzinfo = zone

    def read(self, scan: Scan, data: bytes, transfer_syntax_uid: str) -> dict[str, Any] | None:
        """Read what was scanned; None where a UID is missing, or where a value needs another reader.

        Returns
        -------
        dict
            What an `InstanceHeader` is made of, once the pixels are all here; its ``pixel_digest`` is empty.
        """
        values = self.layouts.values(scan, data)
        parts = self._parts if scan is self._scan else _marked(scan)
        parts[1::2] = values
        # Digest of all elements but the pixel data.
        digest = hashlib.blake2b(b"".join(parts), digest_size=16).digest()
        said = self._again(scan, values, transfer_syntax_uid, digest)
        if said is None:
            needed = {tag: value for tag, value in zip(scan.elements, values, strict=True) if tag in NEEDED}
            dataset = _dataset(needed, scan, transfer_syntax_uid)
            uids = [str(dataset.get(keyword, "") or "") for keyword in REQUIRED]
            if not all(uids) or any("\x00" in uid for uid in uids):
                return None
            header = header_of(dataset, transfer_syntax_uid, (b"", digest), self._zone)
            said = {name: getattr(header, name) for name in FIELDS}
            self._spoken = zone_of(dataset, self._zone)
        self._scan, self._parts, self._values, self._said = scan, parts, values, said
        return said

    def _again(
        self, scan: Scan, values: tuple[bytes, ...], transfer_syntax_uid: str, digest: bytes
    ) -> dict[str, Any] | None:
        """Take over the header before this one, with what has changed."""
        last = self._said
        if last is None or last["notes"] or last["transfer_syntax_uid"] != transfer_syntax_uid:
            return None
        changed = self._changed(scan, values)
        if changed is None or SOP_INSTANCE_UID not in changed or not changed.keys() <= MAY_CHANGE:
            return None
        uid = _plain_uid(changed.pop(SOP_INSTANCE_UID))
        news = {NAMES[tag]: _plain_number(tag, value) for tag, value in changed.items() if tag in NAMES}
        if uid is None or None in news.values():
            return None  # no plain value: the long way tells what it is
        said = last.copy()
        said["sop_instance_uid"], said["header_digest"] = uid, digest
        said["attributes"] = {**last["attributes"], **news}
        if not changed.keys().isdisjoint(TIME_TAGS):
            said["acquired_at"] = acquired_at(_times(dict(zip(scan.elements, values, strict=True))), self._spoken)
        return said

    def _changed(self, scan: Scan, values: tuple[bytes, ...]) -> dict[int, bytes] | None:
        """Give what is needed and differs from the header before; None where not the same elements are there."""
        if scan is self._scan:
            differing = compress(zip(scan.elements, values, strict=True), map(ne, values, self._values))
            return {tag: value for tag, value in differing if tag in NEEDED}
        before = zip(self._scan.elements if self._scan else (), self._values, strict=True)
        last = {tag: value for tag, value in before if tag in NEEDED}
        now = {tag: value for tag, value in zip(scan.elements, values, strict=True) if tag in NEEDED}
        if now.keys() != last.keys():
            return None
        return {tag: value for tag, value in now.items() if last[tag] != value}


def _times(values: dict[int, bytes]) -> dict[str, str]:
    """Values of the times; what is no plain text says nothing, as it does to `attribute`."""
    return {
        keyword: values.get(tag or 0, b"").decode("ascii", "replace").replace("\x00", "").strip()
        for tag, keyword in TIME_TAGS.items()
    }


def _plain_uid(value: bytes) -> str | None:
    uid = value.rstrip(b"\0")
    return uid.decode() if PLAIN_UID.fullmatch(uid) and len(uid) <= LONGEST_UID else None


def _plain_number(tag: int, value: bytes) -> Attribute:
    """Read one or several numbers as `attribute` does; None where they are not written in the plainest way."""
    pattern = PLAIN_NUMBERS.get(tag)
    if pattern is None or pattern.fullmatch(value) is None:
        return None
    text = value.decode()
    return tuple([part.strip(" ") for part in text.split("\\")]) if "\\" in text else float(text)


def _marked(scan: Scan) -> list[bytes]:
    """List the tags with a gap behind each, for its value."""
    return [part for tag in scan.elements for part in (tag.to_bytes(4, "big"), b"")]


def _dataset(values: dict[int, bytes], scan: Scan, transfer_syntax_uid: str) -> Dataset:
    implicit = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    return Dataset({BaseTag(tag): _raw(tag, scan.elements[tag], value, implicit) for tag, value in values.items()})


def _raw(tag: int, element: Element, value: bytes, implicit: bool) -> RawDataElement:  # noqa: FBT001 - as pydicom has it
    return RawDataElement(BaseTag(tag), element.vr.decode() or None, len(value), value, 0, implicit, True, True)  # noqa: FBT003
