"""The beginning of an object that comes over HTTP: its file meta information (PS3.10 7.1)."""

import struct

from collega.errors import QuarantineError
from collega.formats.dicom_scan import MoreNeededError, OddEncodingError, scan
from collega.model.transfer import Transfer

# Preamble, prefix, and the group length that says how long the rest is.
FIRST_BYTES = 144
MOST_META = 1 << 16
_GROUP_LENGTH = struct.pack("<HH2sH", 0x0002, 0x0000, b"UL", 4)
NOT_DICOM = "the part is no DICOM file (PS3.10)"


class ObjectStart:
    """Collects the beginning of an object until it says what follows.

    Parameters
    ----------
    source, association, study_instance_uid : str
        Go into the transfer; see there.
    """

    def __init__(self, source: str, association: str, study_instance_uid: str) -> None:
        self._source = source
        self._association = association
        self._study = study_instance_uid
        self._head = bytearray()
        self.transfer: Transfer | None = None

    def feed(self, content: bytes) -> bytes:
        """Take bytes; gives those of the data set, as far as they are here.

        Raises
        ------
        QuarantineError
            ``not-dicom``.
        """
        if self.transfer is not None:
            return content
        self._head += content
        if len(self._head) < FIRST_BYTES:
            return b""
        if self._head[128:132] != b"DICM" or self._head[132:140] != _GROUP_LENGTH:
            raise QuarantineError("not-dicom", NOT_DICOM)
        (length,) = struct.unpack_from("<I", self._head, 140)
        if length > MOST_META:
            raise QuarantineError("not-dicom", NOT_DICOM)
        end = FIRST_BYTES + length
        if len(self._head) < end:
            return b""
        self.transfer = self._read(bytes(self._head[132:end]))
        rest = bytes(self._head[end:])
        self._head.clear()
        return rest

    def _read(self, meta: bytes) -> Transfer:
        try:
            elements = scan(meta, implicit=False).elements
            uids = [
                meta[elements[tag].begin : elements[tag].stop].decode("ascii", "replace").strip(" \0")
                for tag in (0x00020002, 0x00020003, 0x00020010)
            ]
        except (MoreNeededError, OddEncodingError, LookupError):
            text = "the file meta information of a part names no class, no object or no transfer syntax"
            raise QuarantineError("not-dicom", text) from None
        return Transfer(
            sop_class_uid=uids[0],
            sop_instance_uid=uids[1],
            transfer_syntax_uid=uids[2],
            source=self._source,
            association=self._association,
            study_instance_uid=self._study,
        )
