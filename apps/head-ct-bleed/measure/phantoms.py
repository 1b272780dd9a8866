"""The studies that are measured: which heads, with which bleeds, by which seeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from collega.testing.head_bleeds import Bleed, Place
from collega.testing.head_phantom import Head, draw_head

# Seeds of tuning and of measuring lie apart; each cell has a thousand of its own. Seeds from 2 000 000 on are used
# up: a first measurement showed a head that ran out through a hole in the skull, and the app was changed by it.
TUNING, MEASURING, PER_CELL = 1_000_000, 3_000_000, 1_000
NOISES = (3.0, 6.0)
CONTRASTS = (10.0, 20.0, 35.0)
INSIDE_ML = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SUBDURAL_ML = (5.0, 10.0, 20.0, 40.0, 80.0)
SUBDURAL_HU = 30.0
POSITIVE, NEGATIVE = 20, 100


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Studies that differ in their seed alone."""

    noise_hu: float
    calcifications: bool
    bleed: Bleed | None
    first_seed: int
    count: int

    def heads(self, most: int | None = None) -> Iterator[Head]:
        """Draw the heads, all or the first ones."""
        for seed in range(self.first_seed, self.first_seed + min(self.count, most or self.count)):
            yield draw_head(
                seed,
                lesions=[self.bleed] if self.bleed else [],
                calcifications=self.calcifications,
                noise_hu=self.noise_hu,
            )


def cells(base: int) -> list[Cell]:
    """All cells, with seeds from a base on; every head with a bleed has calcifications too."""
    inside = [Bleed(volume_ml=volume, contrast_hu=contrast) for volume, contrast in product(INSIDE_ML, CONTRASTS)]
    subdural = [Bleed(volume_ml=volume, contrast_hu=SUBDURAL_HU, place=Place.SUBDURAL) for volume in SUBDURAL_ML]
    kinds: list[tuple[float, bool, Bleed | None, int]] = []
    for noise in NOISES:
        kinds += [(noise, True, None, NEGATIVE), (noise, False, None, NEGATIVE)]
        kinds += [(noise, True, bleed, POSITIVE) for bleed in (*inside, *subdural)]
    return [
        Cell(noise_hu=noise, calcifications=calcified, bleed=bleed, first_seed=base + number * PER_CELL, count=count)
        for number, (noise, calcified, bleed, count) in enumerate(kinds)
    ]
