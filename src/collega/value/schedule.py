"""When money moves: set-up at the start, flows at the end of each year of use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.value.case import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Years of use.

    Attributes
    ----------
    start, end : float
        Years from now at which use begins and ends.
    times, weights, calendar : ndarray, shape (years,)
        When the flow of a year falls, which part of the year is left of the contract, and by how many years the volume
        has grown: it grows whether or not the app is there.
    """

    start: float
    end: float
    times: NDArray[np.float64]
    weights: NDArray[np.float64]
    calendar: NDArray[np.float64]

    def factors(self, rate: float) -> NDArray[np.float64]:
        """Give the discount factor of each year."""
        return (1.0 + rate) ** -self.times


def schedule(case: Case, delay: float | None = None, *, is_end_fixed: bool = False) -> Schedule:
    """Lay out the years.

    Parameters
    ----------
    delay : float, optional
        Years until use begins; else as the case has it.
    is_end_fixed : bool
        The contract ends at the horizon however late it begins; else it lasts as long, and ends later.
    """
    start = case.start_delay_years if delay is None else delay
    years = np.arange(1, case.horizon_years + 1, dtype=np.float64)
    horizon = float(case.horizon_years)
    if not is_end_fixed:
        return Schedule(
            start=start,
            end=start + horizon,
            times=years + start,
            weights=np.ones_like(years),
            calendar=years - 1 + start,
        )
    return Schedule(
        start=start,
        end=horizon,
        times=np.minimum(years + start, horizon),
        weights=np.clip(horizon - start - (years - 1), 0, 1),
        calendar=years - 1 + start,
    )
