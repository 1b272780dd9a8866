"""The parts of the second app that other numbers rest on: components, filters, verdict, intervals."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from hypothesis.strategies import DrawFn

Part = Callable[[str], Any]


@pytest.fixture(scope="module")
def modules(part: Part) -> dict[str, Any]:
    return {name: part(f"head_ct_bleed.{name}") for name in ("components", "filters", "verdict", "bleed")}


@st.composite
def masks(draw: DrawFn) -> np.ndarray:
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)))
    return draw(arrays.arrays(np.bool_, shape))


def by_flooding(mask: np.ndarray, steps: list[tuple[int, int, int]]) -> list[frozenset[tuple[int, ...]]]:
    """Find components the slow way, voxel by voxel."""
    left = {tuple(map(int, place)) for place in np.argwhere(mask)}
    parts = []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            here = edge.pop()
            part.add(here)
            for step in steps:
                there = tuple(a + b for a, b in zip(here, step, strict=True))
                if there in left:
                    left.remove(there)
                    edge.append(there)
        parts.append(frozenset(part))
    return parts


FACES = [(0, 0, 1), (0, 0, -1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)]


@given(mask=masks())
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("solid", [True, False])
def test_components_are_those_that_flooding_finds(modules: dict[str, Any], solid: bool, mask: np.ndarray) -> None:
    components = modules["components"]
    found = components.components(mask, components.SOLID if solid else components.FLAT)
    numbers = range(1, len(found.sizes))
    parts = {frozenset(tuple(map(int, place)) for place in np.argwhere(found.labels == number)) for number in numbers}
    assert parts == set(by_flooding(mask, FACES if solid else FACES[:4]))
    assert found.sizes[0] == 0
    assert [int((found.labels == number).sum()) for number in numbers] == found.sizes[1:].tolist()
    assert found.largest.sum() == (max(found.sizes) if mask.any() else 0)


def test_a_long_snake_is_one_component(modules: dict[str, Any]) -> None:
    """A path that turns back many times needs as many joins."""
    mask = np.zeros((1, 41, 40), dtype=bool)
    mask[0, ::2] = True
    mask[0, 1::4, -1] = True
    mask[0, 3::4, 0] = True
    found = modules["components"].components(mask)
    assert len(found.sizes) == 2


@given(mask=masks(), radius=st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_a_mean_is_the_mean_of_its_square(modules: dict[str, Any], mask: np.ndarray, radius: int) -> None:
    filters = modules["filters"]
    padded = np.pad(mask, ((0, 0), (radius, radius), (radius, radius))).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1, 2 * radius + 1), axis=(1, 2))
    assert np.allclose(filters.box_mean(mask, radius), windows.mean((3, 4)), atol=1e-5)
    assert np.array_equal(filters.shrunk(mask, radius), windows.all((3, 4)))
    assert np.array_equal(filters.grown(mask, radius), windows.any((3, 4)))


def test_a_mean_within_a_mask_knows_nothing_of_what_is_outside(modules: dict[str, Any]) -> None:
    values = np.full((2, 12, 12), 900.0, dtype=np.float32)
    mask = np.zeros(values.shape, dtype=bool)
    mask[:, 3:9, 3:9] = True
    values[mask] = 30.0
    smooth = modules["filters"].mean_within(values, mask, 1, 2)
    assert np.allclose(smooth[mask], 30.0)
    assert smooth[0, 0, 0] == 0.0


@given(score=st.floats(0, 1), others=st.lists(st.floats(0, 1), max_size=4), threshold=st.floats(0.05, 1))
def test_the_verdict_never_contradicts_its_score(
    modules: dict[str, Any], score: float, others: list[float], threshold: float
) -> None:
    mask = np.ones((1, 1, 1), dtype=bool)
    bleeds = [modules["bleed"].Bleed(mask=mask, volume_ml=1.0, contrast_hu=20.0, score=one) for one in (score, *others)]
    verdict = modules["verdict"].decide(bleeds, threshold)
    assert verdict.score == max(score, *others, 0.0)
    assert (verdict.evaluation == "present") == (verdict.score >= threshold)
    assert (verdict.evaluation == "absent") == (not verdict.bleeds)
    assert all(one.score >= modules["verdict"].UNDECIDED * threshold for one in verdict.bleeds)


def test_nothing_found_is_a_score_of_nought(modules: dict[str, Any]) -> None:
    verdict = modules["verdict"].decide([], 0.5)
    assert (verdict.evaluation, verdict.score, verdict.bleeds) == ("absent", 0.0, ())


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (1, 20, 0.0013, 0.2487)],
)
def test_exact_intervals_are_the_published_ones(part: Part, hits: int, count: int, low: float, high: float) -> None:
    """Clopper and Pearson (1934), as tables of the binomial distribution have them."""
    assert part("intervals").exact(hits, count) == pytest.approx([hits / count, low, high], abs=5e-5)


def test_an_exact_interval_moves_with_its_hits(part: Part) -> None:
    intervals = [part("intervals").exact(hits, 30) for hits in range(31)]
    assert all(low <= value <= high for value, low, high in intervals)
    assert all(one[1] <= next_[1] and one[2] <= next_[2] for one, next_ in pairwise(intervals))


def test_agreement_is_mean_and_spread(part: Part) -> None:
    said = part("intervals").agreement([-1.0, 0.0, 1.0])
    assert said == {"n": 3, "mean_difference_ml": 0.0, "limits_of_agreement_ml": [-1.96, 1.96]}
    assert part("intervals").agreement([2.0])["limits_of_agreement_ml"] is None
