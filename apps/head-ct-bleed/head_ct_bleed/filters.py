"""Means over neighbourhoods within a slice; with a mask, of the voxels inside it alone."""

import numpy as np
import numpy.typing as npt

from head_ct_bleed.components import Mask

Volume = npt.NDArray[np.float32]
# Share of a neighbourhood below which a mean within the mask says nothing.
LEAST_SHARE = 0.02


def box_mean(volume: npt.NDArray[np.float32] | Mask, radius: int) -> Volume:
    """Mean over a square of ``2 * radius + 1`` voxels; beyond the picture counts as 0."""
    side = 2 * radius + 1
    mean = np.asarray(volume, dtype=np.float32)
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (radius + 1, radius)
        summed = np.cumsum(np.pad(mean, pad), axis=axis, dtype=np.float32)
        length = volume.shape[axis]
        high = np.take(summed, range(side, side + length), axis=axis)
        mean = (high - np.take(summed, range(length), axis=axis)) / np.float32(side)
    return mean


def mean_within(volume: Volume, mask: Mask, radius: int, times: int = 1) -> Volume:
    """Mean over the voxels of a mask in the neighbourhood, 0 where there are hardly any."""
    weight = mask.astype(np.float32)
    total = volume * weight
    for _ in range(times):
        total, weight = box_mean(total, radius), box_mean(weight, radius)
    return np.where(weight > LEAST_SHARE, total / np.maximum(weight, LEAST_SHARE), 0).astype(np.float32)


def shrunk(mask: Mask, radius: int) -> Mask:
    """Voxels whose whole square of ``2 * radius + 1`` lies in the mask."""
    side = 2 * radius + 1
    return box_mean(mask, radius) > 1 - 0.5 / side**2


def grown(mask: Mask, radius: int, slices: int = 0) -> Mask:
    """Voxels that see the mask within the square, or within so many slices above and below."""
    wide = box_mean(mask, radius) > 0.5 / (2 * radius + 1) ** 2
    whole = wide.copy()
    for step in range(1, slices + 1):
        whole[step:] |= wide[:-step]
        whole[:-step] |= wide[step:]
    return whole
