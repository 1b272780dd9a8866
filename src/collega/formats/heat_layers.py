"""Heatmaps for the browser: parametric maps and secondary captures that lie over an image (PS3.3 A.75, A.8)."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from collega.errors import InputError
from collega.formats.layer import Layer, Why

PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30"
MOST_PIXELS, MOST_VALUES, MOST_FRAMES = 16_000_000, 64_000_000, 2_000
# Below this share of the range nothing is drawn; above it the image still shows through.
LOWEST, OPAQUE = 0.05, 0.65
COLOUR = 24  # how far channels lie apart where something was painted on a grey picture
TOLERANCE = 1e-3
PLANE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
Find = Callable[[str], Path | None]


def heat_layers(dataset: Dataset, title: str, find: Find) -> list[Layer]:
    """Find over which image each frame lies.

    Parameters
    ----------
    dataset : Dataset
        Parametric map or secondary capture.
    title : str
    find : callable
        Gives the file of an image by its SOP Instance UID, None where it is not here.
    """
    sources = list(_sources(dataset))
    frames = int(dataset.get("NumberOfFrames") or 1)
    if len(sources) != frames or frames > MOST_FRAMES:
        return [Layer(shape="heat", title=title, why=Why.TOO_MUCH if frames > MOST_FRAMES else Why.OWN_PICTURE)]
    return [_layer(dataset, title, at, source, find) for at, source in enumerate(sources)]


def _layer(dataset: Dataset, title: str, at: int, source: Dataset, find: Find) -> Layer:
    uid = str(source.get("ReferencedSOPInstanceUID") or "")
    frame = int(source.get("ReferencedFrameNumber") or 1)
    file = find(uid)
    if file is None:  # whoever asks says whether it was removed, or never came
        return Layer(shape="heat", title=title, image=uid, frame=frame, number=at + 1)
    place = _place(dataset, at, dcmread(file, stop_before_pixels=True))
    why = Why.NONE if place else Why.OTHER_SIZE
    return Layer(shape="heat", title=title, image=uid, frame=frame, number=at + 1, place=place, why=why)


def _sources(dataset: Dataset) -> Iterator[Dataset]:
    """Give the image under each frame, as the frame says it, else the object (PS3.3 C.7.6.16.2.6, C.7.6.1)."""
    groups = dataset.get("PerFrameFunctionalGroupsSequence")
    if groups:
        for group in groups:
            for derivation in list(group.get("DerivationImageSequence") or ())[:1]:
                yield from list(derivation.get("SourceImageSequence") or ())[:1]
        return
    yield from dataset.get("SourceImageSequence") or dataset.get("ReferencedImageSequence") or ()


def _place(dataset: Dataset, at: int, image: Dataset) -> tuple[float, float, float, float] | None:
    """Give the box of the image in which a frame lies: by where both lie in the patient, else as of the same size."""
    above, below = _plane(dataset, at), _plane(image, 0)
    if above is not None and below is not None:
        return _within(dataset, above, image, below)
    is_same = (dataset.get("Rows"), dataset.get("Columns")) == (image.get("Rows"), image.get("Columns"))
    return (0.0, 0.0, float(image.Columns), float(image.Rows)) if is_same else None


def _within(
    dataset: Dataset, above: NDArray[np.float64], image: Dataset, below: NDArray[np.float64]
) -> tuple[float, float, float, float] | None:
    """Give the box where the planes are parallel, else none; rows of a plane: position, along a row, along a column."""
    position, row, column = below
    along, down = above[1], above[2]
    spacing = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    axes = row / spacing[0], column / spacing[1]
    steps = np.array([np.dot(along, axes[0]), np.dot(down, axes[1])])
    lengths = np.array([np.linalg.norm(along), np.linalg.norm(down)])
    if np.any(np.abs(steps / lengths - 1) > TOLERANCE):
        return None
    offset = above[0] - position
    if abs(np.dot(offset, np.cross(*axes))) > max(float(image.get("SliceThickness") or 0), spacing.min()):
        return None
    scale = steps / spacing
    left, top = np.array([np.dot(offset, axes[0]), np.dot(offset, axes[1])]) / spacing + 0.5 - scale / 2
    return float(left), float(top), float(scale[0] * dataset.Columns), float(scale[1] * dataset.Rows)


def _plane(dataset: Dataset, at: int) -> NDArray[np.float64] | None:
    """Read position, and the steps along a row and along a column, in mm; None where it does not say."""
    groups = [
        *list(dataset.get("PerFrameFunctionalGroupsSequence") or ())[at : at + 1],
        *list(dataset.get("SharedFunctionalGroupsSequence") or ())[:1],
    ]
    items = [
        item
        for group in groups
        for key in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
        for item in list(group.get(key) or ())[:1]
    ]
    said = {key: next((one.get(key) for one in (*items, dataset) if one.get(key)), None) for key in PLANE}
    if not all(said.values()):
        return None
    cosines = np.asarray(said["ImageOrientationPatient"], dtype=float).reshape(2, 3)
    between_rows, between_columns = (float(value) for value in said["PixelSpacing"] or ())
    position = np.asarray(said["ImagePositionPatient"], dtype=float)
    return np.array([position, cosines[0] * between_columns, cosines[1] * between_rows])


def heat_picture(path: Path, number: int) -> bytes:
    """Draw one frame, counted from 1, as a PNG through which the image shows.

    Raises
    ------
    InputError
        It has no such frame, or no pixels that can be read.
    """
    try:
        dataset = dcmread(path, defer_size=1024)
        _check(dataset, number)
        drawn = _coloured(dataset, path, number)
    except InputError:
        raise
    # A decoder may raise whatever it likes at pixels that are not what they say.
    except Exception as error:  # noqa: BLE001 - said to the reader, who has the line of it below the image
        message = f"the pixels cannot be read ({type(error).__name__})"
        raise InputError(message) from None
    written = BytesIO()
    Image.fromarray(drawn).save(written, "PNG")
    return written.getvalue()


def _check(dataset: Dataset, number: int) -> None:
    """Refuse what is not there, and what takes more memory than a page may cost."""
    frames, size = int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows) * int(dataset.Columns)
    is_map = str(dataset.get("SOPClassUID")) == PARAMETRIC_MAP
    if not 1 <= number <= frames or size > MOST_PIXELS or (is_map and size * frames > MOST_VALUES):
        message = f"frame {number} of {frames}, or too large for the quick view"
        raise InputError(message)


def _coloured(dataset: Dataset, path: Path, number: int) -> NDArray[np.uint8]:
    is_map = str(dataset.get("SOPClassUID")) == PARAMETRIC_MAP
    if is_map:
        # The range is that of all frames, or colours of two planes would not mean the same.
        every = np.asarray(pixel_array(path)).reshape(-1, int(dataset.Rows), int(dataset.Columns))
        return _hot(every[number - 1].astype(np.float64), _span(every))
    values = np.asarray(pixel_array(path, index=number - 1))
    if values.ndim == 3:  # noqa: PLR2004 - rows, columns, samples
        return _painted(values[..., :3].astype(np.uint8))
    inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    top = float(2 ** int(dataset.get("BitsStored") or 8) - 1)
    return _hot(top - values if inverted else values.astype(np.float64), (0.0, top))


def _span(values: NDArray[Any]) -> tuple[float, float]:
    usable = values[np.isfinite(values)]
    return (float(min(usable.min(), 0.0)), float(usable.max())) if usable.size else (0.0, 1.0)


def _hot(values: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.uint8]:
    """Colour values from red over yellow to white; the lowest are not drawn."""
    low, high = span
    share = np.nan_to_num(np.clip((values - low) / max(high - low, 1e-12), 0, 1))
    channels = [np.clip(3 * share + 0.4, 0, 1), np.clip(2 * share - 0.5, 0, 1), np.clip(4 * share - 3, 0, 1)]
    alpha = np.where(share > LOWEST, OPAQUE * np.sqrt(share), 0)
    return np.asarray(np.rint(255 * np.stack([*channels, alpha], axis=-1)), dtype=np.uint8)


def _painted(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep what is in colour of a picture; its grey is the image that lies below."""
    apart = values.max(axis=-1).astype(int) - values.min(axis=-1)
    alpha = np.where(apart > COLOUR, int(255 * OPAQUE), 0).astype(np.uint8)
    return np.dstack([values, alpha])
