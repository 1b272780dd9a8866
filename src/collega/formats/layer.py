"""What other objects put over an image: marks, letters, colours; or why they cannot be put there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Point = tuple[float, float]
# More than this of one object is no help to a reader, and would hold up the page.
MOST_ITEMS, MOST_POINTS, LONGEST_TEXT = 2_000, 20_000, 200


class Why(StrEnum):
    """Why something is not drawn."""

    NONE = ""
    UNREADABLE = "unreadable"
    MALFORMED = "malformed"
    NO_IMAGE = "no_image"
    NOT_KNOWN = "not_known"
    TURNED = "turned"
    DISPLAY = "display"
    OWN_PICTURE = "own_picture"
    OTHER_SIZE = "other_size"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One thing over one frame of one image, or over none with the reason.

    ``items`` are drawn by the browser, in (column, row) from the top left corner of the image (PS3.3 C.10.5);
    ``number`` is the frame of the object that is laid over the image, in the box ``place`` (left, top, width, height).
    """

    shape: str
    image: str = ""
    frame: int = 1
    title: str = ""
    why: Why = Why.NONE
    text: str = ""
    items: tuple[dict[str, Any], ...] = ()
    number: int = 0
    place: tuple[float, float, float, float] | None = None
