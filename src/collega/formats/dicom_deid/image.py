"""The pixels of an object: areas that a rule or the scanner itself names are painted over, all else stays as it is."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, ExplicitVRLittleEndian

from collega.formats.dicom_deid.comments import without_comments
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Area, Box, Profile
from collega.formats.dicom_deid.structure import Bytes
from collega.formats.dicom_study import UNREADABLE

PIXEL_DATA = 0x7FE00010
US_REGIONS = "SequenceOfUltrasoundRegions"
COLOURS_LAST = 3


@dataclass(frozen=True, kw_only=True)
class Image:
    """An object in two parts.

    Parameters
    ----------
    header : Dataset
        All but the pixel data.
    syntax : UID
        Transfer syntax of the pixels.
    pixels : bytes-like or None
        Value of the pixel data, None where there is none.
    painted : bool
        Whether areas were painted over.
    """

    header: Dataset
    syntax: UID
    pixels: Bytes | None
    painted: bool = False


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How uncompressed pixels lie in their bytes."""

    frames: int
    rows: int
    columns: int
    samples: int
    planar: bool
    bytes_each: int

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return self.frames * self.rows * self.columns * self.samples * self.bytes_each


def shape_of(dataset: Dataset) -> Shape | None:
    """Read how uncompressed pixels lie; None where they are not of 8, 16 or 32 bits."""
    bits = int(dataset.get("BitsAllocated") or 0)
    shape = Shape(
        frames=int(dataset.get("NumberOfFrames") or 1),
        rows=int(dataset.get("Rows") or 0),
        columns=int(dataset.get("Columns") or 0),
        samples=int(dataset.get("SamplesPerPixel") or 1),
        planar=int(dataset.get("PlanarConfiguration") or 0) == 1,
        bytes_each=bits // 8,
    )
    return shape if bits in {8, 16, 32} and shape.rows and shape.columns else None


def boxes_of(dataset: Dataset, profile: Profile) -> tuple[Box, ...]:
    """Give the areas to paint over: of the rules that suit, and what lies outside the regions of an ultrasound."""
    if Option.CLEAN_PIXELS not in profile.options:
        return ()
    ruled = (box for area in profile.areas if suits(area, dataset) for box in area.boxes)
    return (*ruled, *_outside(dataset))


def suits(area: Area, dataset: Dataset) -> bool:
    """Whether a rule is about an image."""
    words = (("Modality", area.modality), ("Manufacturer", area.manufacturer), ("ManufacturerModelName", area.model))
    sizes = (("Rows", area.rows), ("Columns", area.columns))
    return all(not word or word.casefold() in str(dataset.get(name) or "").casefold() for name, word in words) and all(
        not size or dataset.get(name) == size for name, size in sizes
    )


def _outside(dataset: Dataset) -> Iterator[Box]:
    """Give what is around the one box that holds all regions of an ultrasound image (PS3.3 C.8.5.5)."""
    regions = dataset.get(US_REGIONS) or ()
    edges = [
        (item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1)
        for item in regions
    ]
    if not edges:
        return
    left, top = min(edge[0] for edge in edges), min(edge[1] for edge in edges)
    right, bottom = max(edge[2] for edge in edges) + 1, max(edge[3] for edge in edges) + 1
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    yield from ((0, 0, columns, top), (0, bottom, columns, rows - bottom))
    yield from ((0, top, left, bottom - top), (right, top, columns - right, bottom - top))


def cleaned(image: Image, profile: Profile) -> Image:
    """Paint over what the profile names; compressed pixels are then written uncompressed, else lose their comments.

    Raises
    ------
    ValueError
        The pixels cannot be decoded, or are not as the header says.
    """
    if image.pixels is None:
        return image
    boxes = boxes_of(image.header, profile)
    if not boxes:
        return replace(image, pixels=without_comments(image.pixels)) if image.syntax.is_encapsulated else image
    if image.syntax.is_encapsulated:
        image = _decoded(image)
    shape = shape_of(image.header)
    if shape is None or image.pixels is None or len(image.pixels) < shape.size:
        message = "the pixels are not as the header says"
        raise ValueError(message)
    return replace(image, pixels=_painted(image.pixels, shape, boxes), painted=True)


def _decoded(image: Image) -> Image:
    whole = _whole(replace(image, header=deepcopy(image.header)))
    whole.decompress(generate_instance_uid=False)
    pixels = bytes(whole.PixelData)
    del whole.PixelData
    return replace(image, header=whole, syntax=ExplicitVRLittleEndian, pixels=pixels)


def _whole(image: Image) -> Dataset:
    whole = Dataset()
    whole.update(image.header)
    whole.file_meta = FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = image.syntax
    whole.PixelData = bytes(image.pixels or b"")
    whole["PixelData"].is_undefined_length = image.syntax.is_encapsulated
    return whole


def _painted(pixels: Bytes, shape: Shape, boxes: tuple[Box, ...]) -> bytes:
    """Paint boxes over with zeros, in every frame."""
    array = np.frombuffer(pixels, dtype=np.uint8, count=shape.size).copy()
    rows, columns, width = shape.rows, shape.columns, shape.bytes_each
    if shape.planar and shape.samples > 1:
        planes = array.reshape(shape.frames * shape.samples, rows, columns, width)
    else:
        planes = array.reshape(shape.frames, rows, columns, shape.samples * width)
    for left, top, across, down in boxes:
        planes[:, max(top, 0) : max(top + down, 0), max(left, 0) : max(left + across, 0)] = 0
    return array.tobytes() + bytes(pixels[shape.size :])


def first_frame(image: Image) -> NDArray[np.float32] | None:
    """Give the first frame in grey, as rows by columns; None where the pixels cannot be decoded."""
    try:
        frame = pixel_array(_whole(image), index=0) if image.syntax.is_encapsulated else _native_frame(image)
    except (*UNREADABLE, RuntimeError):  # the latter where no decoder takes it
        return None
    if frame is None:
        return None
    return (frame.mean(axis=2) if frame.ndim == COLOURS_LAST else frame).astype(np.float32)


def _native_frame(image: Image) -> NDArray[np.generic] | None:
    shape = shape_of(image.header)
    if shape is None or image.pixels is None or len(image.pixels) * shape.frames < shape.size:
        return None
    kind = f"{'<' if image.syntax.is_little_endian else '>'}{'i' if image.header.get('PixelRepresentation') else 'u'}"
    count = shape.rows * shape.columns * shape.samples
    array = np.frombuffer(image.pixels, dtype=f"{kind}{shape.bytes_each}", count=count)
    if shape.samples == 1:
        return array.reshape(shape.rows, shape.columns)
    if shape.planar:
        return np.moveaxis(array.reshape(shape.samples, shape.rows, shape.columns), 0, 2)
    return array.reshape(shape.rows, shape.columns, shape.samples)
