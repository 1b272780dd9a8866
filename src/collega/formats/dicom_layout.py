"""Finding the elements of one data set after another: those of a series mostly stand where they stood before."""

import struct
from collections import deque
from typing import NamedTuple

from collega.formats.dicom_scan import Element, Scan, scan

MOST_LAYOUTS = 4  # numbers written with two digits more move what follows: a series has a few
# To note a layout costs as much as to walk: where none comes back, few are noted.
MOST_MISSES, NOTED_THEN = 8, 16
FIRST_LOOK_BYTES, SPARE_BYTES = 4096, 256
_UNDEFINED = b"\xff" * 4
_DELIMITER_BYTES = 8  # tag and length of the item that ends a sequence of undefined length


class Layout(NamedTuple):
    """Where a data set had its elements: ``structure`` takes the bytes out that say so, ``said`` is what they were.

    ``values`` takes out the value of each element, in their order.
    """

    implicit: bool
    structure: struct.Struct
    said: tuple[bytes, ...]
    values: struct.Struct
    scan: Scan

    def is_of(self, data: bytes, *, implicit: bool) -> bool:
        """Whether a walk over ``data`` would meet the same tags, VRs and lengths at the same places.

        The walk depends on these bytes alone, so that it need not be made.
        """
        is_here = implicit == self.implicit and len(data) >= self.structure.size
        return is_here and self.structure.unpack_from(data) == self.said


class Layouts:
    """Scans data sets that come one after another; what is laid out like one before is not walked over again."""

    def __init__(self) -> None:
        self._last: deque[Layout] = deque(maxlen=MOST_LAYOUTS)
        self._met: Layout | None = None
        self._misses = 0
        self.first_look = FIRST_LOOK_BYTES

    def scan(self, data: bytes, *, implicit: bool) -> Scan:
        """Do as `collega.formats.dicom_scan.scan` does, with the same result and errors."""
        for layout in self._last:
            if layout.is_of(data, implicit=implicit):
                self._misses = 0
                self._met = layout
                return layout.scan
        self._met = None
        found = scan(data, implicit=implicit)
        if found.pixels is not None:
            self.first_look = max(FIRST_LOOK_BYTES, found.pixels[0] + SPARE_BYTES)
            self._misses += 1
            if self._misses <= MOST_MISSES or self._misses % NOTED_THEN == 0:
                self._last.appendleft(_layout(found, found.pixels[0], data, implicit=implicit))
        return found

    def values(self, found: Scan, data: bytes) -> tuple[bytes, ...]:
        """Give the values of what was scanned last, in the order of its elements."""
        if self._met is not None and self._met.scan is found:
            return self._met.values.unpack_from(data)
        return tuple([data[element.begin : element.stop] for element in found.elements.values()])


def _layout(found: Scan, pixels: int, data: bytes, *, implicit: bool) -> Layout:
    """Note what a scan has depended on; ``pixels`` is where the value of the pixel data begins."""
    parts, begin = [], 0
    values, stop = [], 0
    for element in found.elements.values():
        decided, end = _decisive(element, data)
        parts.append(f"{decided - begin}s{end - decided}x")
        values.append(f"{element.begin - stop}x{element.stop - element.begin}s")
        begin, stop = end, element.stop
    structure = struct.Struct("".join(parts) + f"{pixels - begin}s")
    return Layout(implicit, structure, structure.unpack_from(data), struct.Struct("".join(values)), found)


def _decisive(element: Element, data: bytes) -> tuple[int, int]:
    """Where the bytes of an element end that the walk has looked at, and where the element ends.

    A sequence of undefined length is looked at to its end.
    """
    if data[element.begin - 4 : element.begin] == _UNDEFINED:
        end = element.stop + _DELIMITER_BYTES
        return end, end
    return element.begin, element.stop
