"""What a case has cost until a day, by its own prices: with the studies that were planned, and with those that were."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from collega.value.case import Case
from collega.value.flows import YEAR_MONTHS, Flows, flows, tiered
from collega.value.lines_of_value import Line
from collega.value.schedule import schedule

PAID = ("price.", "costs.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Costs of the perspective since the app is used, set-up included, not discounted; ``studies`` until then."""

    years: float
    planned_studies: float
    studies: float
    planned: float
    so_far: float


def years_of_use(case: Case, years: float) -> int:
    """Count the years of use that have begun, no more than the case plans."""
    return min(max(ceil(years), 1), case.horizon_years)


def spent(case: Case, years: float, studies: Sequence[float]) -> Spent:
    """Reckon what a case has cost until now.

    Parameters
    ----------
    case : Case
    years : float
        Since the app is used; what lies beyond the horizon of the case is left out.
    studies : sequence of float
        Studies on which the app was used, in each year of use that has begun.
    """
    within = min(years, float(case.horizon_years))
    laid = flows(case, case.values(), schedule(case, 0.0))
    parts = [min(max(within - year, 0.0), 1.0) for year in range(years_of_use(case, years))]
    planned = [float(laid.studies[0, year]) * part for year, part in enumerate(parts)]
    return Spent(
        years=within,
        planned_studies=sum(planned),
        studies=float(sum(studies)),
        planned=_costs(laid, parts, planned),
        so_far=_costs(laid, parts, studies),
    )


def _costs(laid: Flows, parts: Sequence[float], studies: Sequence[float]) -> float:
    inside = set(laid.case.perspective)
    lines = [line for line in laid.lines if line.payer in inside and line.beneficiary not in inside and _is_paid(line)]
    free = free_years(laid.case)
    return sum(cost_until(laid, line, parts, studies, free) for line in lines)


def _is_paid(line: Line) -> bool:
    """Tell whether there is a bill, or an hour that is written: what false positives cost is no such thing."""
    return line.is_cost and any(key.startswith(PAID) for key in line.keys)


def free_years(case: Case) -> float:
    """Give for how long nothing is charged."""
    return case.values().get("price.free_months", 0.0) / YEAR_MONTHS


def cost_until(laid: Flows, line: Line, parts: Sequence[float], studies: Sequence[float], free: float) -> float:
    """Add up one line; what is bought is not charged in the free months, which come first.

    ``parts`` says which part of each year of use is over, ``studies`` how many there were in it, ``free`` is in years.
    """
    total = float(np.mean(line.once))
    for year, (part, count) in enumerate(zip(parts, studies, strict=True)):
        charged = max(year + part - max(free, year), 0.0) if line.is_price else part
        share = charged / part if part else 0.0
        per_study = float(np.mean(line.per_study))
        if line.is_tiered:
            total += per_study * float(tiered(np.array([count]), laid.case.tiers)[0]) * share
        else:
            total += per_study * count * share + float(np.mean(line.per_year)) * charged
    return total
