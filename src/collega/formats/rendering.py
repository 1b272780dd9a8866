"""How a frame is to be drawn, as it is asked for (PS3.18 8.3.5)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from collega.errors import InputError

JPEG, PNG = "image/jpeg", "image/png"
FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
QUALITY = 90
MOST_EDGE = 8192
VIEWPORT_SIZE, VIEWPORT_WHOLE = 2, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """How a frame is drawn.

    Parameters
    ----------
    window : tuple or None
        Centre, width and function.
    size : tuple or None
        Most columns and rows of the picture.
    part : tuple or None
        Left, top, width and height of the part of the image that is shown.
    quality : int
        Of JPEG, 1 to 100.
    """

    window: tuple[float, float, str] | None = None
    size: tuple[int, int] | None = None
    part: tuple[float, float, float, float] | None = None
    quality: int = QUALITY


def read_rendering(asked: Mapping[str, str]) -> Rendering:
    """Read the query parameters of a rendered answer.

    Raises
    ------
    InputError
        One that is not understood.
    """
    size, part = _viewport(asked["viewport"]) if "viewport" in asked else (None, None)
    return Rendering(
        window=_window(asked["window"]) if "window" in asked else None,
        size=size,
        part=part,
        quality=_quality(asked.get("quality", str(QUALITY))),
    )


def _window(text: str) -> tuple[float, float, str]:
    parts = text.split(",")
    try:
        centre, width = float(parts[0]), float(parts[1])
        function = FUNCTIONS[parts[2].lower() if len(parts) == len(FUNCTIONS) else "linear"]
    except (ValueError, LookupError):
        centre, width, function = math.nan, math.nan, ""
    if not (math.isfinite(centre) and math.isfinite(width) and width >= 1):
        message = "window: centre, width from 1 on, and linear, linear-exact or sigmoid"
        raise InputError(message)
    return centre, width, function


def _viewport(text: str) -> tuple[tuple[int, int], tuple[float, float, float, float] | None]:
    try:
        numbers = [float(one) for one in text.split(",")]
        size = int(numbers[0]), int(numbers[1])
        part = (numbers[2], numbers[3], numbers[4], numbers[5]) if len(numbers) == VIEWPORT_WHOLE else None
    except (ValueError, LookupError, OverflowError):
        numbers, size, part = [], (0, 0), None
    is_usable = all(map(math.isfinite, numbers)) and all(1 <= edge <= MOST_EDGE for edge in size)
    if not is_usable or len(numbers) not in {VIEWPORT_SIZE, VIEWPORT_WHOLE}:
        message = f"viewport: columns and rows up to {MOST_EDGE}, then left, top, width, height or nothing"
        raise InputError(message)
    return size, part


def _quality(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= 100):  # noqa: PLR2004 - percent
        message = "quality: 1 to 100"
        raise InputError(message)
    return int(text)
