"""The marks of a disk that fills, at their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.disk import MEBIBYTE, DiskMark, DiskMarks, DiskRoom

pytestmark = pytest.mark.shows("R31", "R59")
MARKS = DiskMarks(warn_percent=20, warn_mb=100, refuse_percent=10, refuse_mb=50, reserve_mb=10)
ORDER = list(DiskMark)


def room(free_mb: float, total_mb: int = 400, *, free_inodes: int = 1000, inodes: int = 1000) -> DiskRoom:
    return DiskRoom(free=int(free_mb * MEBIBYTE), total=total_mb * MEBIBYTE, free_inodes=free_inodes, inodes=inodes)


@pytest.mark.parametrize(
    ("given_room", "mark"),
    [
        (room(80), DiskMark.AMPLE),
        (room(79.9), DiskMark.LOW),
        (room(40), DiskMark.LOW),
        (room(39.9), DiskMark.SCARCE),
        (room(10), DiskMark.SCARCE),
        (room(9.9), DiskMark.FULL),
        # Of a large disk the mebibytes count: a tenth of it would be room for a year.
        (room(100, 100_000), DiskMark.AMPLE),
        (room(99.9, 100_000), DiskMark.LOW),
        (room(49.9, 100_000), DiskMark.SCARCE),
        (room(300, free_inodes=199), DiskMark.LOW),
        (room(300, free_inodes=99), DiskMark.SCARCE),
        (room(300, free_inodes=7), DiskMark.FULL),
        (room(300, free_inodes=0, inodes=0), DiskMark.AMPLE),
    ],
)
def test_where_each_mark_lies(given_room: DiskRoom, mark: DiskMark) -> None:
    assert MARKS.mark(given_room) is mark


def test_what_is_to_be_written_counts_as_written() -> None:
    assert MARKS.mark(room(80), MEBIBYTE) is DiskMark.LOW
    assert DiskMarks().mark(room(1), 2 * MEBIBYTE) is DiskMark.FULL


def test_without_marks_only_the_end_counts() -> None:
    assert DiskMarks().mark(room(0.1)) is DiskMark.AMPLE


@given(more=st.floats(0, 400), less=st.floats(0, 400))
def test_less_room_is_never_a_better_mark(more: float, less: float) -> None:
    less, more = sorted((less, more))
    assert ORDER.index(MARKS.mark(room(less))) >= ORDER.index(MARKS.mark(room(more)))
