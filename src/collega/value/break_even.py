"""From which volume, price, accuracy or adoption on a case pays. "Never" is an answer: None."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from collega.value.case import Case, Distribution, Input, Source
from collega.value.flows import adoption, flows
from collega.value.lines_of_value import Given
from collega.value.roots import first_gain, root
from collega.value.schedule import schedule

VOLUME = "population.volume_per_year"
LEVEL = "adoption.share_max"
MOST_VOLUME = 1e9
VOLUMES = (0.0, *np.geomspace(1.0, MOST_VOLUME, 28).tolist())
SHARES = tuple(np.linspace(0, 1, 21).tolist())
ACCURACIES = tuple(
    f"accuracy.{figure}_{of}" for of in ("app", "before", "after") for figure in ("sensitivity", "specificity")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakEven:
    """Where nothing is lost or gained.

    Attributes
    ----------
    volume : float or None
        Studies a year that carry the running costs, at full adoption and without free months.
    volume_with_setup : float or None
        And the set-up, as an annuity over the horizon.
    volume_over_horizon : float or None
        At which the net present value is nought: adoption, growth, free months, exit and all.
    price_per_study, price_per_year : float or None
        The one price, in place of all others, at which the net present value is nought; None where it does not pay even
        for nothing.
    accuracy : mapping
        Of each sensitivity and specificity that the case has; None where no value brings it to nought.
    adoption : float or None
        The level of use, at its highest, from which on it pays.
    """

    volume: float | None
    volume_with_setup: float | None
    volume_over_horizon: float | None
    price_per_study: float | None
    price_per_year: float | None
    accuracy: dict[str, float | None]
    adoption: float | None


def break_even(case: Case) -> BreakEven:
    """Find all of them."""
    of = _worth(case)
    highest = float(adoption(Given(case=case, values=case.values() | {LEVEL: 1.0}), case.horizon_years).max())
    level = first_gain(lambda value: of(LEVEL, value / highest), (*SHARES,)) if highest else None
    return BreakEven(
        volume=_running(case, with_setup=False),
        volume_with_setup=_running(case, with_setup=True),
        volume_over_horizon=first_gain(lambda value: of(VOLUME, value), VOLUMES),
        price_per_study=_price(case, "price.money_per_study"),
        price_per_year=_price(case, "price.money_fixed_per_year"),
        accuracy={key: accuracy(of, key) for key in ACCURACIES if key in case.inputs},
        adoption=level,
    )


def accuracy(of: Callable[[str, float], float], key: str) -> float | None:
    """Find the value of a sensitivity or specificity at which nothing is gained or lost."""
    return root(lambda value: of(key, value), 0.0, 1.0)


def _worth(case: Case) -> Callable[[str, float], float]:
    values = case.values()

    def of(key: str, value: float) -> float:
        return float(flows(case, values | {key: value}).value(case.perspective)[0])

    return of


def _running(case: Case, *, with_setup: bool) -> float | None:
    """Find the volume of a year at full use that carries itself; nothing is discounted."""
    year = replace(case, horizon_years=1, adoption=(1.0,), start_delay_years=0.0, discount_costs=0.0)
    values = case.values() | {"price.free_months": 0.0, "population.growth_per_year": 0.0}
    highest = float(adoption(Given(case=case, values=case.values()), case.horizon_years).max())
    values[LEVEL] = highest
    setup = -float(flows(case, case.values()).net(case.perspective)[0][0]) * annuity(case) if with_setup else 0.0

    def of(volume: float) -> float:
        laid = flows(year, values | {VOLUME: volume})
        signed = (laid.signed(line, case.perspective) * float(laid.yearly(line).sum()) for line in laid.lines)
        return sum(signed) - setup

    return first_gain(of, VOLUMES)


def annuity(case: Case) -> float:
    """Give which part of the set-up each year carries."""
    rate, years = case.discount_costs, case.horizon_years
    return rate / (1 - (1 + rate) ** -years) if rate else 1 / years


def _price(case: Case, key: str) -> float | None:
    """Solve for the one price; the net present value falls in a straight line with it."""
    kept = {name: item for name, item in case.inputs.items() if not name.startswith("price.")}
    free = case.inputs.get("price.free_months")
    kept |= {"price.free_months": free} if free else {}
    one = replace(case, tiers=(), inputs=kept | {key: _one_price(key, case)})
    at = {price: float(flows(one, one.values() | {key: price}).value(case.perspective)[0]) for price in (0.0, 1.0)}
    if at[0.0] < 0 or at[0.0] == at[1.0]:
        return None
    return at[0.0] / (at[0.0] - at[1.0])


def _one_price(key: str, case: Case) -> Input:
    return Input(
        key=key,
        name=key,
        value=0.0,
        low=0.0,
        high=0.0,
        distribution=Distribution.FIXED,
        source=Source.EXPERT,
        origin="tried",
        on=case.prices_of,
    )


def cost_of_delay(case: Case, delay: float) -> dict[str, float]:
    """Give what it costs to begin later, where the end of the contract stays and where it moves along."""
    values = case.values()
    now, moved, fixed = (
        float(flows(case, values, plan).value(case.perspective)[0])
        for plan in (schedule(case, 0.0), schedule(case, delay), schedule(case, delay, is_end_fixed=True))
    )
    return {"delay_years": delay, "end_moves": now - moved, "end_fixed": now - fixed}
