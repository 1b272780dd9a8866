"""Looking at a head in Hounsfield units: is it one, and where is it denser than the brain around."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from head_ct_bleed.bleed import Bleed, find_bleeds
from head_ct_bleed.brain import compare
from head_ct_bleed.filters import Volume
from head_ct_bleed.skull import inside_skull

MM3_PER_ML = 1000.0
# Volume inside the skull of an adult, and the density of what is in it, with ample room.
INSIDE_ML = (600.0, 2300.0)
INSIDE_HU = (15.0, 50.0)
# Noise beyond which the app was not measured: about 8 HU in the pictures themselves.
MOST_NOISE_HU = 5.5


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen: bleeds, the strongest first, and the first and last slice that hold the inside of the skull."""

    bleeds: tuple[Bleed, ...]
    first: int
    last: int


class NotAHeadError(Exception):
    """Bone encloses no space that could be that of a brain."""


class TooNoisyError(Exception):
    """Brain is not even enough to see blood in it."""


def look(hounsfield: Volume, voxel: tuple[float, float, float]) -> Look:
    """Find the bleeds in a head.

    Parameters
    ----------
    hounsfield : array, shape (slices, rows, columns)
    voxel : tuple of float
        Size of a voxel in mm: across, down, along.

    Raises
    ------
    NotAHeadError
    TooNoisyError
    """
    inside = inside_skull(hounsfield, voxel)
    volume = float(inside.mask.sum()) * float(np.prod(voxel)) / MM3_PER_ML
    if not inside.is_whole or not INSIDE_ML[0] <= volume <= INSIDE_ML[1]:
        raise NotAHeadError
    if not INSIDE_HU[0] <= float(np.median(hounsfield[inside.mask])) <= INSIDE_HU[1]:
        raise NotAHeadError
    # Nearly all that follows takes time by the voxel: only the block around the brain is looked at.
    window = (slice(None), _span(inside.mask.any((0, 2))), _span(inside.mask.any((0, 1))))
    within = replace(inside, mask=inside.mask[window], aside=inside.aside[window[1:]])
    brain = compare(hounsfield[window], within, voxel)
    if brain.noise_hu > MOST_NOISE_HU:
        raise TooNoisyError
    slices = _span(inside.mask.any((1, 2)))
    return Look(
        bleeds=tuple(_placed(bleed, window, inside.mask.shape) for bleed in find_bleeds(brain, voxel)),
        first=slices.start,
        last=slices.stop - 1,
    )


def _span(used: npt.ArrayLike) -> slice:
    places = np.flatnonzero(used)
    return slice(int(places[0]), int(places[-1]) + 1)


def _placed(bleed: Bleed, window: tuple[slice, slice, slice], shape: tuple[int, ...]) -> Bleed:
    """Give a bleed in the whole block."""
    whole = np.zeros(shape, dtype=np.bool_)
    whole[window] = bleed.mask
    return replace(bleed, mask=whole)
