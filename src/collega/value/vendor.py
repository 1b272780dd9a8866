"""The same case seen by its vendor: between which prices neither loses, at each type of hospital (R57)."""

from dataclasses import dataclass, replace

from collega.value.break_even import VOLUME, break_even
from collega.value.case import Case
from collega.value.fields import Account
from collega.value.flows import flows


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """One type of hospital.

    Attributes
    ----------
    highest_price : float or None
        For each study, at which those of the case's perspective neither gain nor lose; None: not even for nothing.
    lowest_price : float
        For each study, at which the vendor neither gains nor loses.
    vendor_npv : float
        At the price of the case.
    """

    name: str
    volume_per_year: float
    highest_price: float | None
    lowest_price: float
    vendor_npv: float

    @property
    def is_possible(self) -> bool:
        """Whether there is a price at which neither loses."""
        return self.highest_price is not None and self.highest_price >= self.lowest_price


def markets(case: Case) -> list[Market]:
    """Look at each type of hospital that the case names, else at its own volume."""
    types = [(one.name, one.volume_per_year) for one in case.hospitals]
    return [_market(case, name, volume) for name, volume in types or [("", case.inputs[VOLUME].value)]]


def _market(case: Case, name: str, volume: float) -> Market:
    item = replace(case.inputs[VOLUME], value=volume, low=volume, high=volume)
    there = replace(case, inputs={**case.inputs, VOLUME: item})
    laid = flows(there, there.values())
    lines = [line for line in laid.lines if line.payer is Account.VENDOR]
    costs = sum(float(laid.present(line)[0]) for line in lines)
    studies = float(((laid.studies * laid.charged) @ laid.factors)[0])
    return Market(
        name=name,
        volume_per_year=volume,
        highest_price=break_even(there).price_per_study,
        lowest_price=costs / studies if studies else float("inf"),
        vendor_npv=float(laid.value([Account.VENDOR])[0]),
    )
