"""Presentation states: what is drawn and written over images (PS3.3 A.33, C.10.5)."""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from collega.formats.vendor.codes import words
from collega.formats.vendor.said import Statement
from collega.formats.vendor.sr_place import as_shape, frame_numbers, pairs
from collega.model.finding import Region, RegionKind

PIXEL = "PIXEL"


def statements(dataset: Dataset) -> Iterator[Statement]:
    """Yield one statement for each annotation: its texts and its layer are its labels.

    What is placed on the display instead of the image (units DISPLAY) has no place in the image.
    """
    everywhere = [image for series in dataset.get("ReferencedSeriesSequence") or () for image in _images(series)]
    for annotation in dataset.get("GraphicAnnotationSequence") or ():
        images = list(_images(annotation)) or everywhere
        texts = [words(item.get("UnformattedTextValue")) for item in annotation.get("TextObjectSequence") or ()]
        shapes = list(_shapes(annotation))
        yield Statement(
            labels=tuple(text for text in (*texts, words(annotation.get("GraphicLayer"))) if text),
            images=tuple(dict.fromkeys(uid for uid, _ in images)),
            regions=tuple(
                Region(kind=kind, image=uid, frame=frame, points=points)
                for uid, frames in images
                for frame in frames or (1,)
                for kind, points in shapes
            ),
        )


def _images(item: Dataset) -> Iterator[tuple[str, tuple[int, ...]]]:
    for image in item.get("ReferencedImageSequence") or ():
        yield str(image.get("ReferencedSOPInstanceUID") or ""), frame_numbers(image)


def _shapes(annotation: Dataset) -> Iterator[tuple[RegionKind, tuple[tuple[float, float], ...]]]:
    for graphic in annotation.get("GraphicObjectSequence") or ():
        if graphic.get("GraphicAnnotationUnits") == PIXEL:
            points = pairs([float(value) for value in graphic.get("GraphicData") or ()])
            yield from as_shape(str(graphic.get("GraphicType") or ""), points)
    for text in annotation.get("TextObjectSequence") or ():
        anchor = text.get("AnchorPoint")
        if anchor and text.get("AnchorPointAnnotationUnits") == PIXEL:
            yield from as_shape("POINT", pairs([float(value) for value in anchor]))
