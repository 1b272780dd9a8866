"""The space in which a head is drawn: voxels in millimetres, and the share of each voxel that a body fills."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Volume: TypeAlias = NDArray[np.float32]
Triple: TypeAlias = tuple[float, float, float]
# Keeps the middle of a body, where distance and slope are both nought, inside it.
TINY = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """Voxels of a block in the head's own directions.

    Attributes
    ----------
    left, back : array, shape (rows, columns)
        Millimetres from the middle of the head, to its left and to its back.
    up : array, shape (slices,)
        Millimetres above its widest plane.
    voxel : tuple of float
        Size of a voxel in millimetres: across, down, along.
    """

    left: Volume
    back: Volume
    up: Volume
    voxel: Triple

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel in mL."""
        across, down, along = self.voxel
        return across * down * along / 1000

    def around(self, centre: Triple, reach: float) -> tuple[slice, slice, slice]:
        """Slices, rows and columns that hold everything up to ``reach`` mm from a point."""
        near = (np.abs(self.left - centre[0]) <= reach) & (np.abs(self.back - centre[1]) <= reach)
        return _span(np.abs(self.up - centre[2]) <= reach), _span(near.any(1)), _span(near.any(0))

    def part(self, window: tuple[slice, slice, slice]) -> "Space":
        """Return the space within a window."""
        return Space(left=self.left[window[1:]], back=self.back[window[1:]], up=self.up[window[0]], voxel=self.voxel)

    def depth(self, centre: Triple, radii: tuple[float, float, float | Volume]) -> tuple[Volume, Volume]:
        """Place of each voxel in an ellipsoid.

        Returns
        -------
        radius : array
            0 in the middle, 1 at the surface.
        reach : array
            By how much the radius changes from one face of the voxel to the other.
        """
        flat = ((self.left - centre[0]) / radii[0]) ** 2 + ((self.back - centre[1]) / radii[1]) ** 2
        tall = ((self.up - centre[2]) / radii[2]) ** 2
        radius = np.sqrt(flat[None] + tall[:, None, None] + np.float32(TINY))
        across = np.abs(self.left - centre[0]) * (self.voxel[0] / radii[0] ** 2)
        across = across + np.abs(self.back - centre[1]) * (self.voxel[1] / radii[1] ** 2)
        along = np.abs(self.up - centre[2]) * self.voxel[2] / radii[2] ** 2 + TINY
        reach = across[None] + along[:, None, None].astype(np.float32)
        reach /= radius
        return radius, reach

    def ellipsoid(self, centre: Triple, radii: tuple[float, float, float | Volume]) -> Volume:
        """Share of each voxel within an ellipsoid, 0 to 1."""
        radius, reach = self.depth(centre, radii)
        return filled(1 - radius, reach)


def filled(inside: Volume, reach: Volume) -> Volume:
    """Share of a voxel that a body fills, given how far its middle lies inside and the voxel's own extent."""
    share = inside / reach
    share += np.float32(0.5)
    return np.clip(share, 0, 1, out=share)


def mix(picture: Volume, share: Volume, value: float | Volume) -> None:
    """Put ``value`` into ``picture`` where ``share`` says so."""
    picture += share * (value - picture)


def head_space(  # noqa: PLR0913 - how a head lies in the scanner
    *, slices: int, size: int, voxel: Triple, top: float, turn: float, shift: tuple[float, float]
) -> Space:
    """Space of ``slices`` pictures of ``size`` by ``size`` from the base upwards, the last at ``top`` mm.

    The head is turned by ``turn`` radians and shifted by ``shift`` mm in the picture.
    """
    axis = (np.arange(size) - (size - 1) / 2) * voxel[0]
    across, down = np.meshgrid(axis - shift[0], axis - shift[1])
    return Space(
        left=(np.cos(turn) * across + np.sin(turn) * down).astype(np.float32),
        back=(np.cos(turn) * down - np.sin(turn) * across).astype(np.float32),
        up=(top - voxel[2] * np.arange(slices)[::-1]).astype(np.float32),
        voxel=voxel,
    )


def _span(near: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(near)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)
