"""Thresholds that a site has moved, in memory."""

from collections.abc import Sequence

from collega.errors import FencedError
from collega.model.threshold import ThresholdChange
from collega.testing.fake_arrivals import FakeArrivals


class FakeThresholds(FakeArrivals):
    """See `collega.ports.thresholds.Thresholds`."""

    async def threshold_changes(self, app_id: str, version: str) -> Sequence[ThresholdChange]:
        """List every change, oldest first."""
        return [item for item in self._memory.thresholds if (item.app_id, item.app_version) == (app_id, version)]

    async def add_threshold(self, change: ThresholdChange) -> None:
        """Keep a change; refused where another has taken its number meanwhile."""
        taken = await self.threshold_changes(change.app_id, change.app_version)
        if any(item.number == change.number for item in taken):
            message = f"the thresholds of {change.app_id} {change.app_version} have been changed meanwhile"
            raise FencedError(message)
        self._memory.thresholds.append(change)
