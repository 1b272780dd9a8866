"""The space inside the skull."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from head_ct_bleed.components import FLAT, Mask, components
from head_ct_bleed.filters import Volume

BONE_HU = 200.0


@dataclass(frozen=True, kw_only=True)
class Inside:
    """Voxels inside the skull, and how far each is from the plane between the two halves.

    Attributes
    ----------
    mask : array of bool, shape (slices, rows, columns)
    aside : array, shape (rows, columns)
        Millimetres from the middle plane.
    """

    mask: Mask
    aside: npt.NDArray[np.float32]


def inside_skull(hounsfield: Volume, voxel: tuple[float, float, float]) -> Inside:
    """Find what bone encloses, slice by slice: the largest part of it that hangs together.

    Calcifications within are no skull: only the largest connected bone is.
    """
    skull = components(hounsfield > BONE_HU).largest
    free = components(~skull, FLAT)
    edge = np.concatenate([free.labels[:, [0, -1], :].ravel(), free.labels[:, :, [0, -1]].ravel()])
    enclosed = free.of(np.setdiff1d(np.arange(1, len(free.sizes)), np.unique(edge)))
    mask = components(enclosed).largest
    return Inside(mask=mask, aside=_aside(mask, voxel))


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
