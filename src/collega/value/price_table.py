"""The price as it will be asked: in a year by number of studies, and added up month by month, free months first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collega.value.case import Case
from collega.value.flows import YEAR_MONTHS, Flows, flows
from collega.value.schedule import schedule
from collega.value.spent import cost_until, free_years

# Line of the model -> part of the price.
PARTS: Mapping[str, str] = {
    "price_per_year": "fixed",
    "price_per_study": "per_study",
    "price_tiers": "tiers",
    "in_kind": "in_kind",
    "platform_per_year": "platform",
}
TIMES = (0.25, 0.5, 1.0, 2.0)
MONTHS = (1, 2, 3, 6, 9, 12, 24, 36)


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What is asked for some studies, by part; ``months`` is 12 for a year that is charged in full.

    A contribution in kind is below 0. The share of the platform stays in the house. All payers together.
    """

    months: int
    studies: float
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        """Add the parts up."""
        return sum(self.parts.values())


def by_volume(case: Case) -> list[Price]:
    """Give the price of a year that is charged in full, at parts and multiples of the studies of its first year."""
    laid = _laid(case)
    studies = float(laid.studies[0, 0])
    tiers = [tier.from_studies for tier in case.tiers if tier.from_studies]
    volumes = sorted({*(studies * times for times in TIMES), *tiers})
    return [_price(laid, 12, [1.0], [count], free=0.0) for count in volumes]


def by_month(case: Case) -> list[Price]:
    """Add the price up over the months of use, with the studies that are planned."""
    laid = _laid(case)
    planned = [float(count) for count in laid.studies[0]]
    found = []
    for months in MONTHS:
        parts = list(_years(months))
        if len(parts) <= case.horizon_years:
            counts = [count * part for count, part in zip(planned, parts, strict=False)]
            found.append(_price(laid, months, parts, counts, free=free_years(case)))
    return found


def _years(months: int) -> Iterator[float]:
    """Split months into years of use and a part of one."""
    whole, rest = divmod(months, int(YEAR_MONTHS))
    yield from [1.0] * whole
    if rest:
        yield rest / YEAR_MONTHS


def _laid(case: Case) -> Flows:
    return flows(case, case.values(), schedule(case, 0.0))


def _price(laid: Flows, months: int, years: Sequence[float], studies: Sequence[float], *, free: float) -> Price:
    parts: dict[str, float] = {}
    for line in laid.lines:
        if line.name in PARTS:
            amount = cost_until(laid, line, years, studies, free)
            parts[PARTS[line.name]] = parts.get(PARTS[line.name], 0.0) + amount
    return Price(months=months, studies=sum(studies), parts=parts)
