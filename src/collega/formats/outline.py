"""A mask for the browser: the pixels on its edge, cut to where there are any."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.model.finding import Segment

EDGES_FILE = "edges.json"


def outline(mask: NDArray[np.bool_]) -> dict[str, Any] | None:
    """Give the edge of a mask of one image, rows by columns: place, size, and bits row by row in base64.

    The edge is what is inside and has a neighbour outside, above, below or beside it. None for an empty mask.
    """
    if not mask.any():
        return None
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge = mask & ~inner
    rows, columns = np.flatnonzero(edge.any(axis=1)), np.flatnonzero(edge.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    bits = np.packbits(edge[top:bottom, left:right], axis=1)
    return {
        "row": top,
        "column": left,
        "rows": bottom - top,
        "columns": right - left,
        "bits": base64.b64encode(bits.tobytes()).decode(),
    }


def edges_of(segments: Iterable[Segment], folder: Path) -> bytes:
    """Write the edges of an answer's masks as JSON: finding, image (SOP Instance UID), edge; empty without any."""
    found = []
    for segment in segments:
        try:
            mask = np.load(folder / segment.file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            continue  # removed by rule before a reader has asked for the word
        for uid, plane in zip(segment.images, mask, strict=True):
            edge = outline(np.asarray(plane))
            if edge is not None:
                found.append({"finding": segment.finding_id, "image": uid, "edge": edge})
    return json.dumps(found).encode() if found else b""
