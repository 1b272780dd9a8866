"""Figures of a row of cash flows: return, ratio, payback, internal rate."""

from dataclasses import dataclass

import numpy as np

from collega.value.flows import Column, Flows
from collega.value.roots import root

LEAST_RATE, MOST_RATE = -0.99, 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What the case comes to, for those whose perspective it takes; None where a figure does not exist.

    ``roi`` is (benefits - costs) / costs, with ``pv_costs``, its denominator, beside it. ``payback_years`` counts
    money of each year as it is, ``discounted_payback_years`` as it is worth today. ``nmb`` is what the health is worth
    at the willingness to pay, plus the net present value; ``qalys`` stand apart from the money.
    """

    npv: float
    pv_benefits: float
    pv_costs: float
    roi: float | None
    bcr: float | None
    payback_years: float | None
    discounted_payback_years: float | None
    irr: float | None
    qalys: float
    nmb: float | None


def figures(laid: Flows) -> Figures:
    """Reckon with the first draw."""
    case = laid.case
    sides = {True: 0.0, False: 0.0}
    for line in laid.lines:
        sides[line.is_cost] += laid.signed(line, case.perspective) * float(laid.present(line)[0])
    benefits, costs = sides[False], -sides[True]
    once, years = (part[0] for part in laid.net(case.perspective))
    npv = benefits - costs
    qalys = float(laid.health()[0])
    threshold = case.inputs.get("quality.money_per_qaly")
    today = years * laid.factors
    first = (1.0 + case.discount_costs) ** -laid.plan.start
    return Figures(
        npv=npv,
        pv_benefits=benefits,
        pv_costs=costs,
        roi=npv / costs if costs > 0 else None,
        bcr=benefits / costs if costs > 0 else None,
        payback_years=payback(float(once), years, laid.plan.start),
        discounted_payback_years=payback(float(once) * first, today, laid.plan.start),
        irr=internal_rate(float(once), years, laid),
        qalys=qalys,
        nmb=None if threshold is None else threshold.value * qalys + npv,
    )


def payback(once: float, years: Column, start: float) -> float | None:
    """Give the years from now after which what was spent has come back for good, within a year in proportion.

    None where it never does, and where it comes back but is lost again.
    """
    sums = once + np.concatenate([[0.0], np.cumsum(years)])
    if sums[-1] < 0 or (sums[-1] == 0 and not (sums < 0).any()):
        return None
    below = np.flatnonzero(sums < 0)
    if not len(below):
        return start
    last = int(below[-1])
    return start + last + float(-sums[last] / (sums[last + 1] - sums[last]))


def internal_rate(once: float, years: Column, laid: Flows) -> float | None:
    """Give the discount rate at which nothing is gained; None unless flows change their sign once."""
    flow = np.concatenate([[once], years])
    signs = np.sign(flow[flow != 0])
    if np.count_nonzero(np.diff(signs)) != 1:
        return None
    times = np.concatenate([[laid.plan.start], laid.plan.times]) - laid.plan.start

    def at(rate: float) -> float:
        return float(flow @ (1.0 + rate) ** -times)

    return root(at, LEAST_RATE, MOST_RATE)
