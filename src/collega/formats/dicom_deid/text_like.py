"""What looks like text in a picture: many steep edges side by side, in a row of cells (projection of edges).

It finds machine-made text of good contrast. Handwriting, text turned on its side and pale text are missed.
"""

import numpy as np
from numpy.typing import NDArray

from collega.formats.dicom_deid.profile import Box

CELL_ROWS, CELL_COLUMNS = 8, 16
STEEP = 0.4  # of the range of the picture, over two pixels
DENSE = 0.14  # of the pixels of a cell
ROWS_WITH_EDGES = 4
LEAST_CELLS = 3
MOST_BOXES = 10


def text_like(frame: NDArray[np.float32]) -> tuple[Box, ...]:
    """Find areas that look like text.

    Parameters
    ----------
    frame : ndarray of float32
        Grey values, rows by columns.

    Returns
    -------
    tuple of tuple of int
        Left, top, width, height in pixels; the first ten.
    """
    low, high = float(frame.min()), float(frame.max())
    across, down = (frame.shape[1] - 2) // CELL_COLUMNS, frame.shape[0] // CELL_ROWS
    if high <= low or across < LEAST_CELLS or down < 1:
        return ()
    steep = np.abs(frame[:, 2:] - frame[:, :-2]) > STEEP * (high - low)
    cells = steep[: down * CELL_ROWS, : across * CELL_COLUMNS].reshape(down, CELL_ROWS, across, CELL_COLUMNS)
    dense = cells.sum(axis=(1, 3)) >= DENSE * CELL_ROWS * CELL_COLUMNS
    dense &= cells.any(axis=3).sum(axis=1) >= ROWS_WITH_EDGES
    return tuple(box for row in np.flatnonzero(dense.any(axis=1)) for box in _runs(dense[row], int(row)))[:MOST_BOXES]


def _runs(dense: NDArray[np.bool_], row: int) -> list[Box]:
    """Give the runs of dense cells in a row of cells that are long enough for a word."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], dense, [False])).astype(np.int8)))
    return [
        (int(start) * CELL_COLUMNS, row * CELL_ROWS, int(stop - start) * CELL_COLUMNS, CELL_ROWS)
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
        if stop - start >= LEAST_CELLS
    ]
