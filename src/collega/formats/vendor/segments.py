"""Segmentations: binary, fractional, and label maps (PS3.3 A.51, C.8.20)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import iter_pixels

from collega.errors import QuarantineError
from collega.formats.dicom_place import number_of_frames
from collega.formats.dicom_study import UNREADABLE
from collega.formats.vendor.codes import read_code, words
from collega.formats.vendor.plane import Plane, same_place
from collega.formats.vendor.said import Mask, Statement

LABELMAP, FRACTIONAL = "LABELMAP", "FRACTIONAL"
# What a voxel's fraction must reach to be inside: more likely than not, or half covered (C.8.20.2.3).
INSIDE = 0.5


def statements(dataset: Dataset, name: str) -> Iterator[Statement]:
    """Yield one statement for each segment.

    Raises
    ------
    QuarantineError
        ``mask``: frames and their descriptions do not agree, or a frame belongs to a segment that is not there.
    """
    frames = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())
    count = number_of_frames(dataset)
    if len(frames) != count:
        text = f"{name} has {count} frames and describes {len(frames)}"
        raise QuarantineError("mask", text)
    described = {_number(item): item for item in dataset.get("SegmentSequence") or ()}
    is_labelmap = str(dataset.get("SegmentationType") or "") == LABELMAP
    shared = _first(dataset.get("SharedFunctionalGroupsSequence"))
    used: dict[int, list[int]] = {number: list(range(count)) if is_labelmap else [] for number in described}
    for place, frame in enumerate(frames if not is_labelmap else ()):
        number = _number(
            _first(frame.get("SegmentIdentificationSequence") or shared.get("SegmentIdentificationSequence"))
        )
        if number not in used:
            text = f"{name}: frame {place + 1} belongs to segment {number}, which is not described"
            raise QuarantineError("mask", text)
        used[number].append(place)
    for number, item in described.items():
        yield _segment(
            item, replace(Mask(file=name, frames=tuple(used[number])), label=number if is_labelmap else None)
        )


def _segment(item: Dataset, mask: Mask) -> Statement:
    region = read_code(item, "AnatomicRegionSequence")
    return Statement(
        concept=read_code(item, "SegmentedPropertyTypeCodeSequence"),
        labels=tuple(text for text in (words(item.get("SegmentLabel")), words(item.get("TrackingID"))) if text),
        sites=(region,) if region else (),
        lesion=words(item.get("TrackingUID")),
        mask=mask,
    )


def _number(item: Dataset) -> int:
    return int(item.get("SegmentNumber") or item.get("ReferencedSegmentNumber") or 0)


def _first(sequence: Iterable[Dataset] | None) -> Dataset:
    return next(iter(sequence or ()), Dataset())


def read_planes(file: Path, mask: Mask, known: Callable[[], list[Plane]]) -> Mapping[str, NDArray[np.bool_]]:
    """Read what a segment marks, by SOP Instance UID of the image under it; frames that mark nothing are left out.

    Parameters
    ----------
    file : Path
    mask : Mask
    known : callable
        Gives the planes of the images, asked where a frame does not name its image.

    Raises
    ------
    QuarantineError
        ``mask`` where the pixels cannot be read, ``geometry`` where a frame lies on none of the images.
    """
    try:
        dataset = pydicom.dcmread(file)
        return dict(_marked(dataset, mask, known))
    except UNREADABLE as error:
        text = f"the pixels of {mask.file} cannot be read ({type(error).__name__}: {error})"[:300]
        raise QuarantineError("mask", text) from error


def _marked(dataset: Dataset, mask: Mask, known: Callable[[], list[Plane]]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    frames = dataset.PerFrameFunctionalGroupsSequence
    most = float(dataset.get("MaximumFractionalValue") or 255)
    is_fractional = str(dataset.get("SegmentationType") or "") == FRACTIONAL
    for place, pixels in zip(mask.frames, iter_pixels(dataset, indices=mask.frames, raw=True), strict=True):
        if mask.label is not None:
            inside = pixels == mask.label
        else:
            inside = pixels >= INSIDE * most if is_fractional else pixels > 0
        if inside.any():
            yield _under(dataset, frames[place], known, mask.file), inside


def _under(dataset: Dataset, frame: Dataset, known: Callable[[], list[Plane]], name: str) -> str:
    """Find the image under a frame: the one that it names as its source, else the one at its place."""
    derivation = _first(frame.get("DerivationImageSequence"))
    sources = [
        str(source.get("ReferencedSOPInstanceUID") or "") for source in derivation.get("SourceImageSequence") or ()
    ]
    if len(sources) == 1 and sources[0]:
        return sources[0]
    position = _first(frame.get("PlanePositionSequence")).get("ImagePositionPatient")
    plane = same_place(position, str(dataset.get("FrameOfReferenceUID") or ""), known())
    if plane is None:
        text = f"{name}: a frame names no image, and lies on none that the app was given"
        raise QuarantineError("geometry", text)
    return plane.image
