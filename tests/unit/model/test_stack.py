"""Where slices lie, and whether one is missing."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.stack import SlicePlace, Stack, is_gap_free, slice_place
from collega.model.study import Attribute

AXIAL = ("1", "0", "0", "0", "1", "0")


def place(position: Attribute, orientation: Attribute = AXIAL) -> SlicePlace | None:
    return slice_place({"image_position": position, "image_orientation": orientation})


def places(*heights: float) -> list[SlicePlace | None]:
    return [place(("-120.5", "-120.5", str(height))) for height in heights]


def test_an_axial_slice_lies_at_its_height() -> None:
    assert place(("-120", "3", "42.5")) == SlicePlace(normal=(0, 0, 1), mm=42.5)


@pytest.mark.parametrize("degrees", [0, 10, 25, 80])
def test_a_tilted_slice_is_measured_along_its_normal(degrees: float) -> None:
    """Neighbours of 5 mm along z lie 5 mm times the cosine of the tilt apart (PS3.3 C.7.6.2.1.1)."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    tilted = ("1", "0", "0", "0", f"{cosine:.6f}", f"{-sine:.6f}")
    first, second = place(("0", "0", "0"), tilted), place(("0", "0", "5"), tilted)
    assert first is not None
    assert second is not None
    assert abs(second.mm - first.mm) == pytest.approx(5 * cosine, abs=1e-4)


@pytest.mark.parametrize(
    ("position", "orientation"),
    [
        (None, AXIAL),
        (("1", "2"), AXIAL),
        (("1", "2", "x"), AXIAL),
        (("1", "2", "nan"), AXIAL),
        ("1", AXIAL),
        (("1", "2", "3"), None),
        (("1", "2", "3"), ("1", "0", "0", "1", "0", "0")),
        (("1", "2", "3"), ("0", "0", "0", "0", "0", "0")),
        (("1", "2", "3"), ("2", "0", "0", "0", "2", "0")),
    ],
)
def test_a_slice_that_does_not_say_where_it_lies_is_nowhere(position: Attribute, orientation: Attribute) -> None:
    assert place(position, orientation) is None


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ((0, 5, 10, 15), True),
        ((0, 5, 15, 20), False),
        ((0, 5, 10.4, 15), True),
        ((0,), False),
        ((), False),
        ((0, 0, 0), False),
        ((0, 0, 5, 5, 10, 10), True),
    ],
)
def test_a_missing_slice_is_a_gap(heights: Sequence[float], expected: bool) -> None:
    assert is_gap_free(places(*heights)) is expected


def test_neighbours_may_be_asked_to_lie_close() -> None:
    assert is_gap_free(places(0, 5, 10), 5.0)
    assert not is_gap_free(places(0, 5, 10), 4.9)


def test_slices_of_two_directions_are_no_stack() -> None:
    sagittal = place(("0", "0", "0"), ("0", "1", "0", "0", "0", "-1"))
    assert not is_gap_free([*places(0, 5, 10), sagittal])


@given(
    count=st.integers(5, 60),
    distance=st.floats(0.3, 10),
    gone=st.integers(1, 58),
    order=st.randoms(use_true_random=False),
)
def test_any_inner_slice_that_is_missing_is_found_in_any_order(
    count: int, distance: float, gone: int, order: random.Random
) -> None:
    whole = places(*(number * distance for number in range(count)))
    order.shuffle(whole)
    assert is_gap_free(whole)
    inner = 1 + gone % (count - 2)
    rest = [item for item in whole if item is None or abs(item.mm - inner * distance) > distance / 2]
    assert len(rest) == count - 1
    assert not is_gap_free(rest)


COORDINATE = st.sampled_from(["0", "5", "10.0", "15", "-5", "x", "nan", "1e400"])
POSITION: st.SearchStrategy[Attribute] = st.one_of(
    st.tuples(COORDINATE, COORDINATE, COORDINATE),
    st.just(("0", "0", "5")),
    st.none(),
    st.just(5.0),
    st.just(("1", "2")),
)
ORIENTATION: st.SearchStrategy[Attribute] = st.sampled_from(
    [AXIAL, ("0", "1", "0", "0", "0", "-1"), ("1", "0", "0", "1", "0", "0"), ("1", "0"), "AXIAL", None]
)


@given(
    slices=st.lists(st.tuples(POSITION, st.one_of(st.just(AXIAL), ORIENTATION)), max_size=12),
    asks=st.sets(st.integers(0, 11)),
    most=st.sampled_from([None, 5.0]),
)
def test_a_stack_says_of_its_slices_what_each_read_by_itself_would_whenever_it_is_asked(
    slices: list[tuple[Attribute, Attribute]], asks: set[int], most: float | None
) -> None:
    stack, alone = Stack(), [place(*said) for said in slices]
    for number, (position, orientation) in enumerate(slices):
        stack.add({"image_position": position, "image_orientation": orientation})
        if number in asks:
            assert stack.is_gap_free(most) is is_gap_free(alone[: number + 1], most)
    assert len(stack) == len(slices)
    assert stack.is_gap_free(most) is is_gap_free(alone, most)
