"""Bleeds: parts inside the skull that are denser than the brain around them."""

from dataclasses import dataclass

import numpy as np

from head_ct_bleed.brain import BONE_MM, TO_DEVIATION, Brain
from head_ct_bleed.components import Mask, components
from head_ct_bleed.filters import box_mean, grown, shrunk

MM3_PER_ML = 1000.0
# The falx, and the venous sinus where it meets the skull.
FALX_MM, SINUS_MM, SINUS_DEPTH_MM = 3.0, 7.0, 12.0
# Share of the surroundings inside the skull from which on a voxel lies deep.
DEEP = 0.9
LEAST_CONTRAST_HU, LEAST_NOISES = 11.0, 3.0
LEAST_ML, MOST_PARTS = 0.15, 12
# A part beside calcium that is no larger than this is its rim.
RIM_ML = 1.5
CORE_PERCENT = 75
# Strength (mL times the root of HU) at which the score is a half. Volume counts for more than contrast: what
# calcium leaves behind is dense and small.
HALF_STRENGTH = 4.0


@dataclass(frozen=True, kw_only=True)
class Bleed:
    """A part that is denser than the brain around it.

    Attributes
    ----------
    mask : array of bool, shape (slices, rows, columns)
    contrast_hu : float
        How much denser.
    score : float
        0 to 1, by contrast and volume; not a probability.
    """

    mask: Mask
    volume_ml: float
    contrast_hu: float
    score: float


def find_bleeds(brain: Brain, voxel: tuple[float, float, float]) -> list[Bleed]:
    """Find the bleeds, the strongest first."""
    voxel_ml = voxel[0] * voxel[1] * voxel[2] / MM3_PER_ML
    where = _searched(brain, voxel)
    if not where.any():
        return []
    limit = max(LEAST_CONTRAST_HU, LEAST_NOISES * TO_DEVIATION * float(np.median(np.abs(brain.contrast[where]))))
    parts = components(where & (brain.contrast > limit))
    order = np.argsort(-parts.sizes)[:MOST_PARTS]
    found = []
    for number in order[parts.sizes[order] * voxel_ml >= LEAST_ML]:
        bleed = _bleed(brain, parts.of([int(number)]), voxel)
        if bleed is not None:
            found.append(bleed)
    return sorted(found, key=lambda bleed: -bleed.score)


def _searched(brain: Brain, voxel: tuple[float, float, float]) -> Mask:
    """Where bleeds are looked for: not beside bone, calcium, falx and venous sinus."""
    mask = brain.inside.mask
    where = shrunk(mask, round(BONE_MM / voxel[0]))
    where[1:] &= mask[:-1]
    where[:-1] &= mask[1:]
    where[[0, -1]] = False
    deep = box_mean(mask, round(SINUS_DEPTH_MM / voxel[0])) > DEEP
    aside = brain.inside.aside
    return where & ~brain.calcium & (aside > FALX_MM)[None] & (deep | (aside > SINUS_MM)[None])


def _bleed(brain: Brain, part: Mask, voxel: tuple[float, float, float]) -> Bleed | None:
    """Widen or narrow a part to where its density has fallen by half; None for the rim of a calcification."""
    margin = round(BONE_MM / voxel[0]) + 1
    window = _window(part, margin)
    core = float(np.percentile(brain.contrast[part], CORE_PERCENT))
    near = grown(part[window], margin, 1)
    half = near & (brain.contrast[window] > core / 2) & brain.inside.mask[window] & ~brain.calcium[window]
    volume = float(half.sum()) * voxel[0] * voxel[1] * voxel[2] / MM3_PER_ML
    if volume <= RIM_ML and (grown(part[window], 1, 1) & brain.calcium[window]).any():
        return None
    mask = np.zeros_like(part)
    mask[window] = half
    strength = np.sqrt(core) * volume
    return Bleed(mask=mask, volume_ml=volume, contrast_hu=core, score=float(strength / (strength + HALF_STRENGTH)))


def _window(part: Mask, margin: int) -> tuple[slice, slice, slice]:
    """Block around a part."""
    spans = []
    for axis, wide in ((0, 1), (1, margin), (2, margin)):
        others = tuple(other for other in range(3) if other != axis)
        places = np.flatnonzero(part.any(others))
        spans.append(slice(max(int(places[0]) - wide, 0), int(places[-1]) + wide + 1))
    return spans[0], spans[1], spans[2]
