"""The median of times that are not all over, against figures that are printed."""

import pytest

from collega.stats.survival import median_time

# Acute myelogenous leukaemia (Miller, Survival Analysis, 1981); + is still in remission. Medians and limits as
# the package survival of R prints them: 31 (18, NA) and 23 (8, NA).
MAINTAINED = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+"
NOT_MAINTAINED = "5 5 8 8 12 16+ 23 27 30 33 43 45"


@pytest.mark.shows("R18")
@pytest.mark.parametrize(
    ("told", "printed"),
    [(MAINTAINED, (31, 18, None)), (NOT_MAINTAINED, (23, 8, None)), ("4", (4, None, None)), ("4+ 9+", (None,) * 3)],
)
def test_the_median_of_times_that_go_on_is_the_published_one(told: str, printed: tuple[float | None, ...]) -> None:
    words = told.split()
    assert median_time([float(one.rstrip("+")) for one in words], ["+" not in one for one in words]) == printed
    assert median_time([], []) == (None, None, None)
