"""Presentation states for the browser: their graphics, texts and shutters (PS3.3 A.33, C.7.6.11, C.10.4, C.10.5)."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from collega.formats.dicom_study import UNREADABLE
from collega.formats.layer import LONGEST_TEXT, MOST_ITEMS, MOST_POINTS, Layer, Point, Why
from collega.formats.vendor.codes import words
from collega.formats.vendor.sr_place import frame_numbers, pairs

CORNERS, BETWEEN = 64, 8
CIRCLE_POINTS, ELLIPSE_POINTS = 2, 4
OVERLAY_PLANES = range(0x6000, 0x6100)
Item = dict[str, Any]
# What a state changes besides marks, and is not done here.
DISPLAY = (
    *("SoftcopyVOILUTSequence", "ModalityLUTSequence", "PresentationLUTSequence", "MaskSubtractionSequence"),
    "CompoundGraphicSequence",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Area:
    """What of an image is on the display (PS3.3 C.10.4): fractions of it are meant by units of DISPLAY."""

    left: float
    top: float
    width: float
    height: float
    is_turned: bool

    def at(self, point: Point) -> Point:
        return self.left + point[0] * self.width, self.top + point[1] * self.height


class _NotDrawnError(Exception):
    """One graphic or text cannot be drawn."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def graphic_layers(dataset: Dataset, title: str) -> list[Layer]:
    """Read what a presentation state draws, a layer for each frame of each image; what it cannot, with the reason."""
    everywhere = _images(dataset.get("ReferencedSeriesSequence"))
    found: list[Layer] = []
    for annotation in dataset.get("GraphicAnnotationSequence") or ():
        own = [target for item in annotation.get("ReferencedImageSequence") or () for target in _targets(item)]
        found += _of_annotation(dataset, annotation, own or everywhere, title)
        if sum(len(layer.items) for layer in found) > MOST_ITEMS:
            return [*found[:-1], Layer(shape="graphics", title=title, why=Why.TOO_MUCH)]
    found += _shutters(dataset, everywhere, title)
    if any(key in dataset for key in DISPLAY) or any(element.tag.group in OVERLAY_PLANES for element in dataset):
        found.append(Layer(shape="graphics", title=title, why=Why.DISPLAY))
    return found or [Layer(shape="graphics", title=title, why=Why.DISPLAY)]


def _images(series: Sequence[Dataset] | None) -> list[tuple[str, int]]:
    return [
        target for one in series or () for item in one.get("ReferencedImageSequence") or () for target in _targets(item)
    ]


def _targets(item: Dataset) -> Iterator[tuple[str, int]]:
    for frame in frame_numbers(item) or (1,):
        yield str(item.get("ReferencedSOPInstanceUID") or ""), frame


def _of_annotation(
    dataset: Dataset, annotation: Dataset, targets: Sequence[tuple[str, int]], title: str
) -> Iterator[Layer]:
    name = ", ".join(text for text in (title, words(annotation.get("GraphicLayer"))) if text)
    texts = [words(item.get("UnformattedTextValue")) for item in annotation.get("TextObjectSequence") or ()]
    said = "; ".join(text for text in texts if text)[:LONGEST_TEXT]
    if not targets:
        yield Layer(shape="graphics", title=name, why=Why.NO_IMAGE, text=said)
    for uid, frame in targets:
        items, lost = _items(annotation, _area(dataset, uid))
        if items:
            yield Layer(shape="graphics", image=uid, frame=frame, title=name, items=tuple(items), text=said)
        for why in dict.fromkeys(lost):
            yield Layer(shape="graphics", image=uid, frame=frame, title=name, why=why, text=said)


def _items(annotation: Dataset, area: _Area | None) -> tuple[list[Item], list[Why]]:
    """Give what can be drawn, and why the rest cannot."""
    items: list[Item] = []
    lost: list[Why] = []
    made: list[tuple[Callable[[Dataset, _Area | None], Item], Dataset]] = [
        *((_graphic, item) for item in annotation.get("GraphicObjectSequence") or ()),
        *((_text, item) for item in annotation.get("TextObjectSequence") or ()),
    ]
    for make, item in made:
        try:
            items.append(make(item, area))
        except _NotDrawnError as error:
            lost.append(error.why)
        except UNREADABLE:
            lost.append(Why.MALFORMED)
    return items, lost


def _area(dataset: Dataset, uid: str) -> _Area | None:
    """Find the displayed area of an image; None where nobody says which, or what it says makes none."""
    turned = str(dataset.get("ImageHorizontalFlip") or "N") == "Y" or bool(dataset.get("ImageRotation"))
    for item in dataset.get("DisplayedAreaSelectionSequence") or ():
        named = [str(one.get("ReferencedSOPInstanceUID")) for one in item.get("ReferencedImageSequence") or ()]
        corners = item.get("DisplayedAreaTopLeftHandCorner"), item.get("DisplayedAreaBottomRightHandCorner")
        if (named and uid not in named) or not all(corners):
            continue
        (left, top), (right, bottom) = ([float(value) for value in corner or ()] for corner in corners)
        # These are pixels counted from 1, the last included.
        area = _Area(left=left - 1, top=top - 1, width=right - left + 1, height=bottom - top + 1, is_turned=turned)
        return area if area.width > 0 and area.height > 0 else None
    return None


def _points(values: Sequence[float] | None, units: object, area: _Area | None) -> list[Point]:
    numbers = [float(value) for value in values or ()]
    found = list(pairs(numbers))
    if not found or len(numbers) % 2 or not all(map(math.isfinite, numbers)):
        raise _NotDrawnError(Why.MALFORMED)
    if len(found) > MOST_POINTS:
        raise _NotDrawnError(Why.TOO_MUCH)
    if units == "PIXEL":
        return found
    if units != "DISPLAY":
        raise _NotDrawnError(Why.NOT_KNOWN)
    if area is None or area.is_turned:
        raise _NotDrawnError(Why.TURNED)
    return [area.at(point) for point in found]


def _graphic(item: Dataset, area: _Area | None) -> Item:
    kind = str(item.get("GraphicType") or "")
    if kind not in SHAPES:
        raise _NotDrawnError(Why.NOT_KNOWN)
    points = _points(item.get("GraphicData"), item.get("GraphicAnnotationUnits"), area)
    return {**SHAPES[kind](points), "filled": item.get("GraphicFilled") == "Y"}


def _text(item: Dataset, area: _Area | None) -> Item:
    said = words(item.get("UnformattedTextValue"))
    # With both, the anchor is what is meant and the box where the letters stand (C.10.5.1.2).
    if item.get("BoundingBoxTopLeftHandCorner"):
        key, units = "BoundingBoxTopLeftHandCorner", item.get("BoundingBoxAnnotationUnits")
    else:
        key, units = "AnchorPoint", item.get("AnchorPointAnnotationUnits")
    (place,) = _points(item.get(key), units, area)
    drawn: Item = {"type": "text", "points": [place], "text": said[:LONGEST_TEXT]}
    if key != "AnchorPoint" and item.get("AnchorPoint") and item.get("AnchorPointVisibility") == "Y":
        drawn["points"] += _points(item.get("AnchorPoint"), item.get("AnchorPointAnnotationUnits"), area)
    return drawn


def _point(points: list[Point]) -> Item:
    return {"type": "point", "points": points[:1]}


def _polyline(points: list[Point]) -> Item:
    return {"type": "line", "points": points}


def _interpolated(points: list[Point]) -> Item:
    """Draw the curve through the points (C.10.5.1.2 leaves open which; this one is by Catmull and Rom)."""
    is_closed = points[0] == points[-1]
    ends = (points[-2], points[1]) if is_closed and len(points) > 1 else (points[0], points[-1])
    around = [ends[0], *points, ends[1]]
    found = [
        tuple(_between(*four, step / BETWEEN) for four in zip(*parts, strict=True))
        for parts in zip(around, around[1:], around[2:], around[3:], strict=False)
        for step in range(BETWEEN)
    ]
    return {"type": "line", "points": [*found, points[-1]]}


def _between(before: float, start: float, end: float, after: float, t: float) -> float:
    cubic = -before + 3 * start - 3 * end + after
    square = 2 * before - 5 * start + 4 * end - after
    return 0.5 * (2 * start + (end - before) * t + square * t * t + cubic * t * t * t)


def _circle(points: list[Point]) -> Item:
    if len(points) != CIRCLE_POINTS:
        raise _NotDrawnError(Why.MALFORMED)
    radius = math.dist(*points)
    return _ring(points[0], (radius, 0.0), (0.0, radius))


def _ellipse(points: list[Point]) -> Item:
    if len(points) != ELLIPSE_POINTS:
        raise _NotDrawnError(Why.MALFORMED)
    first, second, third, _ = points
    centre = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
    return _ring(centre, (first[0] - centre[0], first[1] - centre[1]), (third[0] - centre[0], third[1] - centre[1]))


def _ring(centre: Point, first: Point, second: Point) -> Item:
    angles = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    ring = [
        tuple(centre[at] + math.cos(angle) * first[at] + math.sin(angle) * second[at] for at in (0, 1))
        for angle in angles
    ]
    return {"type": "closed", "points": ring}


SHAPES: Mapping[str, Callable[[list[Point]], Item]] = {
    "POINT": _point,
    "POLYLINE": _polyline,
    "INTERPOLATED": _interpolated,
    "CIRCLE": _circle,
    "ELLIPSE": _ellipse,
}


def _shutters(dataset: Dataset, targets: Sequence[tuple[str, int]], title: str) -> Iterator[Layer]:
    """Give what the display shutter leaves open (C.7.6.11); rows and columns are counted from 1."""
    shapes = dataset.get("ShutterShape") or ()
    for shape in [shapes] if isinstance(shapes, str) else shapes:
        try:
            item = {**SHUTTERS[str(shape)](dataset), "type": "shutter"}
        except KeyError:
            yield Layer(shape="graphics", title=title, why=Why.NOT_KNOWN)
            continue
        except (*UNREADABLE, _NotDrawnError):
            yield Layer(shape="graphics", title=title, why=Why.MALFORMED)
            continue
        for uid, frame in targets:
            yield Layer(shape="graphics", image=uid, frame=frame, title=title, items=(item,))


def _rectangle(dataset: Dataset) -> Item:
    left, right = float(dataset.ShutterLeftVerticalEdge), float(dataset.ShutterRightVerticalEdge)
    top, bottom = float(dataset.ShutterUpperHorizontalEdge), float(dataset.ShutterLowerHorizontalEdge)
    # The edges themselves are covered.
    return {"points": [(left, top), (right - 1, top), (right - 1, bottom - 1), (left, bottom - 1)]}


def _circular(dataset: Dataset) -> Item:
    row, column = (float(value) for value in dataset.CenterOfCircularShutter)
    radius = float(dataset.RadiusOfCircularShutter)
    return _ring((column - 0.5, row - 0.5), (radius, 0.0), (0.0, radius))


def _polygonal(dataset: Dataset) -> Item:
    corners = pairs([float(value) for value in dataset.VerticesOfThePolygonalShutter])
    return {"points": [(column - 0.5, row - 0.5) for row, column in corners]}


SHUTTERS: Mapping[str, Callable[[Dataset], Item]] = {
    "RECTANGULAR": _rectangle,
    "CIRCULAR": _circular,
    "POLYGONAL": _polygonal,
}
