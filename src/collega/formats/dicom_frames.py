"""Frames and bulk data of one stored object (PS3.5 8, A.4), as they are stored or decoded."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRBigEndian, RLELossless

from collega.errors import DecodingError
from collega.formats.dicom_study import UNREADABLE

PIXEL_DATA = 0x7FE00010
PIXEL_TAGS = (0x7FE00008, 0x7FE00009, PIXEL_DATA)
DEFER_BYTES = 1024


def read_all(path: Path) -> Dataset:
    """Read an object; large values stay in the file until they are asked for."""
    return pydicom.dcmread(path, defer_size=DEFER_BYTES)


def number_of_frames(dataset: Dataset) -> int:
    """Give the Number of Frames; one where the object says nothing usable."""
    try:
        return max(1, int(dataset.get("NumberOfFrames") or 1))
    except (TypeError, ValueError):
        return 1


def frames(path: Path, numbers: Sequence[int], *, as_stored: bool) -> Iterator[bytes]:
    """Give frames, counted from 1: compressed ones as they are stored, or decoded.

    Raises
    ------
    DecodingError
        There is no such frame, or it cannot be decoded.
    """
    dataset = read_all(path)
    count = number_of_frames(dataset)
    if not any(tag in dataset for tag in PIXEL_TAGS):
        message = "the object has no pixel data"
        raise DecodingError("none", message)
    if any(not 1 <= number <= count for number in numbers):
        message = f"the object has frames 1 to {count}"
        raise DecodingError("none", message)
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    if not syntax.is_compressed or syntax.is_deflated:
        yield from _native(dataset, numbers, count, swap=syntax == ExplicitVRBigEndian)
    elif as_stored:
        encoded = dataset[PIXEL_DATA].value
        for number in numbers:
            # A fragment is padded to an even length; what ends in its own marker does not mind (PS3.5 A.4).
            yield _readable(partial(get_frame, encoded, number - 1, number_of_frames=count))
    else:
        for number in numbers:
            yield _readable(partial(_decoded, path, number, dataset))


def _native(dataset: Dataset, numbers: Sequence[int], count: int, *, swap: bool) -> Iterator[bytes]:
    tag = next(tag for tag in (PIXEL_DATA, 0x7FE00008, 0x7FE00009) if tag in dataset)
    value = dataset[tag].value
    bits = int(dataset.get("BitsAllocated") or 8)
    per_frame = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("SamplesPerPixel") or 1) * bits
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        per_frame = per_frame * 2 // 3
    if len(value) * 8 < per_frame * count:
        message = "the pixel data is shorter than the header says"
        raise DecodingError("undecodable", message)
    for number in numbers:
        frame = _bits(value, (number - 1) * per_frame, per_frame)
        yield np.frombuffer(frame, dtype=f">u{bits // 8}").astype(f"<u{bits // 8}").tobytes() if swap else frame


def _bits(value: bytes, start: int, length: int) -> bytes:
    """Cut a frame out; one of single bits may begin within a byte (PS3.5 8.1.1)."""
    if start % 8 == 0:
        return value[start // 8 : (start + length + 7) // 8]
    part = np.frombuffer(value[start // 8 : (start + length + 7) // 8], dtype="u1")
    unpacked = np.unpackbits(part, bitorder="little")[start % 8 : start % 8 + length]
    return np.packbits(unpacked, bitorder="little").tobytes()


def _decoded(path: Path, number: int, dataset: Dataset) -> bytes:
    """Decode one frame; colours as they are meant by the object that is then of that kind (PS3.18 8.7.3.3)."""
    found = pixel_array(path, index=number - 1, raw=_keeps_colours(dataset))
    return np.ascontiguousarray(found.astype(found.dtype.newbyteorder("<"))).tobytes()


def _keeps_colours(dataset: Dataset) -> bool:
    """Tell whether decoding leaves colours as the header names them: run lengths do, JPEG becomes RGB."""
    return str(dataset.file_meta.TransferSyntaxUID) == RLELossless


def _readable(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except UNREADABLE as error:
        message = f"the frame cannot be decoded ({type(error).__name__})"
        raise DecodingError("undecodable", message) from error
    except RuntimeError as error:
        message = "nothing here can decode this transfer syntax, or the frame is damaged"
        raise DecodingError("undecodable", message) from error


def bulk(path: Path, place: str) -> bytes:
    """Give the value of an element: ``place`` is its tag, or a way to it, as ``54000100.1.54001010``.

    Raises
    ------
    DecodingError
        There is none.
    """
    dataset = read_all(path)
    steps = place.split(".")
    try:
        for tag, item in zip(steps[:-1:2], steps[1::2], strict=True):
            dataset = dataset[BaseTag(int(tag, 16))].value[int(item) - 1]
        element = dataset[BaseTag(int(steps[-1], 16))]
    except (LookupError, ValueError, TypeError) as error:
        message = "the object has no such element"
        raise DecodingError("none", message) from error
    if element.VR == "SQ" or not isinstance(element.value, bytes):
        message = "this element stands in the metadata"
        raise DecodingError("none", message)
    return element.value
