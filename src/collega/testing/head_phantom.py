"""A head in Hounsfield units, drawn from a seed: anatomy as ellipsoids, partial volume, noise, known bleeds.

Made to test an app for intracranial bleeding and to move through the house. It has what makes such an
app's work hard (calcified pineal gland and choroid plexus, falx, venous sinus, bone that fills a part of
a voxel, brighter brain beside bone), and not what a patient has besides: no artefacts of metal or motion,
no old infarcts, no tumours, hardly any skull base.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.testing.head_bleeds import Bleed, Patch, patch
from collega.testing.head_space import Space, Triple, Volume, filled, head_space, mix

AIR, SCALP, BONE = -1000.0, 20.0, 950.0
CSF, GREY, WHITE, FALX, SINUS = 7.0, 37.0, 28.0, 50.0, 54.0
FIELD_MM, TOP_MM = 240.0, 84.0
LOWEST, HIGHEST = -1024, 3071
# The picture is smoothed by 1-2-1 in both directions, which leaves this share of the noise.
NOISE_LEFT = 6 / 16
SULCI = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A bleed as drawn: volume in mL as the sum of the shares of its voxels."""

    bleed: Bleed
    volume_ml: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A drawn head with the truth about it.

    Attributes
    ----------
    hounsfield : array of int16, shape (slices, rows, columns)
        From the base upwards; columns run to the patient's left, rows to the back.
    truth : array of bool, same shape
        Voxels of which bleeds fill at least half.
    voxel : tuple of float
        Size of a voxel in mm: across, down, along.
    """

    hounsfield: NDArray[np.int16]
    truth: NDArray[np.bool_]
    voxel: Triple
    bleeds: tuple[Placed, ...]

    @property
    def bleed_ml(self) -> float:
        """Volume of all bleeds in mL."""
        return sum(placed.volume_ml for placed in self.bleeds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """Sizes of one head in mm: semi-axes of the skull, its thickness, the width of the ventricles."""

    skull: Triple
    thick: float
    ventricle: float

    def within(self, less: float) -> Triple:
        """Semi-axes of the ellipsoid ``less`` mm inside the skull's outer surface."""
        return self.skull[0] - less, self.skull[1] - less, self.skull[2] - less

    @property
    def cavity(self) -> Triple:
        """Semi-axes of the inside of the skull."""
        return self.within(self.thick)

    @property
    def brain(self) -> Triple:
        """Semi-axes of the brain."""
        return self.within(self.thick + 2.5)


def draw_head(  # noqa: PLR0913 - each option is a way in which heads differ
    seed: int,
    *,
    lesions: Sequence[Bleed] = (),
    calcifications: bool = True,
    slices: int = 28,
    size: int = 256,
    thickness_mm: float = 5.0,
    noise_hu: float = 4.0,
) -> Head:
    """Draw a head.

    Parameters
    ----------
    seed : int
        Anatomy, places of the bleeds and noise follow from it.
    lesions : sequence of Bleed
    calcifications : bool
        Whether pineal gland and choroid plexus are calcified.
    slices, size : int
        Pictures, from the crown downwards as many as asked for, and pixels along their sides.
    thickness_mm : float
        Thickness of a slice and distance to the next.
    noise_hu : float
        Standard deviation of the noise in the picture.
    """
    random = np.random.default_rng(seed)
    spacing = FIELD_MM / size
    space = head_space(
        slices=slices,
        size=size,
        voxel=(spacing, spacing, thickness_mm),
        top=TOP_MM,
        turn=random.uniform(-0.05, 0.05),
        shift=(random.uniform(-4, 4), random.uniform(-4, 4)),
    )
    build = Build(
        skull=(random.uniform(66, 72), random.uniform(82, 90), random.uniform(79, 83)),
        thick=random.uniform(5, 7.5),
        ventricle=random.uniform(5, 9),
    )
    picture = _outside(space, build)
    _brain(picture, space, build, random)
    _middle(picture, space, build)
    if calcifications:
        _calcify(picture, space, build, random)
    patches = [patch(random, bleed, space, build.brain, build.cavity) for bleed in lesions]
    truth = np.zeros(picture.shape, dtype=np.bool_)
    for bleed, drawn in zip(lesions, patches, strict=True):
        mix(picture[drawn.window], drawn.share, GREY + bleed.contrast_hu)
        truth[drawn.window] |= drawn.share >= 0.5  # noqa: PLR2004 - half a voxel
    picture += random.standard_normal(picture.shape, dtype=np.float32) * np.float32(noise_hu / NOISE_LEFT)
    placed = (Placed(bleed=bleed, volume_ml=_ml(drawn, space)) for bleed, drawn in zip(lesions, patches, strict=True))
    stack = np.clip(np.rint(_smooth(picture)), LOWEST, HIGHEST).astype(np.int16)
    return Head(hounsfield=stack, truth=truth, voxel=space.voxel, bleeds=tuple(placed))


def _ml(drawn: Patch, space: Space) -> float:
    return float(drawn.share.sum(dtype=np.float64)) * space.voxel_ml


def _long(space: Space, radii: Triple) -> tuple[float, float, Volume]:
    """Semi-axes of a head, which narrows upwards faster than downwards."""
    upward = np.where(space.up > 0, radii[2], 2.2 * radii[2]).astype(np.float32)
    return radii[0], radii[1], upward


def _outside(space: Space, build: Build) -> Volume:
    """Air, scalp, bone and the fluid within."""
    picture = np.full((len(space.up), *space.left.shape), AIR, dtype=np.float32)
    for radii, value in ((build.within(-5), SCALP), (build.skull, BONE), (build.cavity, CSF)):
        mix(picture, space.ellipsoid((0, 0, 0), _long(space, radii)), value)
    return picture


def _brain(picture: Volume, space: Space, build: Build, random: np.random.Generator) -> None:
    """Cortex, white matter and sulci, with texture and the brighter rim that hardened rays leave beside bone."""
    radius, reach = space.depth((0, 0, 0), _long(space, build.brain))
    tissue = np.clip((radius - np.float32(0.9)) * np.float32(25), 0, 1) * np.float32(GREY - WHITE) + np.float32(WHITE)
    tissue += np.clip((radius - np.float32(0.86)) * np.float32(25), 0, 4)
    tissue += _texture(random, picture.shape)
    mix(tissue, _sulci(space, radius, random), CSF)
    mix(picture, filled(1 - radius, reach), tissue)


def _sulci(space: Space, radius: Volume, random: np.random.Generator) -> Volume:
    """Share of fluid in the folds: bands that run inwards and wander from slice to slice."""
    angle = np.arctan2(space.back, space.left)
    wander = random.uniform(0, 2 * np.pi) + 2 * np.sin(space.up / 11) + space.up / 16
    cosine, sine = np.cos(SULCI * angle), np.sin(SULCI * angle)
    wave = cosine[None] * np.cos(wander)[:, None, None].astype(np.float32)
    wave -= sine[None] * np.sin(wander)[:, None, None].astype(np.float32)
    share: Volume = np.clip((wave - np.float32(0.9)) * np.float32(9), 0, np.float32(0.8))
    share *= np.clip((radius - np.float32(0.82)) * np.float32(14), 0, 1)
    return share


def _texture(random: np.random.Generator, shape: tuple[int, ...]) -> Volume:
    """Slow unevenness of some HU, drawn on a coarse grid and widened."""
    slices, rows, columns = shape
    coarse = random.normal(0, 1.6, (slices, -(-rows // 8), -(-columns // 8))).astype(np.float32)
    wide = np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2)
    evened: Volume = wide[:, :rows, :columns]
    return evened


def _middle(picture: Volume, space: Space, build: Build) -> None:
    """Deep grey matter, ventricles, falx, the venous sinus behind it, and the bone of the petrous ridges."""
    brain, wide = build.brain, build.ventricle
    _put(picture, space, [((side * 19, 2, 4), (10, 17, 12)) for side in (-1, 1)], GREY)
    lateral = [((side * (wide + 4), -4, 16), (wide, 30, 11)) for side in (-1, 1)]
    _put(picture, space, [*lateral, ((0, 2, 2), (2.5, 13, 9)), ((0, 38, -28), (7, 6, 9))], CSF)
    edge = np.clip((FIELD_MM / 320 + space.voxel[0] / 2 - np.abs(space.left)) / space.voxel[0], 0, 1)
    radius = np.sqrt((space.back / brain[1])[None] ** 2 + (space.up / brain[2])[:, None, None] ** 2)
    ends = (np.abs(space.back) > 42)[None] | (space.up > 38)[:, None, None]  # noqa: PLR2004 - mm
    above = (space.up > -15)[:, None, None]  # noqa: PLR2004 - mm
    mix(picture, (edge[None] * (ends & above & (radius < 1))).astype(np.float32), FALX)
    cavity = build.cavity
    _put(picture, space, [((0, cavity[1] - 4, 0), (4, 4, 25)), ((0, 0, cavity[2] - 3), (4, 30, 3))], SINUS)
    _put(picture, space, [((side * 38, 18, -52), (24, 9, 13)) for side in (-1, 1)], BONE)


def _calcify(picture: Volume, space: Space, build: Build, random: np.random.Generator) -> None:
    """Calcified pineal gland, and choroid plexus in both ventricles."""
    pineal = random.uniform(2, 4)
    _put(picture, space, [((0, 22, 4), (pineal, pineal, pineal))], random.uniform(110, 350))
    for side in (-1, 1):
        centre = (side * (build.ventricle + 6), 20 + random.uniform(-4, 4), 14 + random.uniform(-3, 3))
        radius = random.uniform(2, 4.5)
        _put(picture, space, [(centre, (radius, radius * 1.4, radius))], random.uniform(90, 300))


def _put(picture: Volume, space: Space, bodies: Sequence[tuple[Triple, Triple]], value: float) -> None:
    """Put ellipsoids of one density into the picture."""
    for centre, radii in bodies:
        window = space.around(centre, max(radii) + max(space.voxel))
        part = picture[window]
        if part.size:
            mix(part, space.part(window).ellipsoid(centre, radii), value)


def _smooth(picture: Volume) -> Volume:
    """Blur of the reconstruction: 1-2-1 along rows and columns, edges left as they are."""
    quarter, half = np.float32(0.25), np.float32(0.5)
    down = picture.copy()
    down[:, 1:-1] = half * picture[:, 1:-1] + quarter * (picture[:, :-2] + picture[:, 2:])
    across = down.copy()
    across[:, :, 1:-1] = half * down[:, :, 1:-1] + quarter * (down[:, :, :-2] + down[:, :, 2:])
    return across
