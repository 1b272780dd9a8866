"""Where a vendor's statement points, in pixels of the images that the app was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collega.errors import QuarantineError
from collega.formats.vendor.plane import Plane, placed
from collega.formats.vendor.said import Statement
from collega.formats.vendor.segments import read_planes
from collega.model.finding import Region, Segment
from collega.normalise.asked import Asked

# Bytes of the planes of one finding: a CT of two thousand slices.
MOST_MASK_BYTES = 512 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """Regions and marked planes of a statement; ``lost`` tells what could not be placed."""

    regions: tuple[Region, ...] = ()
    planes: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    @property
    def is_mark(self) -> bool:
        """Whether it shows anything, placed or not."""
        return bool(self.regions or self.planes or self.lost)


class Places:
    """The images of a study as places, and the answer whose words point at them."""

    def __init__(self, asked: Asked, folder: Path) -> None:
        self._asked = asked
        self._folder = folder

    @cached_property
    def _planes(self) -> list[Plane]:
        return list(self._asked.planes())

    def locate(self, statement: Statement, file: str) -> Located:
        """Find where a statement points.

        Raises
        ------
        QuarantineError
            ``geometry`` where it points into another space, ``mask`` where its pixels cannot be read.
        """
        regions, lost = list(statement.regions), []
        for contour in statement.contours:
            found = list(placed(contour, self._planes))
            regions += found
            if not found:
                lost.append(f"{file}: a contour lies on no image that the app was given")
        planes: Mapping[str, NDArray[np.bool_]] = {}
        if statement.mask is not None:
            planes = read_planes(self._folder / statement.mask.file, statement.mask, lambda: self._planes)
        return Located(regions=tuple(dict.fromkeys(regions)), planes=planes, lost=tuple(dict.fromkeys(lost)))

    def keep_mask(self, finding_id: str, label: str, planes: Mapping[str, NDArray[np.bool_]]) -> Segment | str:
        """Lay a mask into the folder as our contract has it, or say why it is left where it is.

        Raises
        ------
        QuarantineError
            ``unknown-image``, ``too-much``.
        """
        known = self._asked.inputs
        if any(uid not in known for uid in planes):
            text = f"a segment of {finding_id} is on an image that the app was not given"
            raise QuarantineError("unknown-image", text)
        if sum(plane.nbytes for plane in planes.values()) > MOST_MASK_BYTES:
            text = f"the segment of {finding_id} marks more than {MOST_MASK_BYTES >> 20} MB of planes"
            raise QuarantineError("too-much", text)
        headers = [known[uid].header for uid in planes]
        sizes = {(header.attributes.get("rows"), header.attributes.get("columns")) for header in headers}
        if sizes != {plane.shape for plane in planes.values()} or any(header.slices > 1 for header in headers):
            return f"the segment of {finding_id} has other pixels than its images; it is kept as it came"
        ordered = [uid for uid in known if uid in planes]
        file = f"segment-{finding_id}.npy"
        np.save(self._folder / file, np.stack([planes[uid] for uid in ordered]), allow_pickle=False)
        return Segment(finding_id=finding_id, label=label, images=tuple(ordered), file=file)
