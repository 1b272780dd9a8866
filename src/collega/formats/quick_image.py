"""One frame for the quick view: its stored values as they are, with what a browser needs to show them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.utils import pixel_array

from collega.errors import InputError

MOST_PIXELS = 64_000_000
SHORT = np.iinfo(np.int16)


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameHeader:
    """What goes beside the values.

    ``kind`` names their type (``uint8``, ``int16``, ``uint16`` or ``rgb``), little-endian, row by row; ``slope`` and
    ``intercept`` lead to values of the modality (PS3.3 C.11.1), ``center`` and ``width`` are its window (C.11.2),
    ``inverted`` says that the lowest value is white (MONOCHROME1); ``spacing_mm`` is between rows, between columns,
    0 where nobody says.
    """

    rows: int
    columns: int
    kind: str
    slope: float
    intercept: float
    center: float
    width: float
    inverted: bool
    spacing_mm: tuple[float, float]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)


def read_frame(path: Path, number: int) -> tuple[FrameHeader, bytes]:
    """Read one frame of a file, counted from 1.

    Raises
    ------
    InputError
        It has no such frame, or no pixels that can be read.
    """
    try:
        dataset = dcmread(path, defer_size=1024)
        values = _values(dataset, path, number)
    except InputError:
        raise
    # A decoder may raise whatever it likes at pixels that are not what they say.
    except Exception as error:  # noqa: BLE001 - said to the reader, who has the PACS beside this
        kind = type(error).__name__
        message = f"the pixels cannot be read ({kind})"
        raise InputError(message, nl=f"de pixels zijn niet te lezen ({kind})") from None
    kind, content = _as_sent(values)
    low, high = (0.0, 255.0) if kind == "rgb" else (float(values.min()), float(values.max()))
    return _header(dataset, values, kind, (low, high)), content


def _values(dataset: Dataset, path: Path, number: int) -> NDArray[Any]:
    frames = int(dataset.get("NumberOfFrames") or 1)
    if not 1 <= number <= frames:
        message = f"frame {number} of {frames}"
        raise InputError(message, nl=f"beeld {number} van {frames}")
    if int(dataset.get("Rows") or 0) * int(dataset.get("Columns") or 0) > MOST_PIXELS:
        message = "the image is too large for the quick view"
        raise InputError(message, nl="het beeld is te groot voor de snelle weergave")
    return pixel_array(path, index=number - 1)


def _as_sent(values: NDArray[Any]) -> tuple[str, bytes]:
    """Give values in as few bytes as hold them."""
    if values.ndim == 3:  # noqa: PLR2004 - rows, columns, samples
        return "rgb", np.ascontiguousarray(values[..., :3], dtype=np.uint8).tobytes()
    if values.dtype.kind == "f" or values.dtype.itemsize > 2:  # noqa: PLR2004 - bytes
        message = "values of more than 16 bits: open it in the PACS"
        raise InputError(message, nl="waarden van meer dan 16 bits: open het in het PACS")
    if values.dtype.itemsize == 1 and values.dtype.kind == "u":
        return "uint8", np.ascontiguousarray(values).tobytes()
    if values.dtype.kind == "i":
        return "int16", np.ascontiguousarray(values, dtype="<i2").tobytes()
    return "uint16", np.ascontiguousarray(values, dtype="<u2").tobytes()


def _header(dataset: Dataset, values: NDArray[Any], kind: str, span: tuple[float, float]) -> FrameHeader:
    slope = _number(dataset.get("RescaleSlope"), 1.0) or 1.0
    intercept = _number(dataset.get("RescaleIntercept"), 0.0)
    low, high = sorted(slope * value + intercept for value in span)
    center = _number(dataset.get("WindowCenter"), (low + high) / 2)
    width = _number(dataset.get("WindowWidth"), high - low)
    spacing = dataset.get("PixelSpacing") or dataset.get("ImagerPixelSpacing") or (0.0, 0.0)
    return FrameHeader(
        rows=values.shape[0],
        columns=values.shape[1],
        kind=kind,
        slope=slope,
        intercept=intercept,
        center=center,
        width=max(width, 1e-6),
        inverted=dataset.get("PhotometricInterpretation") == "MONOCHROME1",
        spacing_mm=(float(spacing[0]), float(spacing[1])),
    )


def _number(value: Any, otherwise: float) -> float:  # noqa: ANN401 - what a data set holds
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return otherwise
    return number if np.isfinite(number) else otherwise
