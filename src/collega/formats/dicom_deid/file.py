"""An object's file without its patient: the header is made anew, the pixels are copied as they are."""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import NamedTuple

from pydicom.uid import DeflatedExplicitVRLittleEndian

from collega.errors import QuarantineError
from collega.formats.dicom_deid.container import Contents, deflated, encoded, opened, prefix
from collega.formats.dicom_deid.engine import Deidentified, take_out
from collega.formats.dicom_deid.image import Image
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Report
from collega.formats.dicom_deid.structure import Bytes, Encoding
from collega.formats.dicom_study import UNREADABLE


class Ready(NamedTuple):
    """A new file that is not written yet."""

    parts: list[Bytes]
    done: Deidentified

    def is_in(self, file: Path) -> bool:
        """Whether a file holds just this."""
        if file.stat().st_size != sum(len(part) for part in self.parts):
            return False
        with file.open("rb") as there:
            return all(there.read(len(part)) == part for part in self.parts)

    def write(self, file: Path) -> None:
        """Write it; what was there is replaced."""
        with file.open("wb") as target:
            for part in self.parts:
                target.write(part)


def deidentify_file(source: Path, target: Path, profile: Profile, pseudonyms: Pseudonyms) -> Report:
    """Read an object, write it without its patient; ``target`` is made, or replaced.

    Raises
    ------
    QuarantineError
        It cannot be read, or may not leave in any form; ``target`` is not made.
    """
    with made_ready(source, profile, pseudonyms) as ready:
        ready.write(target)
        return ready.done.report


@contextmanager
def made_ready(source: Path, profile: Profile, pseudonyms: Pseudonyms) -> Iterator[Ready]:
    """Read an object and take the patient out; its pixels are still those of the open file.

    Raises
    ------
    QuarantineError
        It cannot be read, or may not leave in any form.
    """
    with _mapped(source) as data:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pydicom's warnings quote values, and end in logs
                ready = _ready(data, profile, pseudonyms)
        except UNREADABLE as error:
            text = f"cannot be read as DICOM ({type(error).__name__})"
            raise QuarantineError("not-dicom", text) from error
        yield ready


def _ready(data: memoryview, profile: Profile, pseudonyms: Pseudonyms) -> Ready:
    contents = opened(data)
    pixels = contents.pixel_value() if contents.pixels else None
    image = Image(header=contents.header(), syntax=contents.syntax, pixels=pixels)
    image, done = take_out(image, profile, pseudonyms)
    return Ready(_parts(contents, image, done), done)


@contextmanager
def _mapped(source: Path) -> Iterator[memoryview]:
    """Map a file; it is closed with the last view of it."""
    try:
        with source.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        text = f"cannot be read ({type(error).__name__})"
        raise QuarantineError("not-dicom", text) from error
    yield memoryview(mapped)


def _parts(contents: Contents, image: Image, done: Deidentified) -> list[Bytes]:
    """Give what the new file is made of, in its order."""
    syntax = image.syntax
    encoding = Encoding(implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
    header = encoded(done.dataset, encoding)
    pixels = [_pixels(image)] if image.painted else [contents.pixel_head(), image.pixels or b""]
    start = prefix(done.dataset, syntax)
    if syntax == DeflatedExplicitVRLittleEndian:
        return [start, deflated(b"".join([header, *pixels]))]
    return [start, header, *pixels]


def _pixels(image: Image) -> bytes:
    """Encode the element of pixels that were painted over; they are not compressed."""
    value = bytes(image.pixels or b"")
    value += b"\0" * (len(value) % 2)
    order = "<" if image.syntax.is_little_endian else ">"
    if image.syntax.is_implicit_VR:
        return pack(order + "HHL", 0x7FE0, 0x0010, len(value)) + value
    vr = b"OB" if image.header.BitsAllocated <= 8 and image.header.SamplesPerPixel == 1 else b"OW"  # noqa: PLR2004
    return pack(order + "HH2sHL", 0x7FE0, 0x0010, vr, 0, len(value)) + value
