"""Pixels that look like a chest film or a slice of a chest, drawn from a seed.

They are for moving through the house, not for judging an app: anatomy is a handful of
ellipses. Coordinates run from -1 to 1, x to the right of the picture and y downwards.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float64]

FILM_SIZE = 512
AIR, LUNG, TISSUE, BONE = -1000.0, -820.0, 40.0, 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Coordinates of the pixels of a square picture."""

    x: Picture
    y: Picture

    def ellipse(self, centre: tuple[float, float], radii: tuple[float, float], power: float = 2.0) -> Picture:
        """1 inside the (super)ellipse, 0 outside."""
        across = np.abs((self.x - centre[0]) / radii[0]) ** power
        down = np.abs((self.y - centre[1]) / radii[1]) ** power
        return (across + down <= 1).astype(np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bone:
    """Long bone: half its width, and how far from the middle it begins and ends."""

    half_width: float
    begin: float
    end: float


RIB = Bone(half_width=0.03, begin=0.1, end=0.84)
CLAVICLE = Bone(half_width=0.035, begin=0.08, end=0.7)


def grid(size: int) -> Grid:
    """Grid of ``size`` by ``size`` pixels."""
    axis = np.linspace(-1, 1, size)
    x, y = np.meshgrid(axis, axis)
    return Grid(x=x, y=y)


def blur(picture: Picture, radius: float) -> Picture:
    """Gaussian blur with standard deviation ``radius`` in pixels; the picture is taken to repeat itself."""
    rows, columns = picture.shape
    down, across = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    gain = np.exp(-2 * (np.pi * radius) ** 2 * (down**2 + across**2))
    blurred: Picture = np.fft.irfft2(np.fft.rfft2(picture) * gain, picture.shape)
    return blurred


def texture(random: np.random.Generator, size: int, radius: float) -> Picture:
    """Smooth noise with mean 0 and standard deviation 1."""
    noise = blur(random.standard_normal((size, size)), radius)
    scaled: Picture = (noise - noise.mean()) / noise.std()
    return scaled


def frontal_chest(seed: int, *, opacity: bool) -> Picture:
    """Frontal film, 0 (black) to 1 (white), with an opacity in one lung where asked for.

    A sick chest is hazier and coarser all over, as such films are; a clear one shows dark, smooth lungs.
    """
    random = np.random.default_rng(seed)
    place = grid(FILM_SIZE)
    wide, tall = random.uniform(0.36, 0.41), random.uniform(0.66, 0.74)
    lungs = np.maximum(
        place.ellipse((-0.44, -0.06), (wide, tall), 2.2), place.ellipse((0.45, -0.06), (wide * 0.95, tall), 2.2)
    )
    lungs *= _above_diaphragm(place, random)
    body = np.maximum(place.ellipse((0, 0.6), (0.98, 1.5), 4), place.ellipse((0, -0.62), (1.15, 0.3), 2.4))
    darkness, coarseness = (0.38, 0.05) if opacity else (0.5, 0.01)
    film = 0.06 + 0.6 * body - darkness * blur(lungs, 4)
    film += 0.24 * blur(_middle(place, random), 9) + 0.06 * blur(_bones(place) * body, 3)
    film += coarseness * texture(random, FILM_SIZE, 9) * lungs
    if opacity:
        film += _opacity(place, random) * blur(lungs, 8)
    return np.clip(film + random.normal(0, 0.012, film.shape), 0, 1)


def _above_diaphragm(place: Grid, random: np.random.Generator) -> Picture:
    """1 above both domes; the right one, on the left of the picture, stands higher."""
    right, left = random.uniform(0.34, 0.42), random.uniform(0.4, 0.48)
    dome = np.where(place.x < 0, right + 0.9 * (place.x + 0.38) ** 2, left + 0.9 * (place.x - 0.4) ** 2)
    return (place.y < dome).astype(np.float64)


def _middle(place: Grid, random: np.random.Generator) -> Picture:
    """Mediastinum, heart and spine."""
    heart = random.uniform(0.26, 0.33)
    parts = (
        place.ellipse((0, -0.1), (0.1, 1.1), 4),
        place.ellipse((0.1, 0.2), (heart, 0.27)),
        0.7 * place.ellipse((0.12, -0.32), (0.1, 0.1)),
        0.9 * place.ellipse((0, 0.1), (0.06, 1.2), 4),
    )
    middle: Picture = np.maximum.reduce(parts)
    return middle


def _bones(place: Grid) -> Picture:
    """Ribs as rising arcs, and the clavicles."""
    outward = np.abs(place.x)
    ribs = np.zeros_like(place.x)
    for top in np.arange(-0.78, 0.6, 0.17):
        arc = top + 0.55 * (outward - 0.1) - 0.62 * (outward - 0.1) ** 2
        ribs = np.maximum(ribs, _band(place.y - arc, outward, RIB))
    bones: Picture = np.maximum(ribs, 1.4 * _band(place.y + 0.62 + 0.22 * outward, outward, CLAVICLE))
    return bones


def _band(distance: Picture, outward: Picture, bone: Bone) -> Picture:
    """1 along a line, given the distance to it."""
    near = np.abs(distance) < bone.half_width
    return (near & (outward > bone.begin) & (outward < bone.end)).astype(np.float64)


def _opacity(place: Grid, random: np.random.Generator) -> Picture:
    """Patchy consolidation in the lower half of one lung."""
    side = random.choice((-1, 1))
    centre = (side * random.uniform(0.36, 0.5), random.uniform(0, 0.24))
    patch = blur(place.ellipse(centre, (random.uniform(0.13, 0.2), random.uniform(0.12, 0.2))), 16)
    return 0.3 * patch * np.clip(1 + 0.25 * texture(random, FILM_SIZE, 7), 0.4, None)


def chest_slices(seed: int, *, count: int, size: int) -> NDArray[np.int16]:
    """Axial slices of a chest in Hounsfield units, shape (count, size, size), from the head downwards."""
    random = np.random.default_rng(seed)
    place = grid(size)
    nodule = (random.choice((-0.38, 0.38)), random.uniform(-0.2, 0.2))
    slices = [_slice(place, share, nodule, count) for share in np.linspace(-1, 1, count)]
    stack = np.array(slices) + random.normal(0, 12, (count, size, size))
    return np.clip(np.rint(stack), -1024, 3071).astype(np.int16)


def _slice(place: Grid, share: float, nodule: tuple[float, float], count: int) -> Picture:
    """One slice at ``share`` of the way from the uppermost (-1) to the lowest (1)."""
    picture = np.full_like(place.x, AIR)
    picture[place.ellipse((0, 0), (0.9, 0.68), 2.4) > 0] = TISSUE
    wide = 0.3 * np.sqrt(1 - 0.5 * share**2)
    for side in (-0.42, 0.42):
        picture[place.ellipse((side, -0.02), (wide, 0.46)) > 0] = LUNG
    picture[place.ellipse((0.06, 0.02), (0.2, 0.22 + 0.06 * share)) > 0] = TISSUE + 10
    picture[place.ellipse((0, 0.48), (0.1, 0.12)) > 0] = BONE
    if abs(share) <= 1 / max(count - 1, 1):
        picture[place.ellipse(nodule, (0.06, 0.06)) > 0] = TISSUE
    return picture
