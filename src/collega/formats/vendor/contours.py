"""RT Structure Sets: contours in the space of the patient (PS3.3 A.19, C.8.8.5, C.8.8.6, C.8.8.8)."""

import math
from collections.abc import Iterator

from pydicom.dataset import Dataset

from collega.formats.vendor.codes import read_code, words
from collega.formats.vendor.said import Contour, Statement

# What encloses, or marks a spot; an open line has no inside.
DRAWN = frozenset({"POINT", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})


def statements(dataset: Dataset) -> Iterator[Statement]:
    """Yield one statement for each region of interest that has contours; its name and observed label are its labels."""
    observed = _by_number(dataset, "RTROIObservationsSequence")
    drawn = _by_number(dataset, "ROIContourSequence")
    for number, roi in _by_number(dataset, "StructureSetROISequence", "ROINumber").items():
        observation = observed.get(number, Dataset())
        frame = str(roi.get("ReferencedFrameOfReferenceUID") or "")
        contours = tuple(_contours(drawn.get(number, Dataset()), frame))
        labels = (words(roi.get("ROIName")), words(observation.get("ROIObservationLabel")))
        yield Statement(
            concept=read_code(observation, "RTROIIdentificationCodeSequence"),
            labels=tuple(label for label in labels if label),
            images=tuple(dict.fromkeys(contour.image for contour in contours if contour.image)),
            contours=contours,
        )


def _by_number(dataset: Dataset, sequence: str, keyword: str = "ReferencedROINumber") -> dict[int, Dataset]:
    items = dataset.get(sequence) or ()
    return {int(item[keyword].value): item for item in items if item.get(keyword) not in {None, ""}}


def _contours(item: Dataset, frame: str) -> Iterator[Contour]:
    for contour in item.get("ContourSequence") or ():
        values = [float(value) for value in contour.get("ContourData") or ()]
        points = tuple(zip(values[::3], values[1::3], values[2::3], strict=False))
        if str(contour.get("ContourGeometricType") or "") in DRAWN and points and all(map(math.isfinite, values)):
            images = [
                str(image.get("ReferencedSOPInstanceUID") or "") for image in contour.get("ContourImageSequence") or ()
            ]
            yield Contour(points=points, frame_of_reference=frame, image=images[0] if len(images) == 1 else "")
