"""A department fitted to what was measured in it."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.simulate.department import HOURS, PARTS, WORKING_DAYS, Department, Kind, Law, Part
from collega.simulate.readings import HOUR_S, MINUTE_S, Readings

Floats = NDArray[np.float64]
LEAST_DAYS, LEAST_READ, LEAST_OF_KIND = 14, 200, 30
# Longer than this and a study was left open, not read.
LONGEST_READING_S = 4 * HOUR_S
QUANTILES = 500
# Time with somebody waiting from which on the number of readers at work tells how many there are.
LEAST_WAITED_S = 30 * MINUTE_S
REST = "other exams"
# An hour of the week has few cases: so many more are lent to it, mixed as in its part of the week.
LENT = 20.0


def fit(readings: Readings, law: Law = Law.MEASURED) -> Department:
    """Fit arrivals, reading times and readers.

    Arrivals and their mix of exams are counted by hour of the week, public holidays as Sundays. The reading time of a
    case is that from opening to signing. How many readers are there is seen while cases wait: as many as are reading
    then.

    Parameters
    ----------
    readings : Readings
        Of two weeks at least.
    law : Law
        How simulated reading times are spread.

    Raises
    ------
    InputError
        There is too little.
    """
    read = is_read(readings)
    days = (readings.arrived[-1] - readings.arrived[0]) / HOUR_S / 24 if len(readings.arrived) else 0.0
    if days < LEAST_DAYS or read.sum() < LEAST_READ:
        message = (
            f"too little to fit: {read.sum()} cases that were opened and signed, over {days:.1f} days; "
            f"{LEAST_READ} over {LEAST_DAYS} days are needed"
        )
        raise InputError(message)
    # Only whole hours between the first and the last arrival count.
    first, last = np.ceil(readings.arrived[0] / HOUR_S), np.floor(readings.arrived[-1] / HOUR_S)
    there = np.bincount(readings.hours_of(np.arange(first, last) * HOUR_S), minlength=HOURS)
    inside = (readings.arrived >= first * HOUR_S) & (readings.arrived < last * HOUR_S)
    came = np.bincount(readings.hours_of(readings.arrived[inside]), minlength=HOURS)
    kinds, mix = _kinds(readings, read)
    return Department(
        rates=tuple(float(value) for value in came / np.maximum(there, 1)),
        readers=tuple(float(value) for value in _readers(readings, read)),
        kinds=kinds,
        law=law,
        mix=mix,
        holidays=_holidays(readings),
    )


def is_read(readings: Readings) -> NDArray[np.bool_]:
    """Tell which cases were opened after they came, and signed within hours."""
    with np.errstate(invalid="ignore"):
        took = readings.signed - readings.opened
        found: NDArray[np.bool_] = (readings.opened >= readings.arrived) & (took > 0) & (took <= LONGEST_READING_S)
    return found


def _readers(readings: Readings, read: NDArray[np.bool_]) -> Floats:
    """Give the mean number of readers at work in each hour of the week while somebody waits; else the most seen."""
    arrived, opened, signed = readings.arrived[read], readings.opened[read], readings.signed[read]
    marks = np.arange(np.floor(arrived[0] / HOUR_S), np.ceil(signed.max() / HOUR_S)) * HOUR_S
    at = np.concatenate([arrived, opened, signed, marks])
    one, none = np.ones(len(arrived)), np.zeros(len(marks))
    order = np.argsort(at, kind="stable")
    waiting = np.cumsum(np.concatenate([one, -one, 0 * one, none])[order])
    busy = np.cumsum(np.concatenate([0 * one, one, -one, none])[order])
    at = at[order]
    spans, hours = np.diff(at), readings.hours_of(at[:-1])
    waiting, busy = waiting[:-1], busy[:-1]
    waited = np.bincount(hours, np.where(waiting > 0, spans, 0), minlength=HOURS)
    worked = np.bincount(hours, np.where(waiting > 0, spans * busy, 0), minlength=HOURS)
    most = np.zeros(HOURS)
    np.maximum.at(most, hours, np.where(spans > 0, busy, 0))
    return np.where(waited >= LEAST_WAITED_S, np.round(worked / np.maximum(waited, 1), 3), np.maximum(most, 1))


def _holidays(readings: Readings) -> float:
    """Working days of a week that were holidays, in the mean of the span."""
    first, last = (datetime.fromtimestamp(readings.arrived[end], readings.zone).date() for end in (0, -1))
    there = [day for day in readings.holidays if first <= day <= last and day.weekday() < WORKING_DAYS]
    return len(there) / (((last - first).days + 1) / 7)


def _kinds(readings: Readings, read: NDArray[np.bool_]) -> tuple[tuple[Kind, ...], tuple[tuple[float, ...], ...]]:
    """Kinds with enough readings, the others together; and the share of each in each hour of the week."""
    names, counts = np.unique(readings.exam[read], return_counts=True)
    known = names[counts >= LEAST_OF_KIND]
    exam = np.where(np.isin(readings.exam, known), readings.exam, REST)
    minutes = (readings.signed - readings.opened) / MINUTE_S
    hours = readings.hours_of(readings.arrived)
    found, came = [], []
    for name in np.unique(exam):
        for is_urgent in (False, True):
            own = (exam == name) & (readings.is_urgent == is_urgent)
            if own.any():
                found.append(_kind(str(name), own, minutes, read, is_urgent=is_urgent))
                came.append(np.bincount(hours[own], minlength=HOURS))
    mix = tuple(tuple(round(float(share), 5) for share in shares) for shares in _mix(np.array(came).T))
    return tuple(found), mix


def _mix(came: NDArray[np.int64]) -> Floats:
    """Share of each kind in each hour, from how many came, shape (168, kinds); little is known of a single hour."""
    shares = np.empty(came.shape)
    week = came.sum(axis=0) / came.sum()
    for own in parts_of(np.arange(HOURS)).values():
        part = _lent(came[own].sum(axis=0), week)
        shares[own] = [_lent(hour, part) for hour in came[own]]
    return shares


def _lent(came: NDArray[np.int64], others: Floats) -> Floats:
    """Shares of few cases, with some lent by others."""
    found: Floats = (came + LENT * others) / (came.sum() + LENT)
    return found


def _kind(name: str, own: NDArray[np.bool_], minutes: Floats, read: NDArray[np.bool_], *, is_urgent: bool) -> Kind:
    # A kind of which nothing was read takes as long as all.
    taken = minutes[own & read] if (own & read).any() else minutes[read]
    places = (np.arange(QUANTILES) + 0.5) / QUANTILES
    quantiles = np.quantile(taken, places) if len(taken) > QUANTILES else np.sort(taken)
    # The highest quantiles lie below the longest readings: scaled, the mean is that of all.
    quantiles = quantiles * (taken.mean() / quantiles.mean())
    return Kind(
        name=name,
        share=float(own.mean()),
        is_urgent=is_urgent,
        mean=float(taken.mean()),
        sd=float(taken.std()),
        quantiles=tuple(float(round(value, 4)) for value in quantiles),
    )


def parts_of(hours: NDArray[np.int64]) -> dict[Part, NDArray[np.bool_]]:
    """Tell for each part of the week which hours belong to it."""
    names = np.array(PARTS)[hours]
    return {part: names == part for part in Part}
