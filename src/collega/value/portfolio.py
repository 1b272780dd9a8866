"""Several cases on one platform: what it costs each, which are worth their money, and which fit a budget (R55)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Any

from collega.errors import InputError
from collega.model.code import Text
from collega.value.case import Case
from collega.value.fields import Kind
from collega.value.figures import Figures, figures
from collega.value.flows import flows
from collega.value.read_input import read_input
from collega.value.reading import Notes, number_of, table_of, text_of, word_of
from collega.value.toml_lines import lines_of

PLATFORM = "costs.money_platform_per_year"
MOST_CASES = 16
LONGEST = 30


class Allocation(StrEnum):
    """How the cost of a platform is shared out."""

    EQUAL = "equal"
    VOLUME = "volume"
    BENEFIT = "benefit"


class Left(StrEnum):
    """Why a case is not taken."""

    NO_VALUE = "no_value"
    DEARER = "dearer"
    NO_ROOM = "no_room"
    PLATFORM = "platform"


@dataclass(frozen=True, kw_only=True, slots=True)
class Portfolio:
    """Which cases, on which platform, with which budget (at present value; None: none)."""

    title: Text
    currency: str
    horizon_years: int
    discount_costs: float
    cases: tuple[str, ...]
    platform_once: float = 0.0
    platform_per_year: float = 0.0
    allocation: Allocation = Allocation.EQUAL
    budget: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A case within a portfolio: its value alone, its share of the platform, and whether it is taken.

    ``why`` says for what it is left: a word of `Left`.
    """

    name: str
    alone: float
    share: float
    costs: float
    per_cost: float | None
    is_taken: bool
    why: str = ""

    @property
    def npv(self) -> float:
        """Its value with its share of the platform."""
        return self.alone - self.share


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """The places, the best first; what the platform costs, and what those that are taken come to with it.

    ``budget`` is what was asked, ``left`` what is over of it; None where there is no budget. ``npv_without_budget`` is
    what the best set would bring that no budget binds.
    """

    places: tuple[Place, ...]
    platform: float
    npv: float
    costs: float
    budget: float | None
    left: float | None
    npv_without_budget: float


def read_portfolio(text: str, name: str) -> Portfolio:
    """Read a portfolio.

    Raises
    ------
    InputError
        As `read_case`: all faults, each by key and line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise InputError(message) from error
    notes = Notes(name=name, lines=lines_of(text))
    said = table_of(notes, data, "portfolio")
    found = _read(notes, said)
    if notes.faults:
        raise InputError(notes.told())
    return found


def _read(notes: Notes, said: Mapping[str, Any]) -> Portfolio:
    currency = str(said.get("currency", "EUR"))
    keys = {name: f"{currency.lower()}_platform_{name}" for name in ("once", "per_year")}
    known = ("title", "currency", "horizon_years", "discount_costs", "cases", "allocation", "budget", *keys.values())
    notes.unknown(said, known, "portfolio.")
    money = {}
    for name, key in keys.items():
        if key in said:
            item = read_input(notes, "portfolio", f"{{c}}_platform_{name}", Kind.MONEY, said[key], currency.lower())
            money[f"platform_{name}"] = item.value if item else 0.0
    cases = said.get("cases", [])
    if not isinstance(cases, list) or not cases or len(cases) > MOST_CASES:
        notes.fault("portfolio.cases", f"a list of 1 to {MOST_CASES} files")
        cases = []
    budget, years = said.get("budget"), said.get("horizon_years")
    return Portfolio(
        title=text_of(notes, "portfolio.title", said.get("title", "")),
        currency=currency,
        horizon_years=int(
            number_of(notes, "portfolio.horizon_years", years, lambda value: 1 <= value <= LONGEST, "years")
        ),
        discount_costs=number_of(
            notes, "portfolio.discount_costs", said.get("discount_costs"), lambda value: 0 <= value < 1, "a rate"
        ),
        cases=tuple(map(str, cases)),
        allocation=word_of(
            notes, "portfolio.allocation", said.get("allocation", "equal"), Allocation, Allocation.EQUAL
        ),
        budget=None
        if budget is None
        else number_of(notes, "portfolio.budget", budget, lambda value: value >= 0, "an amount"),
        **money,
    )  # fmt: skip


def rank(portfolio: Portfolio, cases: Mapping[str, Case]) -> Ranking:
    """Share the platform out, and choose what together brings most within the budget.

    The platform is paid once, whoever is taken; a case that is not taken pays nothing. What a case says of its own
    share of a platform is left out: it would be counted twice.

    Raises
    ------
    InputError
        A case has another currency.
    """
    odd = [name for name, case in cases.items() if case.currency != portfolio.currency]
    if odd:
        message = f"{', '.join(odd)}: another currency than {portfolio.currency}"
        raise InputError(message)
    plain = {name: _without_platform(case) for name, case in cases.items()}
    alone = {name: figures(flows(case, case.values())) for name, case in plain.items()}
    platform = _platform(portfolio)
    taken, free = choose(alone, platform, portfolio.budget), _unbound(alone, platform)
    shares = _shares(portfolio.allocation, plain, alone, taken or tuple(alone))
    places = [
        Place(
            name=name,
            alone=found.npv,
            share=platform * shares.get(name, 0.0),
            costs=found.pv_costs,
            per_cost=found.npv / found.pv_costs if found.pv_costs > 0 else None,
            is_taken=name in taken,
            why="" if name in taken else _why(found, free, platform, portfolio.budget),
        )
        for name, found in alone.items()
    ]
    costs = _sum(alone, taken, "pv_costs", platform)
    return Ranking(
        places=tuple(sorted(places, key=lambda place: -place.npv)),
        platform=platform,
        npv=_sum(alone, taken, "npv", -platform),
        costs=costs,
        budget=portfolio.budget,
        left=None if portfolio.budget is None else portfolio.budget - costs,
        npv_without_budget=_sum(alone, free, "npv", -platform),
    )


def _sum(alone: Mapping[str, Figures], names: Sequence[str], figure: str, platform: float) -> float:
    """Sum a figure of some cases, with the platform where there are any."""
    return sum((float(getattr(alone[name], figure)) for name in names), platform if names else 0.0)


def _unbound(alone: Mapping[str, Figures], platform: float) -> tuple[str, ...]:
    """Choose without a budget: all that are worth something, where together they carry the platform."""
    good = tuple(name for name, found in alone.items() if found.npv > 0)
    return good if sum(alone[name].npv for name in good) > platform else ()


def _why(found: Figures, free: Sequence[str], platform: float, budget: float | None) -> Left:
    """Say why a case is left: the first reason that holds."""
    if found.npv <= 0:
        return Left.NO_VALUE
    if not free:
        return Left.PLATFORM
    return Left.NO_ROOM if budget is not None and found.pv_costs + platform > budget else Left.DEARER


def _without_platform(case: Case) -> Case:
    return replace(case, inputs={key: item for key, item in case.inputs.items() if key != PLATFORM})


def _platform(portfolio: Portfolio) -> float:
    rate = 1 + portfolio.discount_costs
    years = range(1, portfolio.horizon_years + 1)
    return portfolio.platform_once + portfolio.platform_per_year * sum(rate**-year for year in years)


def choose(alone: Mapping[str, Figures], platform: float, budget: float | None) -> tuple[str, ...]:
    """Try every set of cases; nothing at all where none brings more than the platform costs."""
    best: tuple[str, ...] = ()
    most = 0.0
    for count in range(1, len(alone) + 1):
        for names in combinations(alone, count):
            value = sum(alone[name].npv for name in names) - platform
            costs = sum(alone[name].pv_costs for name in names) + platform
            if value > most and (budget is None or costs <= budget):
                best, most = names, value
    return best


def _shares(
    how: Allocation, cases: Mapping[str, Case], alone: Mapping[str, Figures], names: Sequence[str]
) -> dict[str, float]:
    weights = {
        Allocation.EQUAL: dict.fromkeys(names, 1.0),
        Allocation.VOLUME: {name: cases[name].inputs["population.volume_per_year"].value for name in names},
        Allocation.BENEFIT: {name: max(alone[name].pv_benefits, 0.0) for name in names},
    }[how]
    total = sum(weights.values())
    return {name: weight / total if total else 1 / len(names) for name, weight in weights.items()}
