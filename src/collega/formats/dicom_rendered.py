"""One frame as a picture to look at (PS3.18 8.3.5): windowed, cut out, scaled; never for a diagnosis."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.utils import pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian

from collega.errors import DecodingError, InputError
from collega.formats.dicom_frames import number_of_frames, read_all
from collega.formats.dicom_study import UNREADABLE
from collega.formats.rendering import PNG, Rendering


def rendered(path: Path, number: int, kind: str, rendering: Rendering) -> bytes:
    """Draw a frame, counted from 1.

    Raises
    ------
    DecodingError
        There is no such frame, or it cannot be drawn.
    """
    dataset = read_all(path)
    if "PixelData" not in dataset or not 1 <= number <= number_of_frames(dataset):
        message = "the object has no such frame to draw"
        raise DecodingError("none", message)
    try:
        # By path one frame alone is read; not so where the whole data set is packed.
        is_packed = dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian
        pixels = pixel_array(dataset if is_packed else path, index=number - 1)
        image = Image.fromarray(_eight_bits(pixels, dataset, rendering))
    except UNREADABLE as error:
        message = f"the frame cannot be drawn ({type(error).__name__})"
        raise DecodingError("undecodable", message) from error
    except RuntimeError as error:
        message = "nothing here can decode this transfer syntax, or the frame is damaged"
        raise DecodingError("undecodable", message) from error
    target = BytesIO()
    _placed(image, rendering).save(target, "PNG" if kind == PNG else "JPEG", quality=rendering.quality)
    return target.getvalue()


def _eight_bits(pixels: np.ndarray[Any, Any], dataset: Dataset, rendering: Rendering) -> np.ndarray[Any, Any]:
    """Bring pixels to 0..255 in the way of PS3.3 C.11.2: modality, window, then polarity."""
    if pixels.ndim == 3:  # noqa: PLR2004 - rows, columns, colours
        bits = int(dataset.BitsStored)
        return (pixels >> max(0, bits - 8)).astype("u1") if bits > 8 else pixels.astype("u1")  # noqa: PLR2004 - to a byte
    if str(dataset.get("PhotometricInterpretation", "")) == "PALETTE COLOR":
        return _eight_bits(apply_color_lut(pixels, dataset), _deep(dataset), rendering)
    values = apply_modality_lut(pixels, dataset)
    low, high = float(values.min()), float(values.max())
    if rendering.window is not None:
        values, low, high = _windowed(values, *rendering.window), 0.0, 1.0
    elif "VOILUTSequence" in dataset or dataset.get("WindowWidth"):
        values = apply_voi(values, dataset) if "VOILUTSequence" in dataset else apply_windowing(values, dataset)
        low, high = float(values.min()), float(values.max())
        low, high = _range_of(dataset, low, high)
    scaled = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    if str(dataset.get("PhotometricInterpretation", "")) == "MONOCHROME1":
        scaled = 1 - scaled
    grey: np.ndarray[Any, Any] = np.rint(scaled * 255).astype("u1")
    return grey


def _deep(dataset: Dataset) -> Dataset:
    """Describe pixels that have been coloured by a palette (PS3.3 C.7.6.3.1.5)."""
    coloured = Dataset()
    coloured.BitsStored = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    return coloured


def _range_of(dataset: Dataset, low: float, high: float) -> tuple[float, float]:
    """Give the range that a window of the object is spread over, as pydicom spreads it."""
    if "VOILUTSequence" in dataset:
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return 0.0, float((1 << bits) - 1)
    bits = int(dataset.BitsStored)
    lowest = -(1 << (bits - 1)) if dataset.PixelRepresentation else 0
    highest = lowest + (1 << bits) - 1
    if "RescaleSlope" in dataset:
        slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
        ends = sorted((lowest * slope + intercept, highest * slope + intercept))
        return ends[0], ends[1]
    return (float(lowest), float(highest)) if "ModalityLUTSequence" not in dataset else (low, high)


def _windowed(values: np.ndarray[Any, Any], centre: float, width: float, function: str) -> np.ndarray[Any, Any]:
    """Apply a window to 0..1 (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    if function == "SIGMOID":
        curved: np.ndarray[Any, Any] = 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -500, 500)))
        return curved
    if function == "LINEAR_EXACT":
        straight: np.ndarray[Any, Any] = np.clip((values - centre) / width + 0.5, 0, 1)
        return straight
    usual: np.ndarray[Any, Any] = np.clip((values - (centre - 0.5)) / max(width - 1, 1e-9) + 0.5, 0, 1)
    return usual


def _placed(image: Image.Image, rendering: Rendering) -> Image.Image:
    """Cut the part out, turn it over where its width or height is negative, and fit it into the viewport."""
    if rendering.part is not None:
        left, top, width, height = rendering.part
        right, bottom = left + (abs(width) or image.width), top + (abs(height) or image.height)
        box = (max(0.0, left), max(0.0, top), min(float(image.width), right), min(float(image.height), bottom))
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            message = "viewport: the part lies outside of the image"
            raise InputError(message)
        image = image.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if width < 0 else image
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if height < 0 else image
    if rendering.size is None:
        return image
    scale = min(rendering.size[0] / image.width, rendering.size[1] / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BILINEAR)
