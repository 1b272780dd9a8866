"""The whole answer to a case, and its form for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from collega.model.code import Text
from collega.value.break_even import BreakEven, break_even, cost_of_delay
from collega.value.case import Case, Source
from collega.value.draws import DRAWS, SEED
from collega.value.fields import FIELDS, money_key
from collega.value.figures import Figures, figures
from collega.value.flows import Flows, flows
from collega.value.ledger import Ledger, ledger
from collega.value.lines_of_value import cells_told, minutes_by_role
from collega.value.price_table import Price, by_month, by_volume
from collega.value.uncertainty import Bar, Spread, spread, tornado

HOUR_MINUTES = 60.0
PRICES = {"by_volume": by_volume, "by_month": by_month}
TWICE = Text(
    en="minutes are counted twice where studies are both read faster and not read at all",
    nl="minuten tellen dubbel waar onderzoeken zowel sneller als helemaal niet gelezen worden",
)
SURE = Text(
    en="no input has an interval: the probability is that of a sure thing",
    nl="geen enkel getal heeft een interval: de kans is die van een zekerheid",
)
UNCHECKED = Text(
    en="no validation hours: checking an app takes more of them than was thought (R70)",
    nl="geen uren voor validatie: een app controleren kost er meer dan gedacht (R70)",
)
# Where the case plans no delay, what one year would cost is told all the same.
A_YEAR = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Everything that a case comes to.

    Attributes
    ----------
    if_all_cash, if_no_cash : float
        The net present value where every freed minute were money, and where none is: capacity and cash stand apart.
    hours_by_role : mapping
        Freed in the last year, by role; negative where a role works longer (R75).
    """

    case: Case
    figures: Figures
    ledger: Ledger
    break_even: BreakEven
    delay: Mapping[str, float]
    if_all_cash: float
    if_no_cash: float
    hours_by_role: Mapping[str, float]
    cells: Mapping[str, float]
    studies: tuple[float, ...]
    yearly: tuple[float, ...]
    setup: float
    spread: Spread
    tornado: tuple[Bar, ...]
    warnings: tuple[Text, ...]


def answer(case: Case, *, draws: int = DRAWS, seed: int = SEED) -> Answer:
    """Work a case out."""
    values = case.values()
    laid = flows(case, values)
    once, years = laid.net(case.perspective)
    studies = tuple(float(count) for count in laid.studies[0])
    minutes = minutes_by_role(case, values)
    return Answer(
        case=case,
        figures=figures(laid),
        ledger=ledger(laid),
        break_even=break_even(case),
        delay=cost_of_delay(case, case.start_delay_years or A_YEAR),
        if_all_cash=_with_cash(case, 1.0),
        if_no_cash=_with_cash(case, 0.0),
        hours_by_role={role: per_study * studies[-1] / HOUR_MINUTES for role, per_study in minutes.items()},
        cells=cells_told(case, values),
        studies=studies,
        yearly=tuple(float(amount) for amount in years[0]),
        setup=float(once[0]),
        spread=spread(case, draws, seed),
        tornado=tuple(tornado(case)),
        warnings=tuple(warnings(case, laid)),
    )


def _with_cash(case: Case, share: float) -> float:
    keys = [f"roles.{role}.share_cashable" for role in case.roles]
    keys += ["calls.share_cashable"] if any(key.startswith("calls.") for key in case.inputs) else []
    return float(flows(case, case.values() | dict.fromkeys(keys, share)).value(case.perspective)[0])


def warnings(case: Case, laid: Flows) -> list[Text]:
    """Say what a reader of the answer must know of the case."""
    freed = any(key.startswith(f"roles.{case.rule_out_role}.minutes_before") for key in case.inputs)
    expert, all_of = sum(item.source is Source.EXPERT for item in case.inputs.values()), len(case.inputs)
    assumed = Text(
        en=f"{expert} of {all_of} numbers are assumed, not measured",
        nl=f"{expert} van {all_of} getallen zijn aangenomen, niet gemeten",
    )
    told = (
        (TWICE, freed and any(line.name == "rule_out" for line in laid.lines)),
        (assumed, expert > 0),
        (SURE, all(item.low == item.high and not item.counts for item in case.inputs.values())),
        (UNCHECKED, "costs.validation_hours_once" not in case.inputs),
    )
    return [text for text, is_so in told if is_so]


def as_json(told: Answer) -> dict[str, Any]:
    """Write an answer for programs; amounts are in the currency and at the prices of the case."""
    case, found, limits = told.case, told.figures, told.break_even
    return {
        "title": case.title.en,
        "purpose": case.purpose,
        "currency": case.currency,
        "prices_of": case.prices_of,
        "horizon_years": case.horizon_years,
        "discount_costs": case.discount_costs,
        "perspective": list(case.perspective),
        "npv": found.npv,
        "roi": found.roi,
        "roi_denominator": {"name": "present value of all costs", "value": found.pv_costs},
        "bcr": found.bcr,
        "pv_benefits": found.pv_benefits,
        "pv_costs": found.pv_costs,
        "payback_years": found.payback_years,
        "discounted_payback_years": found.discounted_payback_years,
        "irr": found.irr,
        "qalys": found.qalys,
        "nmb": found.nmb,
        "break_even_volume": limits.volume,
        "break_even_volume_with_setup": limits.volume_with_setup,
        "break_even_volume_over_horizon": limits.volume_over_horizon,
        "break_even_price": limits.price_per_study,
        "break_even_price_per_year": limits.price_per_year,
        "break_even_accuracy": limits.accuracy,
        "break_even_adoption": limits.adoption,
        "cost_of_delay": dict(told.delay),
        "setup": told.setup,
        "cash_flows": list(told.yearly),
        "studies": list(told.studies),
        "npv_if_every_freed_minute_were_cash": told.if_all_cash,
        "npv_if_no_freed_minute_were_cash": told.if_no_cash,
        "hours_by_role_last_year": dict(told.hours_by_role),
        "cells": dict(told.cells),
        "ledger": _ledger(told.ledger),
        "p_npv_positive": told.spread.p_npv_positive,
        "uncertainty": _spread(told),
        "tornado": [asdict(bar) for bar in told.tornado],
        "inputs": [_input(case, key) for key in case.inputs],
        "left_out": left_out(case),
        "doubts": [text.en for text in case.doubts],
        "warnings": [text.en for text in told.warnings],
        "price": {name: [_price(one) for one in of(case)] for name, of in PRICES.items()},
        "texts": _texts(told),
    }


def _texts(told: Answer) -> dict[str, Any]:
    """Give what people wrote, in both languages."""
    case = told.case
    return {
        "title": asdict(case.title),
        "problem": asdict(case.problem),
        "goal": None if case.goal is None else asdict(case.goal),
        "stakeholders": {name: asdict(text) for name, text in case.stakeholders.items()},
        "doubts": [asdict(text) for text in case.doubts],
        "warnings": [asdict(text) for text in told.warnings],
    }


def _ledger(found: Ledger) -> dict[str, Any]:
    return {
        "lines": [{**asdict(one), "is_transfer": one.is_transfer} for one in found.entries],
        "accounts": {
            one.account: {"paid": one.paid, "received": one.received, "net": one.net} for one in found.standings
        },
        "transfers": found.transfers,
        "pays_but_does_not_gain": list(found.pays_but_does_not_gain),
        "side_payments": [asdict(one) for one in found.side_payments],
        "shortfall": found.shortfall,
    }


def _spread(told: Answer) -> dict[str, Any]:
    found = told.spread
    names = {key: item.name for key, item in told.case.inputs.items()}
    return {
        "draws": found.draws,
        "seed": found.seed,
        "p_npv_positive_standard_error": found.p_error,
        "npv_mean": found.npv_mean,
        "npv_percentiles": {f"{key:g}": value for key, value in found.npv_percentiles.items()},
        "fan": {f"{key:g}": list(row) for key, row in found.fan.items()},
        "acceptability": [{"per_qaly": value, "probability": share} for value, share in found.acceptability],
        "evpi": found.evpi,
        "evppi": {names[key]: value for key, value in sorted(found.evppi.items(), key=lambda item: -item[1])},
    }


def _input(case: Case, key: str) -> dict[str, Any]:
    item = case.inputs[key]
    return asdict(item)


def _price(one: Price) -> dict[str, Any]:
    return {**asdict(one), "total": one.total}


def left_out(case: Case) -> list[str]:
    """Name the inputs that a section of the case could have, and has not."""
    there = {key.split(".")[0] for key in case.inputs}
    sections = {name: fields for name, fields in FIELDS.items() if name in there}
    keys = [f"{section}.{money_key(key)}" for section, fields in sections.items() for key in fields]
    currency = case.currency.lower()
    return [key.replace("money_", f"{currency}_") for key in keys if key not in case.inputs]
