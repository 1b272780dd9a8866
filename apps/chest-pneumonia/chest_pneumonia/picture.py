"""Pixels of a film as the network wants them: the same film in another encoding gives the same picture."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 128
LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5

Picture = npt.NDArray[np.float32]


def normalise(pixels: npt.NDArray[Any], *, inverted: bool) -> Picture:
    """Scale a film to a square of `SIDE` pixels with values from 0 to 1.

    Parameters
    ----------
    pixels : array, shape (rows, columns)
        Stored values of any depth.
    inverted : bool
        Whether low values are bright (MONOCHROME1, PS3.3 C.7.6.3.1.2).

    Returns
    -------
    array of float32, shape (SIDE, SIDE)
        The film between its percentiles, padded with black to a square before it is shrunk.
    """
    values = pixels.astype(np.float32)
    if inverted:
        values = values.max() - values
    low, high = np.percentile(values, (LOW_PERCENT, HIGH_PERCENT))
    values = np.clip((values - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    image = Image.fromarray(_square(values)).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float32)


def _square(values: Picture) -> Picture:
    rows, columns = values.shape
    side = max(rows, columns)
    top, left = (side - rows) // 2, (side - columns) // 2
    padded = np.zeros((side, side), dtype=np.float32)
    padded[top : top + rows, left : left + columns] = values
    return padded
