"""How often apps were right here, for pages; worked out beside the web role by ``collega reference versions``."""

import time
from dataclasses import dataclass, field
from typing import Any

from collega.adapters.postgres import accuracy
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.beside import Beside

# A page and its tables are one answer; new labels count after so long.
KEPT_S = 60.0
MOST_KEPT = 16


@dataclass(kw_only=True, slots=True)
class AccuracyDesk:
    """What pages ask; see `collega.web.accuracy.Accuracy`."""

    store: PostgresStore
    beside: Beside = field(default_factory=Beside)
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    async def apps(self) -> list[dict[str, Any]]:
        """List app versions that have analysed something."""
        async with self.store.transaction() as transaction:
            return await accuracy.apps(transaction)

    async def told(self, app_id: str) -> dict[str, Any] | None:
        """Tell of an app as `Beside.ask` does; None where it has analysed nothing."""
        now = time.monotonic()
        self._kept = {app: kept for app, kept in self._kept.items() if now - kept[0] < KEPT_S}
        if app_id in self._kept:
            return self._kept[app_id][1]
        if app_id not in {one["app_id"] for one in await self.apps()}:
            return None
        found = await self.beside.ask(["reference", "versions", app_id])
        if found["told"] is not None and len(self._kept) < MOST_KEPT:
            self._kept[app_id] = (now, found)
        return found
