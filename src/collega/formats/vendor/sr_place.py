"""Where a content item points: images, regions in pixels, contours in the patient (PS3.3 C.18.4, C.18.6, C.18.9)."""

import math
from collections.abc import Iterable, Iterator, Sequence

from pydicom.dataset import Dataset

from collega.formats.vendor.said import Contour
from collega.formats.vendor.sr_tree import Item
from collega.model.finding import Region, RegionKind

# Corners of the polygon that stands for a circle or an ellipse: off by half a hundredth of its radius at most.
CORNERS = 32
MOST_POINTS = 10_000


def images_of(item: Item) -> tuple[str, ...]:
    """SOP Instance UIDs of all IMAGE items below, each once."""
    return tuple(dict.fromkeys(uid for child in item.walk() if child.kind == "IMAGE" for uid, _ in _references(child)))


def regions_of(item: Item) -> tuple[Region, ...]:
    """Places of all SCOORD items below, each once."""
    found = (region for child in item.walk() if child.kind == "SCOORD" for region in _regions(child))
    return tuple(dict.fromkeys(found))


def contours_of(item: Item) -> tuple[Contour, ...]:
    """Places of all SCOORD3D items below that lie in the space of the patient."""
    found = (_contour(child.data) for child in item.walk() if child.kind == "SCOORD3D")
    return tuple(dict.fromkeys(contour for contour in found if contour.points))


def _references(item: Item) -> Iterator[tuple[str, tuple[int, ...]]]:
    for reference in item.data.get("ReferencedSOPSequence") or ():
        yield str(reference.get("ReferencedSOPInstanceUID") or ""), frame_numbers(reference)


def frame_numbers(reference: Dataset) -> tuple[int, ...]:
    """Referenced Frame Number, as many as there are; none where the whole image is meant."""
    numbers = reference.get("ReferencedFrameNumber")
    if numbers is None or numbers == "":
        return ()
    several: Iterable[int | str] = [numbers] if isinstance(numbers, int | str) else numbers
    return tuple(int(number) for number in several)


def _regions(item: Item) -> Iterator[Region]:
    points = pairs([float(value) for value in item.data.get("GraphicData") or ()])
    shape = as_shape(str(item.data.get("GraphicType") or ""), points)
    for child in item.children:
        for uid, frames in _references(child):
            for kind, outline in shape:
                for frame in frames or (1,):
                    yield Region(kind=kind, image=uid, frame=frame, points=outline)


def pairs(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Pair (column, row) numbers that stand in one row."""
    return tuple(zip(values[::2], values[1::2], strict=False))


def as_shape(
    graphic_type: str, points: tuple[tuple[float, float], ...]
) -> list[tuple[RegionKind, tuple[tuple[float, float], ...]]]:
    """Our shapes for a graphic of PS3.3 C.18.6.1.2, or of a presentation state (C.10.5); empty where it has none."""
    if not points or not all(math.isfinite(value) for point in points for value in point):
        return []
    if graphic_type in {"POINT", "MULTIPOINT"}:
        return [(RegionKind.POINT, (point,)) for point in points]
    if graphic_type == "CIRCLE" and len(points) == 2:  # noqa: PLR2004 - its centre, and a point on it
        (column, row), on = points
        radius = math.dist(points[0], on)
        return [(RegionKind.POLYGON, _round((column, row), (radius, 0.0), (0.0, radius)))]
    if graphic_type == "ELLIPSE" and len(points) == 4:  # noqa: PLR2004 - ends of the longer axis, then of the other
        centre = ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)
        first, second = (_from(centre, points[0]), _from(centre, points[2]))
        return [(RegionKind.POLYGON, _round(centre, first, second))]
    return _line(points) if graphic_type in {"POLYLINE", "INTERPOLATED"} else []


def _line(points: tuple[tuple[float, float], ...]) -> list[tuple[RegionKind, tuple[tuple[float, float], ...]]]:
    corners = points[:-1] if len(points) > 1 and points[0] == points[-1] else points
    if len(corners) > MOST_POINTS:
        corners = corners[:: math.ceil(len(corners) / MOST_POINTS)]
    if len(corners) < 3:  # noqa: PLR2004 - a line has no inside; its ends are points
        return [(RegionKind.POINT, (corner,)) for corner in corners]
    if len(corners) == 4 and _is_box(corners):  # noqa: PLR2004 - corners of a box
        return [(RegionKind.BOX, (corners[0], corners[2]))]
    return [(RegionKind.POLYGON, corners)]


def _is_box(corners: tuple[tuple[float, float], ...]) -> bool:
    """Whether four corners, in turn, make a box whose sides run along rows and columns, the first one its top left."""
    (left, top), first, (right, bottom), last = corners
    return left < right and top < bottom and {first, last} == {(right, top), (left, bottom)}


def _round(
    centre: tuple[float, float], first: tuple[float, float], second: tuple[float, float]
) -> tuple[tuple[float, float], ...]:
    angles = (2 * math.pi * corner / CORNERS for corner in range(CORNERS))
    return tuple(
        (
            centre[0] + math.cos(angle) * first[0] + math.sin(angle) * second[0],
            centre[1] + math.cos(angle) * first[1] + math.sin(angle) * second[1],
        )
        for angle in angles
    )


def _from(centre: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    return point[0] - centre[0], point[1] - centre[1]


def _contour(data: Dataset) -> Contour:
    values = [float(value) for value in data.get("GraphicData") or ()]
    points = tuple(zip(values[::3], values[1::3], values[2::3], strict=False))
    frame = str(data.get("ReferencedFrameOfReferenceUID") or "")
    return Contour(points=points if all(map(math.isfinite, values)) else (), frame_of_reference=frame)
