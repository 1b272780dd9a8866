"""The edge of a mask, and nothing but its edge, comes to the browser."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from collega.formats.outline import edges_of, outline
from collega.model.finding import Segment


def unpacked(edge: dict[str, Any], shape: tuple[int, int]) -> NDArray[np.bool_]:
    wide = -(-edge["columns"] // 8)
    packed = np.frombuffer(base64.b64decode(edge["bits"]), dtype=np.uint8).reshape(edge["rows"], wide)
    whole = np.zeros(shape, dtype=bool)
    part = np.unpackbits(packed, axis=1)[:, : edge["columns"]].astype(bool)
    whole[edge["row"] : edge["row"] + edge["rows"], edge["column"] : edge["column"] + edge["columns"]] = part
    return whole


@given(arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_the_edge_is_what_touches_the_outside(mask: NDArray[np.bool_]) -> None:
    edge = outline(mask)
    if not mask.any():
        assert edge is None
        return
    assert edge is not None
    found = unpacked(edge, mask.shape)
    for row, column in np.ndindex(*mask.shape):
        beside = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        outside = any(not (0 <= r < mask.shape[0] and 0 <= c < mask.shape[1]) or not mask[r, c] for r, c in beside)
        assert found[row, column] == (mask[row, column] and outside)


def test_masks_that_are_gone_leave_the_others(tmp_path: Path) -> None:
    mask = np.zeros((2, 4, 4), dtype=bool)
    mask[1, 1:3, 1:3] = True
    np.save(tmp_path / "a.npy", mask)
    segments = [
        Segment(finding_id="a", label="A", images=("1", "2"), file="a.npy"),
        Segment(finding_id="b", label="B", images=("1",), file="gone.npy"),
    ]
    (found,) = json.loads(edges_of(segments, tmp_path))
    assert (found["finding"], found["image"]) == ("a", "2")
    assert edges_of(segments[1:], tmp_path) == b""
