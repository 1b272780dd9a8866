"""Every voxel inside the skull held against the brain around it."""

from dataclasses import dataclass

import numpy as np

from head_ct_bleed.components import Mask
from head_ct_bleed.filters import Volume, box_mean, grown, mean_within, shrunk
from head_ct_bleed.skull import Inside

# So near to bone a voxel may hold some of it.
BONE_MM = 2.0
# Denser than clotted blood gets: calcium, with what it lends to the voxels beside it.
CALCIUM_HU, CALCIUM_MM = 100.0, 2.0
# Brain without fluid and dense bleeds, by which the density of the surroundings is estimated: near by where
# there is enough of it, else farther off, else anywhere.
TISSUE_HU = (15.0, 45.0)
NEAR_MM, FAR_MM, ENOUGH = 12.0, 30.0, 0.1
# From the median absolute deviation to the standard deviation of a normal distribution.
TO_DEVIATION = 1.4826


@dataclass(frozen=True, kw_only=True)
class Brain:
    """What a search works with.

    Attributes
    ----------
    contrast : array, shape (slices, rows, columns)
        HU over the brain around, smoothed; 0 where there is bone or calcium.
    noise_hu : float
        Standard deviation of the noise that smoothing takes away.
    """

    contrast: Volume
    inside: Inside
    calcium: Mask
    noise_hu: float


def compare(hounsfield: Volume, inside: Inside, voxel: tuple[float, float, float]) -> Brain:
    """Compare every voxel inside the skull with the brain around it."""
    margin = round(BONE_MM / voxel[0])
    soft = mean_within(hounsfield, inside.mask, 1)
    dense = soft > CALCIUM_HU
    calcium = grown(dense & shrunk(inside.mask, margin), round(CALCIUM_MM / voxel[0]), 1)
    clean = inside.mask & ~calcium & ~dense
    smooth = mean_within(hounsfield, clean, 1, times=2)
    tissue = clean & (smooth > TISSUE_HU[0]) & (smooth < TISSUE_HU[1])
    contrast = np.where(clean, smooth - _around(smooth, tissue, voxel[0]), 0).astype(np.float32)
    rough = (hounsfield - smooth)[tissue]
    noise = TO_DEVIATION * float(np.median(np.abs(rough))) if rough.size else 0.0
    return Brain(contrast=contrast, inside=inside, calcium=calcium, noise_hu=noise)


def _around(smooth: Volume, tissue: Mask, across: float) -> Volume:
    """Density of the brain around every voxel."""
    middle = float(np.median(smooth[tissue])) if tissue.any() else 0.0
    around = np.full(smooth.shape, middle, dtype=np.float32)
    for reach in (FAR_MM, NEAR_MM):
        radius = round(reach / across)
        enough = box_mean(tissue, radius) > ENOUGH
        around = np.where(enough, mean_within(smooth, tissue, radius), around)
    return around
