"""The file around a data set (PS3.10 7.1): its meta information, its encoding, its data set inflated if need be."""

import zlib
from io import BytesIO
from typing import NamedTuple

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomFileLike
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, AllTransferSyntaxes, DeflatedExplicitVRLittleEndian

from collega.errors import QuarantineError
from collega.formats.dicom_deid.structure import Bytes, Encoding, Pixels, Structure
from collega.formats.dicom_file import IMPLEMENTATION_VERSION, PREAMBLE
from collega.model.ids import IMPLEMENTATION_CLASS_UID

MAGIC = slice(128, 132)
SYNTAX = 0x00020010
META_GROUP = 0x0002
META = Encoding(implicit=False, little=True)
KNOWN = frozenset(AllTransferSyntaxes)
# What a header and its pixels may inflate to; a few bytes can claim a thousand times as many.
MOST_INFLATED = 1 << 29
LEVEL = 6


class Contents(NamedTuple):
    """A file that was taken apart.

    Parameters
    ----------
    data : bytes-like
        What holds the data set; the file, or what it inflates to.
    begin : int
        Where the data set begins.
    syntax : UID
        Its transfer syntax.
    encoding : Encoding
        How it is written.
    pixels : Pixels or None
        Where the pixel data are.
    """

    data: Bytes
    begin: int
    syntax: UID
    encoding: Encoding
    pixels: Pixels | None

    def header(self) -> Dataset:
        """Read the data set up to the pixel data."""
        stop = self.pixels.begin if self.pixels else len(self.data)
        encoded = BytesIO(self.data[self.begin : stop])
        return read_dataset(encoded, self.encoding.implicit, self.encoding.little)

    def pixel_value(self) -> Bytes:
        """Give the value of the pixel data, empty where there is none."""
        return self.data[self.pixels.value : self.pixels.stop] if self.pixels else b""

    def pixel_head(self) -> Bytes:
        """Give what stands before the value of the pixel data: tag, VR, length; empty where there are none."""
        return self.data[self.pixels.begin : self.pixels.value] if self.pixels else b""


def opened(file: Bytes, most_inflated: int = MOST_INFLATED) -> Contents:
    """Take a file apart, and check that it is whole.

    Parameters
    ----------
    file : bytes-like
        All of it.
    most_inflated : int
        Bytes to which a deflated data set may inflate.

    Raises
    ------
    QuarantineError
        It is no DICOM file, or a broken one, or it inflates to too much.
    """
    if bytes(file[MAGIC]) != b"DICM":
        text = "no DICOM file: it does not begin as one"
        raise QuarantineError("not-dicom", text)
    syntax, begin = _meta(file)
    data: Bytes = file
    if syntax == DeflatedExplicitVRLittleEndian:
        data, begin = _inflated(file[begin:], most_inflated), 0
    encoding = Encoding(implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
    return Contents(data, begin, syntax, encoding, Structure(data, encoding).pixels(begin))


def prefix(dataset: Dataset, syntax: UID) -> bytes:
    """Encode what stands before a data set; nothing of the old one is in it."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    target = DicomFileLike(buffer := BytesIO())
    target.write(PREAMBLE)
    write_file_meta_info(target, meta, enforce_standard=True)
    return buffer.getvalue()


def encoded(dataset: Dataset, encoding: Encoding) -> bytes:
    """Encode a data set."""
    target = DicomFileLike(buffer := BytesIO())
    target.is_little_endian, target.is_implicit_VR = encoding.little, encoding.implicit
    write_dataset(target, dataset)
    return buffer.getvalue()


def deflated(data: bytes) -> bytes:
    """Deflate a data set (PS3.5 A.5), to an even length."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush()
    return packed + b"\0" * (len(packed) % 2)


def _meta(file: Bytes) -> tuple[UID, int]:
    """Give the transfer syntax, and where the data set begins."""
    syntax, begin = "", MAGIC.stop
    for head in Structure(file, META).group(begin, META_GROUP):
        begin = head.begin + head.length
        if head.tag == SYNTAX:
            syntax = bytes(file[head.begin : begin]).decode("latin-1").strip(" \0")
    if syntax not in KNOWN:
        text = "the file does not say in which transfer syntax it is, or in one that is not known"
        raise QuarantineError("not-dicom", text)
    return UID(syntax), begin


def _inflated(packed: Bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(packed, most)
    except zlib.error as error:
        text = "the deflated data set cannot be inflated"
        raise QuarantineError("broken", text) from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        text = f"the deflated data set is cut, or inflates to more than {most >> 20} MB"
        raise QuarantineError("broken", text)
    return data
