"""Who pays and who gains, and what would settle it (R17, R56)."""

from dataclasses import dataclass

import numpy as np

from collega.value.fields import STAKEHOLDERS, Account
from collega.value.flows import Flows

CENT = 0.005
# Whom nobody can ask for a side payment.
UNASKED = frozenset({Account.PATIENT_SOCIETY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line of the ledger: what goes from payer to beneficiary, at present value and by year."""

    name: str
    payer: Account
    beneficiary: Account
    is_cost: bool
    present: float
    once: float
    yearly: tuple[float, ...]
    source: str

    @property
    def is_transfer(self) -> bool:
        """Whether it only moves money between stakeholders."""
        return Account.RESOURCES not in {self.payer, self.beneficiary}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What one of them pays, receives and is left with, at present value."""

    account: Account
    paid: float
    received: float

    @property
    def net(self) -> float:
        """What is left."""
        return self.received - self.paid


@dataclass(frozen=True, kw_only=True, slots=True)
class SidePayment:
    """What one would pay another, at present value."""

    payer: Account
    beneficiary: Account
    amount: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """The lines, what each stakeholder has of them, and the payments after which nobody is worse off.

    ``shortfall`` is what gains cannot cover: where it is positive no side payment settles the case.
    ``transfers`` is the sum over all stakeholders of what only moves between them: nought.
    """

    entries: tuple[Entry, ...]
    standings: tuple[Standing, ...]
    side_payments: tuple[SidePayment, ...]
    shortfall: float
    transfers: float

    @property
    def pays_but_does_not_gain(self) -> tuple[Account, ...]:
        """Name those who are left with less than they had."""
        return tuple(one.account for one in self.standings if one.net < -CENT)


def ledger(laid: Flows) -> Ledger:
    """Write the ledger of the first draw."""
    case = laid.case
    entries = tuple(
        Entry(
            name=line.name,
            payer=line.payer,
            beneficiary=line.beneficiary,
            is_cost=line.is_cost,
            present=float(laid.present(line)[0]),
            once=float(np.ravel(line.once)[0]),
            yearly=tuple(float(amount) for amount in laid.yearly(line)[0]),
            source=case.source_of(line.keys),
        )
        for line in laid.lines
    )
    standings = tuple(one for account in STAKEHOLDERS if (one := _standing(entries, account)) is not None)
    payments, shortfall = settle(standings)
    moved = tuple(one for one in entries if one.is_transfer)
    sums = (_standing(moved, account) for account in STAKEHOLDERS)
    return Ledger(
        entries=entries,
        standings=standings,
        side_payments=payments,
        shortfall=shortfall,
        transfers=sum(one.net for one in sums if one is not None),
    )


def _standing(entries: tuple[Entry, ...], account: Account) -> Standing | None:
    """Add up; an amount below nought goes the other way."""
    signed = [one.present for one in entries if one.beneficiary is account]
    signed += [-one.present for one in entries if one.payer is account]
    if not signed:
        return None
    return Standing(
        account=account,
        paid=-sum(amount for amount in signed if amount < 0),
        received=sum(amount for amount in signed if amount > 0),
    )


def settle(standings: tuple[Standing, ...]) -> tuple[tuple[SidePayment, ...], float]:
    """Find the smallest payments that leave nobody worse off: each who gains gives in proportion to the gain.

    Returns
    -------
    payments : tuple of SidePayment
        None where gains do not cover losses.
    shortfall : float
        What is missing.
    """
    losses = {one.account: -one.net for one in standings if one.net < -CENT}
    gains = {one.account: one.net for one in standings if one.net > CENT and one.account not in UNASKED}
    missing, there = sum(losses.values()), sum(gains.values())
    if missing > there:
        return (), missing - there
    return tuple(
        SidePayment(payer=giver, beneficiary=taker, amount=loss * gain / there)
        for taker, loss in losses.items()
        for giver, gain in gains.items()
    ), 0.0
