"""Where an app could help here, and the times before one that were measured: what the page of needs shows."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collega.bootstrap.evidence.referencing import error_here
from collega.bootstrap.site import Asked, OpenStore, SystemClock
from collega.bootstrap.worth import baselines
from collega.bootstrap.worth.valuing import house_of
from collega.config import Settings
from collega.errors import InputError
from collega.model.label_check import ABNORMAL
from collega.ports.machine import Clock
from collega.stats.accuracy import Figure
from collega.stats.label_error import LabelError, freed_share
from collega.value.opportunity import Bounds, Ranged, opportunities

LOOK_BACK = timedelta(days=28)
# So long an answer is kept: it counts thousands of studies, and changes little in minutes.
KEPT = timedelta(minutes=10)
MOST_BASELINES = 20


@dataclass(kw_only=True, slots=True)
class NeedsDesk:
    """What the page of needs asks of the site.

    Parameters
    ----------
    store : OpenStore
    settings : Settings
    clock : Clock
    """

    store: OpenStore
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _kept: tuple[datetime, dict[str, Any]] | None = None

    async def needs(self) -> dict[str, Any]:
        """Rank kinds of examination by the last four weeks, with every baseline; kept for minutes."""
        async with self._one:
            now = self.clock.now()
            if self._kept is None or now - self._kept[0] > KEPT:
                async with self.store.transaction() as transaction:
                    self._kept = now, await _needs(transaction, self.settings, now)
            return self._kept[1]


async def _needs(transaction: Asked, settings: Settings, now: datetime) -> dict[str, Any]:
    house = await house_of(transaction, settings, now - LOOK_BACK, now)
    error = await error_here(transaction, ABNORMAL)
    found = opportunities(house, Bounds(), lambda normal: corrected_normal(normal, error))
    names = baselines.names(settings)
    return {
        "since": house.since,
        "until": house.until,
        "studies": len(house.exam),
        "bounds": asdict(Bounds()),
        "needs": [asdict(one) for one in found],
        "label_error_is_known": error is not None,
        "baselines": [await _baseline(transaction, settings, name) for name in names[:MOST_BASELINES]],
        "baselines_left_out": max(len(names) - MOST_BASELINES, 0),
    }


async def _baseline(transaction: Asked, settings: Settings, name: str) -> Mapping[str, Any]:
    try:
        return {"faults": "", **await baselines.show(transaction, settings, name)}
    except (InputError, KeyError, TypeError, ValueError) as error:
        # A file that somebody has changed by hand.
        return {"name": name, "faults": str(error) or type(error).__name__}


def corrected_normal(normal: Ranged, error: LabelError | None) -> Ranged:
    """Free the share of normal reports of the label's error; without a value where that is unknown."""
    if error is None or normal.value is None:
        return Ranged(n=normal.n)
    found = _turned(freed_share(round((1 - normal.value) * normal.n), normal.n, error))
    return Ranged(n=normal.n, value=found.value, low=found.low, high=found.high)


def _turned(one: Figure) -> Figure:
    """Give the share of the others."""
    if one.value is None or one.low is None or one.high is None:
        return one
    return Figure(value=1 - one.value, low=1 - one.high, high=1 - one.low, limit=one.limit)
