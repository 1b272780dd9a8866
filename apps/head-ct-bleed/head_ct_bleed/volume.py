"""Pixels of a series as one block in Hounsfield units, fine series averaged to voxels that tell blood from noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom

from head_ct_bleed.components import Mask
from head_ct_bleed.filters import Volume
from head_ct_bleed.series import Series

PIXEL_MM, SLICE_MM = 0.9, 5.0
LOWEST_HU, HIGHEST_HU = -1024.0, 3071.0


class UnreadableError(Exception):
    """The pixels of an image cannot be decoded."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A series as a block.

    Attributes
    ----------
    hounsfield : array, shape (slices, rows, columns)
        Averaged over ``factors`` (slices, rows, columns) of the series' own voxels.
    voxel : tuple of float
        Size of an averaged voxel in mm: across, down, along.
    shape : tuple of int
        Slices, rows and columns of the series itself.
    """

    hounsfield: Volume
    voxel: tuple[float, float, float]
    factors: tuple[int, int, int]
    shape: tuple[int, int, int]

    def own_slices(self, first: int, last: int) -> slice:
        """Images of the series that slices of the block are made of."""
        return slice(first * self.factors[0], min((last + 1) * self.factors[0], self.shape[0]))

    def restored(self, mask: Mask) -> Mask:
        """Give a mask of the block in the series' own voxels."""
        for axis, factor in enumerate(self.factors):
            mask = np.repeat(mask, factor, axis=axis)
        whole = np.zeros(self.shape, dtype=np.bool_)
        slices, rows, columns = (min(have, want) for have, want in zip(mask.shape, self.shape, strict=True))
        whole[:slices, :rows, :columns] = mask[:slices, :rows, :columns]
        return whole


def read_block(series: Series) -> Block:
    """Read and average the pixels, one image at a time.

    Raises
    ------
    UnreadableError
        The pixels of an image cannot be decoded, or are no grey picture.
    """
    across, down, along = series.voxel
    by_slice = max(1, int(SLICE_MM / along + 1e-6))
    by_pixel = max(1, round(PIXEL_MM / max(across, down)))
    header = series.images[0].header
    shape = len(series.images), int(header.Rows), int(header.Columns)
    slices, rows, columns = -(-shape[0] // by_slice), shape[1] // by_pixel, shape[2] // by_pixel
    summed = np.zeros((slices, rows, columns), dtype=np.float32)
    for number, image in enumerate(series.images):
        picture = read_picture(image.file)[: rows * by_pixel, : columns * by_pixel]
        summed[number // by_slice] += picture.reshape(rows, by_pixel, columns, by_pixel).mean((1, 3))
    counts = np.bincount(np.arange(shape[0]) // by_slice, minlength=slices).astype(np.float32)
    return Block(
        hounsfield=summed / counts[:, None, None],
        voxel=(across * by_pixel, down * by_pixel, along * by_slice),
        factors=(by_slice, by_pixel, by_pixel),
        shape=shape,
    )


def read_picture(file: Path) -> npt.NDArray[np.float32]:
    """Read one image in Hounsfield units, padding as air."""
    dataset = pydicom.dcmread(file)
    try:
        pixels = dataset.pixel_array
    except (ValueError, RuntimeError, NotImplementedError, AttributeError, OSError) as error:
        raise UnreadableError from error
    if pixels.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise UnreadableError
    values = pixels.astype(np.float32) * np.float32(dataset.RescaleSlope) + np.float32(dataset.RescaleIntercept)
    clipped: npt.NDArray[np.float32] = np.clip(values, LOWEST_HU, HIGHEST_HU)
    return clipped
