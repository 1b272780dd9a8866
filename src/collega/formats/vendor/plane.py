"""From the space of the patient to the pixels of an image (PS3.3 C.7.6.2.1.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_place import number_of_frames
from collega.formats.vendor.said import Contour
from collega.formats.vendor.sr_place import as_shape
from collega.model.finding import Region

# mm: how far points may lie from the middle of a slice of unknown thickness.
NEAR_MM = 0.5
# mm: two planes whose corners lie closer are the same one.
SAME_MM = 0.05
AXES, POSITION, SPACING = 6, 3, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Where one frame lies: its middle of the first pixel, its directions (rows, columns, through), mm."""

    image: str
    frame: int
    frame_of_reference: str
    origin: NDArray[np.float64]
    axes: NDArray[np.float64]
    spacing: NDArray[np.float64]
    reach_mm: float

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of each point (n, 3) from the plane in mm."""
        away: NDArray[np.float64] = np.abs((points - self.origin) @ self.axes[2])
        return away

    def pixels(self, points: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
        """(column, row) of each point (n, 3), from the corner of the first pixel."""
        flat = (points - self.origin) @ self.axes[:2].T / self.spacing[::-1] + 0.5
        return tuple((float(column), float(row)) for column, row in flat)


def planes_of(dataset: Dataset) -> Iterator[Plane]:
    """Planes of an image, one for each frame; none where it has no place in space."""
    shared = _first(dataset, "SharedFunctionalGroupsSequence")
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or [Dataset()] * number_of_frames(dataset)
    for number, own in enumerate(frames, start=1):
        groups = (own, shared)
        position = _vector(_find(dataset, groups, "PlanePositionSequence", "ImagePositionPatient"), POSITION)
        axes = _vector(_find(dataset, groups, "PlaneOrientationSequence", "ImageOrientationPatient"), AXES)
        spacing = _vector(_find(dataset, groups, "PixelMeasuresSequence", "PixelSpacing"), SPACING)
        if position is None or axes is None or spacing is None or not (spacing > 0).all():
            continue
        thickness = _vector([_find(dataset, groups, "PixelMeasuresSequence", "SliceThickness")], 1)
        across, down = axes[:POSITION], axes[POSITION:]
        yield Plane(
            image=str(dataset.SOPInstanceUID),
            frame=number,
            frame_of_reference=str(dataset.get("FrameOfReferenceUID") or ""),
            origin=position,
            axes=np.stack([across, down, np.cross(across, down)]),
            spacing=spacing,
            reach_mm=max(NEAR_MM, float(thickness[0]) / 2 if thickness is not None else 0.0),
        )


def _first(dataset: Dataset, sequence: str) -> Dataset:
    return next(iter(dataset.get(sequence) or ()), Dataset())


def _find(dataset: Dataset, groups: Iterable[Dataset], sequence: str, keyword: str) -> object:
    for group in groups:
        if (value := _first(group, sequence).get(keyword)) is not None:
            return value
    return dataset.get(keyword)


def _vector(value: object, size: int) -> NDArray[np.float64] | None:
    try:
        numbers = np.array(value, dtype=np.float64).reshape(size)
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def placed(contour: Contour, planes: Iterable[Plane]) -> Iterator[Region]:
    """Give the regions of a contour on the image that it names, else on the plane nearest to it; none off all of them.

    Raises
    ------
    QuarantineError
        ``geometry``: no image lies in its frame of reference.
    """
    points = np.array(contour.points, dtype=np.float64)
    known = list(planes)
    within = [plane for plane in known if not contour.frame_of_reference or _in_space(plane, contour)]
    if known and not within:
        text = "a contour is in another frame of reference than the images that the app was given"
        raise QuarantineError("geometry", text)
    if contour.image:
        within = [plane for plane in within if plane.image == contour.image]
    near = [(float(plane.distances(points).max()), number) for number, plane in enumerate(within)]
    if not near or min(near)[0] > within[min(near)[1]].reach_mm:
        return
    plane = within[min(near)[1]]
    graphic = "POINT" if len(points) == 1 else "POLYLINE"
    for kind, outline in as_shape(graphic, plane.pixels(points)):
        yield Region(kind=kind, image=plane.image, frame=plane.frame, points=outline)


def _in_space(plane: Plane, contour: Contour) -> bool:
    return not plane.frame_of_reference or plane.frame_of_reference == contour.frame_of_reference


def same_place(position: object, frame_of_reference: str, planes: Iterable[Plane]) -> Plane | None:
    """Find the plane whose first pixel lies at ``position`` (x, y, z in mm), None where there is none."""
    at = _vector(position, POSITION)
    if at is None:
        return None
    for plane in planes:
        is_same_space = not plane.frame_of_reference or plane.frame_of_reference == frame_of_reference
        if is_same_space and np.linalg.norm(plane.origin - at) < SAME_MM:
            return plane
    return None
