"""From lines to money over the years, and to what it is worth today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.value.case import Case, Tier
from collega.value.fields import Account
from collega.value.lines_of_value import Given, Line, Number, Values, lines_of_value, qaly_per_study
from collega.value.schedule import Schedule, schedule

Column = NDArray[np.float64]
YEAR_MONTHS = 12.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Flows:
    """A case laid out over its years.

    Attributes
    ----------
    lines : sequence of Line
    studies : ndarray, shape (draws, years)
        Studies on which the app is used, of the part of each year that counts.
    charged : ndarray, shape (years,)
        Which part of each year the vendor charges.
    qalys : ndarray, shape (draws, years)
    """

    case: Case
    lines: Sequence[Line]
    studies: Column
    charged: Column
    plan: Schedule
    qalys: Column

    @property
    def factors(self) -> Column:
        """Give the discount factors of money."""
        return self.plan.factors(self.case.discount_costs)

    def yearly(self, line: Line) -> Column:
        """Give a line's amounts, shape (draws or 1, years), the last year with what the end costs."""
        weight = self.charged if line.is_price else np.ones_like(self.charged)
        if line.is_tiered:
            return _column(line.per_study) * tiered(self.studies, self.case.tiers) * weight
        part = self.plan.weights * weight
        return _column(line.per_study) * self.studies * weight + _column(line.per_year) * part

    def present(self, line: Line) -> Column:
        """Give a line's present value, shape (draws,) or (1,)."""
        rate = 1.0 + self.case.discount_costs
        ends = _flat(line.once) * rate**-self.plan.start + _flat(line.at_end) * rate**-self.plan.end
        return np.asarray(self.yearly(line) @ self.factors + ends, dtype=np.float64)

    def signed(self, line: Line, accounts: Iterable[Account]) -> int:
        """Tell what a line is to some accounts together: 1 a gain, -1 a payment, 0 both or neither."""
        inside = set(accounts)
        return int(line.beneficiary in inside) - int(line.payer in inside)

    def net(self, accounts: Iterable[Account]) -> tuple[Column, Column]:
        """Give the set-up, shape (draws,), and the cash flow of each year, shape (draws, years), of some accounts."""
        total = self._total(accounts)
        last = np.zeros(len(self.charged))
        # With a fixed end, years of no weight may follow the last one that counts; all of them fall on the same day.
        last[-1] = 1.0
        years = total.tiers + _column(total.at_end) * last
        for is_price, per_study, per_year in total.parts:
            weight = self.charged if is_price else np.ones_like(self.charged)
            years = years + (_column(per_study) * self.studies + _column(per_year) * self.plan.weights) * weight
        return _flat(total.once), years

    def value(self, accounts: Iterable[Account]) -> Column:
        """Give the net present value of some accounts together, without a table of all years for each draw."""
        total, rate = self._total(accounts), 1.0 + self.case.discount_costs
        ends = _flat(total.once) * rate**-self.plan.start + _flat(total.at_end) * rate**-self.plan.end
        found = ends + total.tiers @ self.factors
        for is_price, per_study, per_year in total.parts:
            factors = self.factors * self.charged if is_price else self.factors
            found = (
                found + _flat(per_study) * (self.studies @ factors) + _flat(per_year) * (self.plan.weights @ factors)
            )
        return np.asarray(found, dtype=np.float64)

    def _total(self, accounts: Iterable[Account]) -> "_Total":
        """Add lines up before they are laid out over the years: all are linear."""
        inside = tuple(accounts)
        signed = [(sign, line) for line in self.lines if (sign := self.signed(line, inside))]
        plain = [(sign, line) for sign, line in signed if not line.is_tiered]
        tiers = (sign * self.yearly(line) for sign, line in signed if line.is_tiered)
        return _Total(
            once=_sum(sign * line.once for sign, line in plain),
            at_end=_sum(sign * line.at_end for sign, line in plain),
            tiers=np.asarray(sum(tiers, np.zeros((1, len(self.charged))))),
            parts=[
                (
                    is_price,
                    _sum(sign * line.per_study for sign, line in plain if line.is_price is is_price),
                    _sum(sign * line.per_year for sign, line in plain if line.is_price is is_price),
                )
                for is_price in (False, True)
            ],
        )

    def health(self) -> Column:
        """Give the quality-adjusted life years, discounted as effects are."""
        return np.asarray(self.qalys @ self.plan.factors(self.case.discount_effects), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Total:
    """Lines of some accounts, added up; ``parts`` are what is charged always, and what is not in free months."""

    once: Number
    at_end: Number
    tiers: Column
    parts: list[tuple[bool, Number, Number]]


def _sum(amounts: Iterable[Number]) -> Number:
    return sum(amounts, 0.0)


def flows(case: Case, values: Values, plan: Schedule | None = None) -> Flows:
    """Lay a case out under the values given: numbers, or columns of draws."""
    when = plan or schedule(case)
    given = Given(case=case, values=values)
    studies = used(given, when)
    return Flows(
        case=case,
        lines=lines_of_value(case, values),
        studies=studies,
        charged=charged(len(when.weights), float(np.mean(given("price.free_months")))),
        plan=when,
        qalys=_column(qaly_per_study(given)) * studies,
    )


def used(given: Given, plan: Schedule) -> Column:
    """Count the studies on which the app is used: volume, growth, eligible, processed, adoption."""
    part = given("population.share_eligible") * given("population.share_processed")
    growth = (1.0 + _column(given("population.growth_per_year"))) ** plan.calendar
    base = _column(given("population.volume_per_year") * part)
    return np.asarray(base * growth * adoption(given, len(plan.weights)) * plan.weights, dtype=np.float64)


def adoption(given: Given, years: int) -> Column:
    """Give the share of studies on which the app is used, by year of use."""
    most = _column(given("adoption.share_max"))
    table = given.case.adoption
    if table:
        return np.asarray(most * np.array([table[min(year, len(table) - 1)] for year in range(years)]))
    year = np.arange(1, years + 1)
    steepness, midpoint = _column(given("adoption.steepness_per_year")), _column(given("adoption.midpoint_year"))
    return np.asarray(most / (1.0 + np.exp(-steepness * (year - midpoint))))


def charged(years: int, free_months: float) -> Column:
    """Give which part of each year of use the vendor charges."""
    return np.clip(np.arange(1, years + 1) - free_months / YEAR_MONTHS, 0, 1)


def tiered(studies: Column, tiers: Sequence[Tier]) -> Column:
    """Give what studies cost where each beyond a number has a price of its own."""
    ends = [*(tier.from_studies for tier in tiers[1:]), np.inf]
    parts = (
        np.clip(studies - tier.from_studies, 0, end - tier.from_studies) * tier.money_per_study
        for tier, end in zip(tiers, ends, strict=True)
    )
    return np.asarray(sum(parts, np.zeros_like(studies)))


def _column(value: Number) -> Column:
    return (
        np.asarray(value, dtype=np.float64)[..., np.newaxis]
        if np.ndim(value)
        else np.asarray([[value]], dtype=np.float64)
    )


def _flat(value: Number) -> Column:
    return np.atleast_1d(np.asarray(value, dtype=np.float64))
