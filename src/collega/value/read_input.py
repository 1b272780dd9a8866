"""One number of a case: its value, how sure it is, and who says so."""

import math
from collections.abc import Mapping
from typing import Any

from collega.value.case import Distribution, Input, Source
from collega.value.fields import LIMITS, MONEY, Kind, money_key
from collega.value.reading import Notes, date_of, word_of

KEYS = ("value", "low", "high", "distribution", "counts", "source", "from", "date")
_OF_SHARES = frozenset({Kind.SHARE})
_POSITIVE = frozenset({Distribution.GAMMA, Distribution.LOGNORMAL})


def read_input(notes: Notes, section: str, key: str, kind: Kind, said: object, currency: str) -> Input | None:  # noqa: PLR0913 - what an input is read from
    """Read a value with its source; faults are noted."""
    name = f"{section}.{money_key(key, currency)}"
    if not isinstance(said, dict):
        notes.fault(
            name, '{ value = ..., source = "measured", from = "...", date = ... }: a number without its source is none'
        )
        return None
    before = len(notes.faults)
    for odd in set(said) - set(KEYS):
        notes.fault(name, f"no such key: {odd}")
    counts = _counts(notes, name, kind, said.get("counts"))
    value = _value(notes, name, kind, said, counts)
    distribution = word_of(notes, name, _distribution(said, counts), Distribution, Distribution.FIXED)
    low, high = (_limit(notes, name, kind, said.get(one), value) for one in ("low", "high"))
    if not low <= value <= high:
        notes.fault(name, f"the value {value:g} lies outside low {low:g} and high {high:g}")
    if not said.get("source"):
        notes.fault(name, f"no source: one of {', '.join(Source)}")
    elif not str(said.get("from", "")).strip():
        notes.fault(name, "from: who measured or wrote it is missing")
    source = word_of(notes, name, said.get("source") or Source.EXPERT, Source, Source.EXPERT)
    on = date_of(notes, name, said.get("date"))
    found = Input(
        key=f"{section}.{money_key(key, MONEY)}",
        name=name,
        value=value,
        low=low,
        high=high,
        distribution=distribution,
        source=source,
        origin=str(said.get("from", "")),
        on=on,
        counts=counts,
    )
    _fits(notes, found, kind)
    return found if len(notes.faults) == before else None


def _distribution(said: Mapping[str, Any], counts: object) -> str:
    return str(said.get("distribution", Distribution.BETA if counts else Distribution.FIXED))


def _value(notes: Notes, name: str, kind: Kind, said: Mapping[str, Any], counts: tuple[int, int] | None) -> float:
    if "value" not in said and counts:
        return counts[0] / counts[1]
    return _number(notes, name, kind, said.get("value"), 0.0)


def _limit(notes: Notes, name: str, kind: Kind, said: object, value: float) -> float:
    return value if said is None else _number(notes, name, kind, said, value)


def _number(notes: Notes, name: str, kind: Kind, said: object, otherwise: float) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        notes.fault(name, "no value" if said is None else f"a number, not {said!r}")
        return otherwise
    least, most = LIMITS[kind]
    if not least <= said <= most:
        what = "a probability or share" if kind is Kind.SHARE else str(kind)
        limit = f"from {least:g} to {most:g}" if math.isfinite(most) else f"not below {least:g}"
        notes.fault(name, f"{what} lies {limit}, got {said:g}")
        return otherwise
    return float(said)


def _counts(notes: Notes, name: str, kind: Kind, said: object) -> tuple[int, int] | None:
    if said is None:
        return None
    if isinstance(said, list) and len(said) == len(("hits", "cases")) and all(type(one) is int for one in said):
        hits, cases = said
        if 0 <= hits <= cases and cases > 0 and kind in _OF_SHARES:
            return hits, cases
    notes.fault(name, f"counts: [hits, cases] of a share, not {said!r}")
    return None


def _fits(notes: Notes, found: Input, kind: Kind) -> None:
    """Hold the distribution against what it is for."""
    if found.distribution is Distribution.FIXED:
        return
    if not found.counts and not found.low < found.high:
        notes.fault(found.name, f"{found.distribution} needs low and high, or counts")
    elif found.distribution is Distribution.BETA and kind not in _OF_SHARES:
        notes.fault(found.name, "beta is for shares and probabilities")
    elif found.distribution is Distribution.BETA and not found.counts and not 0 < found.value < 1:
        notes.fault(found.name, "beta without counts needs a value between 0 and 1")
    elif found.distribution in _POSITIVE and not (found.value > 0 and found.low >= 0):
        notes.fault(found.name, f"{found.distribution} is for values above 0")
    elif found.distribution is Distribution.LOGNORMAL and not found.low > 0:
        notes.fault(found.name, "lognormal needs a low above 0")
