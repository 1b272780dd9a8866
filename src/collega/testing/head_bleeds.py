"""Bleeds of known volume for the drawn head: ellipsoids in the brain, crescents below the skull."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from collega.testing.head_space import Space, Triple, Volume, filled

MM3_PER_ML = 1000.0
# As far out in the brain as an ellipsoid may reach (1 is the surface), and how near to the falx.
OUTERMOST, FALX_MM = 0.92, 3.0
LOWEST_MM, HIGHEST_MM = -20.0, 62.0
TRIES = 400
CRESCENT_STEPS, SIZE_STEPS = 12, 3


class Place(StrEnum):
    """Where a bleed lies."""

    INSIDE = "inside"
    SUBDURAL = "subdural"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bleed:
    """A bleed to be drawn: volume in mL, and by how many HU it is denser than grey matter."""

    volume_ml: float
    contrast_hu: float = 30.0
    place: Place = Place.INSIDE


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """Share of the voxels of a window that a bleed fills."""

    window: tuple[slice, slice, slice]
    share: Volume


def patch(random: np.random.Generator, bleed: Bleed, space: Space, brain: Triple, cavity: Triple) -> Patch:
    """Place a bleed at random; its shares sum to its volume.

    Parameters
    ----------
    brain, cavity : tuple of float
        Semi-axes in mm of the brain and of the inside of the skull, upwards from the widest plane.

    Raises
    ------
    ValueError
        The brain has no room for it.
    """
    if bleed.place is Place.SUBDURAL:
        return _crescent(random, bleed, space, cavity)
    mean = (bleed.volume_ml * MM3_PER_ML * 3 / (4 * np.pi)) ** (1 / 3)
    lowest = max(LOWEST_MM, float(space.up[0]) + mean)
    for _ in range(TRIES):
        forms = random.uniform(0.85, 1.18, 3)
        radii = mean * forms / np.cbrt(forms.prod())
        side = random.choice((-1, 1)) * random.uniform(radii[0] + FALX_MM, brain[0])
        back, up = random.uniform(-brain[1], brain[1]), random.uniform(lowest, HIGHEST_MM)
        centre = (float(side), float(back), float(up))
        if _farthest(centre, radii, brain) < OUTERMOST:
            return _ellipsoid(bleed, space, centre, radii)
    message = f"no room in the brain for {bleed.volume_ml:g} mL"
    raise ValueError(message)


def _ellipsoid(bleed: Bleed, space: Space, centre: Triple, radii: NDArray[np.float64]) -> Patch:
    """Ellipsoid whose size is set right until its shares sum to its volume: voxels are coarse beside a small one."""
    window = space.around(centre, float(radii.max()) + 2 * max(space.voxel))
    part = space.part(window)
    share = part.ellipsoid(centre, (float(radii[0]), float(radii[1]), float(radii[2])))
    for _ in range(SIZE_STEPS):
        radii = radii * np.cbrt(bleed.volume_ml / (float(share.sum()) * part.voxel_ml))
        share = part.ellipsoid(centre, (float(radii[0]), float(radii[1]), float(radii[2])))
    return Patch(window=window, share=share)


def _farthest(centre: Triple, radii: NDArray[np.float64], brain: Triple) -> float:
    """How far out in the brain an ellipsoid reaches, 1 at the surface."""
    corners = np.array([point for point in np.ndindex(3, 3, 3) if point != (1, 1, 1)], dtype=float) - 1
    points = np.array(centre) + radii * corners / np.linalg.norm(corners, axis=1, keepdims=True)
    return float(np.sqrt(((points / np.array(brain)) ** 2).sum(1)).max())


def _crescent(random: np.random.Generator, bleed: Bleed, space: Space, cavity: Triple) -> Patch:
    """Layer along the inner table of one side; its thickness is found by halving until the volume is right."""
    side = int(random.choice((-1, 1)))
    angle, up = random.uniform(-0.4, 0.4), random.uniform(15, 35)
    window = (slice(0, len(space.up)), slice(0, space.left.shape[0]), _half(space, side))
    part = space.part(window)
    radius, reach = part.depth((0, 0, 0), cavity)
    turned = np.arctan2(part.back / cavity[1], side * part.left / cavity[0]) - angle
    form = np.clip(1 - (turned / 0.75) ** 2, 0, None)[None] * np.clip(1 - ((part.up - up) / 36) ** 2, 0, None)[
        :, None, None
    ].astype(np.float32)
    within = filled(1 - radius, reach)
    share, least, most = within, 0.0, 0.5
    for _ in range(CRESCENT_STEPS):
        thick = (least + most) / 2
        share = within - filled(1 - thick * form - radius, reach)
        if float(share.sum()) * part.voxel_ml < bleed.volume_ml:
            least = thick
        else:
            most = thick
    return Patch(window=window, share=share)


def _half(space: Space, side: int) -> slice:
    """Columns that hold one side of the head, also where it is turned."""
    columns = np.flatnonzero((side * space.left > 0).any(0))
    return slice(int(columns[0]), int(columns[-1]) + 1)
