"""Connected parts of a mask, found over runs of voxels: quick enough without a library for pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
# Steps to the neighbouring lines of a volume: the next row; the next row and the next slice.
FLAT: tuple[tuple[int, int], ...] = ((0, 1),)
SOLID: tuple[tuple[int, int], ...] = ((0, 1), (1, 0))


@dataclass(frozen=True, kw_only=True)
class Components:
    """Parts of a mask that hang together by faces of voxels.

    Attributes
    ----------
    labels : array, shape of the mask
        0 outside, else the number of the part, from 1.
    sizes : array
        Voxels of each part; the first is 0.
    """

    labels: npt.NDArray[np.int32]
    sizes: Numbers

    def of(self, numbers: Sequence[int] | Numbers) -> Mask:
        """Mask of these parts."""
        wanted = np.zeros(len(self.sizes), dtype=np.bool_)
        wanted[np.asarray(numbers, dtype=np.int64)] = True
        wanted[0] = False
        return wanted[self.labels]

    @property
    def largest(self) -> Mask:
        """Mask of the largest part; empty where there is none."""
        return self.of([int(self.sizes.argmax())])


def components(mask: Mask, steps: Sequence[tuple[int, int]] = SOLID) -> Components:
    """Find the connected parts of a mask, shape (slices, rows, columns).

    Runs of neighbouring voxels along a row are joined where they touch a run of a neighbouring line,
    by hooking each on the lowest it knows of (after Shiloach and Vishkin 1982).
    """
    slices, rows, columns = mask.shape
    begins, ends, lines = _runs(mask)
    parents = np.arange(len(begins))
    width = columns + 1
    ones, others = [], []
    for over, down in steps:
        fits = (lines // rows + over < slices) & (lines % rows + down < rows)
        run = np.flatnonzero(fits)
        target = (lines[run] + over * rows + down) * width
        first = np.searchsorted(lines * width + ends, target + begins[run], side="right")
        last = np.searchsorted(lines * width + begins, target + ends[run], side="left")
        counts = np.maximum(last - first, 0)
        ones.append(np.repeat(run, counts))
        others.append(np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum()))
    parents = _join(parents, np.concatenate(ones), np.concatenate(others))
    _, numbers = np.unique(parents, return_inverse=True)
    labels = np.zeros(mask.shape, dtype=np.int32)
    labels[mask] = np.repeat(numbers + 1, ends - begins)
    sizes = np.bincount(numbers + 1, weights=ends - begins, minlength=1).astype(np.int64)
    return Components(labels=labels, sizes=sizes)


def _runs(mask: Mask) -> tuple[Numbers, Numbers, Numbers]:
    """First column, column after the last, and line of every run, in reading order."""
    slices, rows, columns = mask.shape
    padded = np.zeros((slices * rows, columns + 2), dtype=np.int8)
    padded[:, 1:-1] = mask.reshape(-1, columns)
    changes = np.diff(padded, axis=1)
    lines, begins = np.nonzero(changes == 1)
    _, ends = np.nonzero(changes == -1)
    return begins, ends, lines


def _join(parents: Numbers, one: Numbers, other: Numbers) -> Numbers:
    """Give runs that touch the same parent."""
    while True:
        low, high = np.minimum(parents[one], parents[other]), np.maximum(parents[one], parents[other])
        if np.array_equal(low, high):
            return parents
        np.minimum.at(parents, high, low)
        while not np.array_equal(grand := parents[parents], parents):
            parents = grand
