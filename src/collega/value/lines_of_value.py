"""What an app brings and costs, line by line, each with who pays and who gains.

Every line is linear in the number of studies: so much for each study, each year, once at the start, once at the end.
Ten thousand draws of a case are then a few products of columns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from collega.value.case import Case, default
from collega.value.fields import BENEFICIARIES, CELLS, ROLES, Account

Number = float | NDArray[np.float64]
Values = Mapping[str, Number]
HOUR_MINUTES = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line.

    A positive amount goes from ``payer`` to ``beneficiary``; a negative one goes back. ``is_cost`` says on which
    side of a benefit-cost ratio it stands. ``is_price`` is left out in free months. ``keys`` are the inputs behind it.
    """

    name: str
    payer: Account
    beneficiary: Account
    is_cost: bool
    per_study: Number = 0.0
    per_year: Number = 0.0
    once: Number = 0.0
    at_end: Number = 0.0
    is_price: bool = False
    is_tiered: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A case with the values that are tried."""

    case: Case
    values: Values

    def __call__(self, key: str) -> Number:
        """Give a value, else what counts where it is left out."""
        return self.values.get(key, default(key))

    def has(self, section: str) -> bool:
        """Tell whether the case says anything of a section."""
        return any(key.startswith(f"{section}.") for key in self.case.inputs)

    def cells(self, of: str = "app") -> dict[str, Number]:
        """Give the probability of each of TP, FP, FN, TN."""
        prevalence = self("population.prevalence")
        sensitivity, specificity = self(f"accuracy.sensitivity_{of}"), self(f"accuracy.specificity_{of}")
        return {
            "tp": prevalence * sensitivity,
            "fn": prevalence * (1 - sensitivity),
            "fp": (1 - prevalence) * (1 - specificity),
            "tn": (1 - prevalence) * specificity,
        }

    def minutes_freed(self, role: str) -> Number:
        """Give the minutes of a role that each study frees, over the cells; negative where it takes more."""
        return sum(
            probability * (self.minutes(role, "before", cell) - self.minutes(role, "after", cell))
            for cell, probability in self.cells().items()
        )

    def minutes(self, role: str, when: str, cell: str) -> Number:
        """Give the minutes of a role in a cell; where the cell has none of its own, those of all cells."""
        key = f"roles.{role}.minutes_{when}"
        own = f"{key}_{cell}"
        return self(own) if own in self.values else self(key)

    def minutes_automated(self) -> Number:
        """Give the minutes that each study frees on average where a share of them is read by nobody."""
        audited, before = self("rule_out.share_audited"), self("rule_out.minutes_reading")
        confirming = self("rule_out.minutes_confirming")
        return self("rule_out.share_automated") * (before - audited * before - (1 - audited) * confirming)

    def hourly(self, role: str) -> Number:
        """Give what a minute of a role is worth in cash."""
        return self(f"roles.{role}.money_per_hour") * self(f"roles.{role}.share_cashable") / HOUR_MINUTES


def lines_of_value(case: Case, values: Values) -> list[Line]:
    """Make the lines of a case, under the values given."""
    given = Given(case=case, values=values)
    return [line for source in _SOURCES for line in source(given)]


def _gain(given: Given, name: str, account: Account, per_study: Number, *keys: str) -> Line:
    known = tuple(key for key in given.case.inputs if key.startswith(keys))
    return Line(
        name=name, payer=Account.RESOURCES, beneficiary=account, is_cost=False, per_study=per_study, keys=known
    )  # fmt: skip


def _time(given: Given) -> Iterator[Line]:
    for role in given.case.roles:
        account, prefix = ROLES[role], f"roles.{role}."
        if any(key.startswith((f"{prefix}minutes_before", f"{prefix}minutes_after")) for key in given.case.inputs):
            amount = given.minutes_freed(role) * given.hourly(role) * given("population.share_in_time")
            yield _gain(
                given, f"time.{role}", account, amount, prefix, "accuracy.sensitivity_app", "accuracy.specificity_app"
            )
        if f"{prefix}minutes_waited" in given.case.inputs:
            amount = -given(f"{prefix}minutes_waited") * given.hourly(role)
            yield _gain(given, f"waiting.{role}", account, amount, f"{prefix}minutes_waited", f"{prefix}money_per_hour")


def _rule_out(given: Given) -> Iterator[Line]:
    if given.has("rule_out"):
        role = given.case.rule_out_role
        amount = given.minutes_automated() * given.hourly(role)
        yield _gain(given, "rule_out", ROLES[role], amount, "rule_out.", f"roles.{role}.money_per_hour")


def _calls(given: Given) -> Iterator[Line]:
    if not given.has("calls"):
        return
    night = given("population.share_night")
    fewer = given("calls.per_night_study_before") - given("calls.per_night_study_after")
    minute = given("calls.money_per_hour_night") * given("calls.share_cashable") / HOUR_MINUTES
    worth = given("calls.minutes_per_call") * minute + given("calls.money_per_disturbance")
    account = given.case.beneficiaries.get("calls", BENEFICIARIES["calls"])
    yield _gain(given, "calls", account, night * fewer * worth, "calls.", "population.share_night")
    if "calls.minutes_added_emergency" in given.case.inputs:
        # Counted in full: nobody may call the added minutes of others free.
        minute = given("roles.emergency_physician.money_per_hour") / HOUR_MINUTES
        added = -night * given("calls.minutes_added_emergency") * minute
        yield _gain(given, "calls_emergency", Account.EMERGENCY_DEPARTMENT, added, "calls.minutes_added_emergency")


def _quality(given: Given) -> Iterator[Line]:
    account = given.case.beneficiaries.get("quality", BENEFICIARIES["quality"])
    if "quality.money_per_miss" in given.case.inputs:
        keys = ("accuracy.sensitivity_before", "accuracy.sensitivity_after", "quality.money_per_miss")
        amount = fewer_misses(given) * given("quality.money_per_miss")
        yield _gain(given, "misses", account, amount, *keys, "population.prevalence")
    if "quality.money_per_false_positive" in given.case.inputs:
        keys = ("accuracy.specificity_before", "accuracy.specificity_after", "quality.money_per_false_positive")
        amount = more_false_positives(given) * given("quality.money_per_false_positive")
        line = _gain(given, "false_positives", Account.RESOURCES, amount, *keys, "population.prevalence")
        yield replace(line, payer=account, is_cost=True)


def fewer_misses(given: Given) -> Number:
    """Give the misses that readers with the app avoid, for each study."""
    return given("population.prevalence") * (given("accuracy.sensitivity_after") - given("accuracy.sensitivity_before"))


def more_false_positives(given: Given) -> Number:
    """Give the false positives that readers with the app add, for each study."""
    return (1 - given("population.prevalence")) * (
        given("accuracy.specificity_before") - given("accuracy.specificity_after")
    )


def qaly_per_study(given: Given) -> Number:
    """Give the health that each study brings, in quality-adjusted life years."""
    return fewer_misses(given) * given("quality.qaly_per_miss") - more_false_positives(given) * given(
        "quality.qaly_per_false_positive"
    )


def _care(given: Given) -> Iterator[Line]:
    if given.has("care"):
        account = given.case.beneficiaries.get("care", BENEFICIARIES["care"])
        yield _gain(given, "care", account, given("care.money_saved_per_study"), "care.")


def _price(given: Given) -> Iterator[Line]:
    for payer, share in given.case.payers.items():
        line = Line(name="", payer=payer, beneficiary=Account.VENDOR, is_cost=True, is_price=True)
        for name, key in (("price_per_year", "money_fixed_per_year"), ("price_per_study", "money_per_study")):
            if f"price.{key}" in given.case.inputs:
                amount = share * given(f"price.{key}")
                part = {"per_year": amount} if name == "price_per_year" else {"per_study": amount}
                yield replace(line, name=name, keys=(f"price.{key}",), **part)  # type: ignore[arg-type]
        if given.case.tiers:
            keys = tuple(key for key in given.case.inputs if key.startswith("price.tier_"))
            yield replace(line, name="price_tiers", is_tiered=True, per_study=share, keys=keys)
        if "price.money_in_kind_per_year" in given.case.inputs:
            amount = -share * given("price.money_in_kind_per_year")
            yield replace(
                line, name="in_kind", per_year=amount, is_price=False, keys=("price.money_in_kind_per_year",)
            )  # fmt: skip


def _costs(given: Given) -> Iterator[Line]:
    line = Line(name="", payer=given.case.cost_payer, beneficiary=Account.RESOURCES, is_cost=True)
    hour = "costs.money_per_staff_hour"
    for key in given.case.inputs:
        section, _, name = key.partition(".")
        if section != "costs" or key == hour:
            continue
        amount = given(key) * (given(hour) if "_hours_" in name else 1.0)
        keys = (key, hour) if "_hours_" in name else (key,)
        title = name.removeprefix("money_").replace("_hours_", "_")
        # The share of the platform is paid within the house, to those who keep it; what it uses up stays a cost.
        if name.endswith("_per_year"):
            yield replace(line, name=title, per_year=amount, keys=keys)
        elif name == "money_exit_once":
            yield replace(line, name="exit", at_end=amount, keys=keys)
        else:
            yield replace(line, name=title, once=amount, keys=keys)


def _vendor(given: Given) -> Iterator[Line]:
    line = Line(name="", payer=Account.VENDOR, beneficiary=Account.RESOURCES, is_cost=True)
    hour = given("vendor.money_per_hour")
    parts: tuple[tuple[str, str, Number], ...] = (
        ("money_per_study", "per_study", 1.0),
        ("money_support_per_year", "per_year", 1.0),
        ("link_hours_once", "once", hour),
        ("validation_hours_once", "once", hour),
    )
    for key, part, factor in parts:
        if f"vendor.{key}" in given.case.inputs:
            name = "vendor_" + key.removeprefix("money_").replace("_hours_once", "")
            amount = {part: given(f"vendor.{key}") * factor}
            yield replace(line, name=name, keys=(f"vendor.{key}",), **amount)  # type: ignore[arg-type]


_SOURCES: tuple[Callable[[Given], Iterator[Line]], ...] = (
    *(_time, _rule_out, _calls, _quality, _care, _price, _costs, _vendor),
)


def minutes_by_role(case: Case, values: Values) -> dict[str, float]:
    """Give the minutes that each study frees, by role, in time or not; negative where it takes more (R75)."""
    given = Given(case=case, values=values)
    found: dict[str, float] = {}
    for role in case.roles:
        freed = given.minutes_freed(role) * given("population.share_in_time")
        found[role] = float(freed - given(f"roles.{role}.minutes_waited"))
    if given.has("rule_out"):
        found[case.rule_out_role] = found.get(case.rule_out_role, 0.0) + float(given.minutes_automated())
    if given.has("calls"):
        fewer = given("calls.per_night_study_before") - given("calls.per_night_study_after")
        night = given("population.share_night")
        found["called"] = float(night * fewer * given("calls.minutes_per_call"))
        added = float(night * given("calls.minutes_added_emergency"))
        if added:
            found["emergency_physician"] = found.get("emergency_physician", 0.0) - added
    return found


def cells_told(case: Case, values: Values) -> dict[str, float]:
    """Give the probability of each cell, and the positive predictive value; empty where the case has no accuracy."""
    given = Given(case=case, values=values)
    if "accuracy.sensitivity_app" not in case.inputs:
        return {}
    cells = {cell: float(given.cells()[cell]) for cell in CELLS}
    positive = cells["tp"] + cells["fp"]
    return cells | ({"ppv": cells["tp"] / positive} if positive else {})
