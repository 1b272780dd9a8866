"""How sure an answer is, and what would be worth measuring.

Sources: Fenwick, O'Brien, Briggs, Health Economics 13 (2004) 405, for the acceptability curve; Strong, Oakley, Brennan,
Medical Decision Making 34 (2014) 311, for the value of information by regression.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from collega.value.case import Case
from collega.value.draws import DRAWS, SEED, draw
from collega.value.flows import Column, Flows, flows

PERCENTS = (2.5, 25.0, 50.0, 75.0, 97.5)
# In the currency of the case, for each quality-adjusted life year.
THRESHOLDS = tuple(float(value) for value in range(0, 100_001, 10_000))
LEAST_DRAWS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A bar of the tornado: the net present value where one input is low, and where it is high."""

    key: str
    name: str
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far the two are apart."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What draws of all inputs come to.

    Attributes
    ----------
    p_npv_positive : float
    p_error : float
        Its standard error, from the number of draws alone.
    npv_mean : float
    npv_percentiles, fan : mapping
        By percent; of the fan, the money gathered by the end of each year, from the start on, as it is worth today.
    acceptability : sequence of (threshold, probability)
    evpi : float
        What knowing everything would be worth before the decision, for this case.
    evppi : mapping
        What knowing one input would be worth, by its key.
    """

    draws: int
    seed: int
    p_npv_positive: float
    p_error: float
    npv_mean: float
    npv_percentiles: Mapping[float, float]
    fan: Mapping[float, Sequence[float]]
    acceptability: Sequence[tuple[float, float]]
    evpi: float
    evppi: Mapping[str, float]


def spread(case: Case, n: int = DRAWS, seed: int = SEED) -> Spread:
    """Draw all inputs, and tell what the net present value does."""
    values = draw(case, n, seed)
    laid = flows(case, values)
    npv = np.broadcast_to(laid.value(case.perspective), (n,))
    health = np.broadcast_to(laid.health(), (n,))
    share = float(np.mean(npv > 0))
    columns = {key: value for key, value in values.items() if isinstance(value, np.ndarray)}
    return Spread(
        draws=n,
        seed=seed,
        p_npv_positive=share,
        p_error=float(np.sqrt(share * (1 - share) / n)),
        npv_mean=float(npv.mean()),
        npv_percentiles=dict(zip(PERCENTS, map(float, np.percentile(npv, PERCENTS)), strict=True)),
        fan=_fan(laid),
        acceptability=[(value, float(np.mean(value * health + npv > 0))) for value in THRESHOLDS],
        evpi=float(np.maximum(npv, 0).mean() - max(npv.mean(), 0)),
        evppi={key: known(column, npv) for key, column in columns.items()},
    )


def probability(case: Case, n: int = DRAWS, seed: int = SEED) -> float:
    """Give the probability that the net present value is positive, and nothing else."""
    return float(np.mean(flows(case, draw(case, n, seed)).value(case.perspective) > 0))


def _fan(laid: Flows) -> dict[float, list[float]]:
    once, years = laid.net(laid.case.perspective)
    first = (1.0 + laid.case.discount_costs) ** -laid.plan.start
    gathered = once[:, np.newaxis] * first + np.cumsum(years * laid.factors, axis=1)
    start = np.broadcast_to(once[:, np.newaxis] * first, (len(gathered), 1))
    found = np.percentile(np.hstack([start, gathered]), PERCENTS, axis=0)
    return {percent: [float(value) for value in row] for percent, row in zip(PERCENTS, found, strict=True)}


def known(column: Column, npv: Column) -> float:
    """Give what knowing one input would be worth: the mean of the better choice then, less the better mean now.

    The mean of the net present value given the input is a polynomial of the third degree, by least squares.
    """
    spread_of = float(column.std())
    if len(npv) < LEAST_DRAWS or spread_of == 0:
        return 0.0
    standard = (column - column.mean()) / spread_of
    square = standard * standard
    powers = np.stack([np.ones_like(standard), standard, square, square * standard])
    # By the normal equations: four unknowns of order one, where a decomposition of all draws costs ten times as much.
    expected = np.linalg.solve(powers @ powers.T, powers @ npv) @ powers
    return max(0.0, float(np.maximum(expected, 0).mean() - max(npv.mean(), 0)))


def tornado(case: Case) -> list[Bar]:
    """Put each input at its low and at its high, all others at their values; the widest first."""
    values = case.values()
    bars = []
    for key, item in case.inputs.items():
        if item.low < item.high:
            ends = (float(flows(case, values | {key: end}).value(case.perspective)[0]) for end in (item.low, item.high))
            bars.append(Bar(key=key, name=item.name, at_low=next(ends), at_high=next(ends)))
    return sorted(bars, key=lambda bar: -bar.swing)
