"""A business case: what is to be solved, for whom, and every number with its source and its date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from collega.model.code import Text
from collega.value.fields import DEFAULTS, HOUSE, Account


class Source(StrEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    LITERATURE = "literature"
    EXPERT = "expert"


class Distribution(StrEnum):
    """How sure a number is."""

    FIXED = "fixed"
    BETA = "beta"
    GAMMA = "gamma"
    LOGNORMAL = "lognormal"
    PERT = "pert"


class Purpose(StrEnum):
    """Why an app is bought; one that is bought to learn is not judged by its return alone (R62)."""

    SERVICE = "service"
    LEARNING = "learning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One number.

    Attributes
    ----------
    key : str
        ``section.name``, with ``money`` for the currency.
    name : str
        As the file has it.
    value, low, high : float
        ``low`` and ``high`` are the limits of a 95 % interval; of PERT the least and the most. Both are the value
        where it is taken as known.
    counts : tuple of int or None
        Hits and cases that a share was counted from.
    origin : str
        Who measured or wrote it.
    """

    key: str
    name: str
    value: float
    low: float
    high: float
    distribution: Distribution
    source: Source
    origin: str
    on: date
    counts: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tier:
    """A price for each study of a year beyond a number of studies."""

    from_studies: float
    money_per_study: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What is to be reached, by when, and what must not get worse."""

    kpi: Text
    baseline: Text
    target: Text
    by: date
    guard: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class HospitalType:
    """A kind of hospital that a vendor may sell to."""

    name: str
    volume_per_year: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A business case.

    ``inputs`` holds what the file says, by key; what it leaves out has a value by `DEFAULTS`. ``adoption`` is the share
    of studies on which the app is used in each year, the last one for all later years; empty where it grows by a
    logistic curve.
    """

    title: Text
    currency: str
    prices_of: date
    horizon_years: int
    discount_costs: float
    discount_effects: float
    inputs: Mapping[str, Input]
    adoption: tuple[float, ...] = ()
    start_delay_years: float = 0.0
    perspective: tuple[Account, ...] = HOUSE
    purpose: Purpose = Purpose.SERVICE
    app: str = ""
    exam: str = ""
    finding: str = ""
    problem: Text = field(default_factory=lambda: Text(en="", nl=""))
    goal: Goal | None = None
    stakeholders: Mapping[Account, Text] = field(default_factory=dict)
    doubts: tuple[Text, ...] = ()
    roles: tuple[str, ...] = ()
    rule_out_role: str = "radiologist"
    beneficiaries: Mapping[str, Account] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    payers: Mapping[Account, float] = field(default_factory=lambda: {Account.HOSPITAL: 1.0})
    cost_payer: Account = Account.HOSPITAL
    correlation: float = 0.0
    hospitals: tuple[HospitalType, ...] = ()

    def values(self) -> dict[str, float]:
        """Give the value of every input that the file has, by its key."""
        return {key: item.value for key, item in self.inputs.items()}

    def source_of(self, keys: tuple[str, ...]) -> str:
        """Give the weakest source that stands behind some inputs: a line is as sure as its least sure number."""
        order = (Source.MEASURED, Source.LITERATURE, Source.EXPERT)
        found = [self.inputs[key].source for key in keys if key in self.inputs]
        return str(max(found, key=order.index)) if found else ""


def default(key: str) -> float:
    """Give what counts where a key is left out."""
    return DEFAULTS.get(key, 0.0)
