"""Which series is a plain axial CT of an adult's head, by the headers of its images."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset

from head_ct_bleed.words import Reason

ADULT_YEARS = 18
DAYS_PER_YEAR = 365.25
HEAD = frozenset({"", "HEAD", "BRAIN", "SKULL"})
NO_CONTRAST = frozenset({"", "NONE", "NO"})
# Least cosine between the slices' normal and the body's axis, and between rows and its cross axis: 30 degrees.
LEAST_COSINE = 0.866
# Words that name a reconstruction for bone; it is looked at last, and is mostly too noisy.
BONE_WORDS = ("BONE", "BOT ")
LEAST_SLICES, LEAST_COVERED_MM = 12, 100.0
COARSEST_SLICE_MM, COARSEST_PIXEL_MM = 8.0, 1.1
# Share of the distance by which it may vary, and by which it may exceed the thickness.
UNEVEN, GAP = 0.1, 1.1
WANTED_MM = 5.0

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Image:
    """Header of an image, and where its pixels are."""

    uid: str
    file: Path
    header: Dataset


@dataclass(frozen=True, kw_only=True)
class Series:
    """Images that can be analysed, from the base upwards; ``voxel`` in mm across, down, along."""

    images: tuple[Image, ...]
    voxel: tuple[float, float, float]


def read_study(inputs: Path) -> dict[str, Any]:
    """Read what the platform says of the study."""
    study: dict[str, Any] = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    return study


def read_images(inputs: Path, study: Mapping[str, Any]) -> list[Image]:
    """Read the headers of all images."""
    return [
        Image(
            uid=image["sop_instance_uid"],
            file=inputs / image["file"],
            header=pydicom.dcmread(inputs / image["file"], stop_before_pixels=True),
        )
        for image in study["images"]
    ]


def age_years(study: Mapping[str, Any], images: Sequence[Image]) -> float | None:
    """Age that the platform knows, else the lowest that an image says (PS3.5 AS); None where neither does."""
    known = study["patient"].get("age_years")
    if known is not None:
        return float(known)
    units = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_PER_YEAR, "D": 1 / DAYS_PER_YEAR}
    said = {str(image.header.get("PatientAge") or "") for image in images}
    return min(
        (int(age[:-1]) * units[age[-1]] for age in said if age[-1:] in units and age[:-1].isdigit()), default=None
    )


def sort_series(images: Sequence[Image]) -> tuple[list[Series], list[Reason]]:
    """Part the images into series: those that can be analysed, best first, and why the others cannot."""
    series = defaultdict(list)
    for image in images:
        series[str(image.header.get("SeriesInstanceUID"))].append(image)
    suitable, refused = [], []
    for group in series.values():
        found = _judge(group)
        if isinstance(found, Series):
            suitable.append(found)
        else:
            refused.append(found)
    return sorted(suitable, key=_preference), refused


def _judge(images: list[Image]) -> Series | Reason:
    for image in images:
        for reason, speaks_against in AGAINST_IMAGE.items():
            if speaks_against(image.header):
                return reason
    if len({_shape(image.header) for image in images}) > 1:
        return Reason.MIXED
    if len(images) < LEAST_SLICES:
        return Reason.TOO_FEW
    first = images[0].header
    normal = _normal(first)
    heights = {image.uid: float(np.dot(normal, _numbers(image.header, "ImagePositionPatient", 3))) for image in images}
    upwards = tuple(sorted(images, key=lambda image: heights[image.uid]))
    steps = np.diff([heights[image.uid] for image in upwards])
    distance = float(np.median(steps))
    spacing = _numbers(first, "PixelSpacing", 2)
    against = _against_spacing(steps, distance, _numbers(first, "SliceThickness", 1), max(spacing))
    return against or Series(images=upwards, voxel=(spacing[1], spacing[0], distance))


def _against_spacing(steps: Numbers, distance: float, thickness: Sequence[float], pixel: float) -> Reason | None:
    if distance <= 0 or np.abs(steps - distance).max() > UNEVEN * distance:
        return Reason.UNEVEN
    if thickness and distance > GAP * thickness[0]:
        return Reason.GAPS
    if distance > COARSEST_SLICE_MM or pixel > COARSEST_PIXEL_MM:
        return Reason.TOO_COARSE
    return Reason.TOO_SHORT if distance * (len(steps) + 1) < LEAST_COVERED_MM else None


def _preference(series: Series) -> tuple[bool, float]:
    header = series.images[0].header
    words = f"{header.get('SeriesDescription', '')} {header.get('ConvolutionKernel', '')} ".upper()
    return any(word in words for word in BONE_WORDS), abs(series.voxel[2] - WANTED_MM)


def _numbers(header: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    """Numbers of an attribute; empty where it is missing or holds something else."""
    try:
        value = header.get(keyword)
        numbers = tuple(float(item) for item in ([value] if count == 1 else value or []))
    except (TypeError, ValueError):
        return ()
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else ()


def _normal(header: Dataset) -> Numbers:
    """Give the normal of the slice, pointing to the head."""
    direction = np.array(_numbers(header, "ImageOrientationPatient", 6))
    normal = np.cross(direction[:3], direction[3:])
    return normal if normal[2] >= 0 else -normal


def _shape(header: Dataset) -> tuple[object, ...]:
    direction = _numbers(header, "ImageOrientationPatient", 6)
    spacing = _numbers(header, "PixelSpacing", 2)
    return header.get("Rows"), header.get("Columns"), spacing, tuple(round(number, 3) for number in direction)


def _said(header: Dataset, keyword: str) -> str:
    return str(header.get(keyword) or "").strip().upper()


def _has_no_hounsfield(header: Dataset) -> bool:
    slope = _numbers(header, "RescaleSlope", 1)
    other = _said(header, "RescaleType") not in {"", "HU"}
    return other or not slope or slope[0] == 0 or not _numbers(header, "RescaleIntercept", 1)


def _has_no_geometry(header: Dataset) -> bool:
    wanted = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}
    missing = any(not _numbers(header, keyword, count) for keyword, count in wanted.items())
    return missing or min(_numbers(header, "PixelSpacing", 2)) <= 0


def _is_not_axial(header: Dataset) -> bool:
    direction = np.array(_numbers(header, "ImageOrientationPatient", 6))
    return bool(abs(_normal(header)[2]) < LEAST_COSINE or abs(direction[0]) < LEAST_COSINE)


def _is_localizer(header: Dataset) -> bool:
    kinds = header.get("ImageType") or []
    return "LOCALIZER" in {str(kind).upper() for kind in ([kinds] if isinstance(kinds, str) else kinds)}


# What speaks against an image, in the order in which it is looked at.
AGAINST_IMAGE: Mapping[Reason, Callable[[Dataset], bool]] = {
    Reason.NOT_CT: lambda header: _said(header, "Modality") != "CT",
    Reason.SEVERAL_FRAMES: lambda header: _said(header, "NumberOfFrames") not in {"", "1"},
    Reason.LOCALIZER: _is_localizer,
    Reason.OTHER_BODY_PART: lambda header: _said(header, "BodyPartExamined") not in HEAD,
    Reason.CONTRAST: lambda header: _said(header, "ContrastBolusAgent") not in NO_CONTRAST,
    Reason.NO_HOUNSFIELD: _has_no_hounsfield,
    Reason.UNREADABLE: lambda header: not header.get("Rows") or not header.get("Columns"),
    Reason.NO_GEOMETRY: _has_no_geometry,
    Reason.NOT_AXIAL: _is_not_axial,
}
