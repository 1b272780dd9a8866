"""The space inside the skull."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from head_ct_bleed.components import FLAT, Mask, components
from head_ct_bleed.filters import Volume, grown

BONE_HU = 200.0
# Half the width of a hole in the skull that is closed.
HOLE_MM = 4.0
# The crown's own bone, cut flat; a slice and the one above it, where they are wide.
CROWN_MM, WIDE_MM2, LEAST_SHARE_OF_NEXT = 35.0, 6000.0, 0.6


@dataclass(frozen=True, kw_only=True)
class Inside:
    """Voxels inside the skull, and how far each is from the plane between the two halves.

    Attributes
    ----------
    mask : array of bool, shape (slices, rows, columns)
    aside : array, shape (rows, columns)
        Millimetres from the middle plane.
    is_whole : bool
        Whether it reaches up to the crown; below, nothing is known.
    """

    mask: Mask
    aside: npt.NDArray[np.float32]
    is_whole: bool


def inside_skull(hounsfield: Volume, voxel: tuple[float, float, float]) -> Inside:
    """Find what bone encloses, slice by slice: the largest part of it that hangs together.

    Calcifications within are no skull: only the largest connected bone is. Holes that are not wider than
    twice `HOLE_MM` are closed: a burr hole would let the whole slice run out.
    """
    skull = components(hounsfield > BONE_HU).largest
    radius = round(HOLE_MM / voxel[0])
    free = components(~grown(skull, radius), FLAT)
    edge = np.concatenate([free.labels[:, [0, -1], :].ravel(), free.labels[:, :, [0, -1]].ravel()])
    enclosed = free.of(np.setdiff1d(np.arange(1, len(free.sizes)), np.unique(edge)))
    mask = grown(components(enclosed).largest, radius) & ~skull
    return Inside(mask=mask, aside=_aside(mask, voxel), is_whole=_is_whole(mask, skull, voxel))


def _is_whole(mask: Mask, skull: Mask, voxel: tuple[float, float, float]) -> bool:
    """Whether the space reaches up to the crown and narrows towards it without a jump.

    Where bone does not close, slices are lost; what was not looked at must not count as free of bleeds. Below
    the widest slice nothing is asked: the base of the skull is open.
    """
    areas = mask.sum((1, 2), dtype=np.float64) * voxel[0] * voxel[1]
    used = np.flatnonzero(areas)
    if not len(used):
        return False
    crown = int(np.flatnonzero(skull.any((1, 2)))[-1])
    upper = areas[int(areas.argmax()) : int(used[-1]) + 1]
    jumps = (upper[1:] < LEAST_SHARE_OF_NEXT * upper[:-1]) & (upper[:-1] > WIDE_MM2)
    return (crown - int(used[-1])) * voxel[2] <= CROWN_MM and not jumps.any()


def _aside(mask: Mask, voxel: tuple[float, float, float]) -> npt.NDArray[np.float32]:
    """Distance from the plane along the longer axis of the shadow of the space, seen from above."""
    shadow = mask.sum(0, dtype=np.float64)
    rows, columns = np.indices(shadow.shape)
    down, across = rows * voxel[1], columns * voxel[0]
    total = max(shadow.sum(), 1.0)
    middle = (down * shadow).sum() / total, (across * shadow).sum() / total
    down, across = down - middle[0], across - middle[1]
    spread = [(shadow * product).sum() / total for product in (down * down, across * across, down * across)]
    turn = 0.5 * np.arctan2(2 * spread[2], spread[0] - spread[1])
    aside: npt.NDArray[np.float32] = np.abs(np.cos(turn) * across - np.sin(turn) * down).astype(np.float32)
    return aside
