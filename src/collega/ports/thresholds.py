"""Thresholds that a site has moved; part of a `Store` transaction."""

from collections.abc import Sequence
from typing import Protocol

from collega.model.threshold import ThresholdChange


class Thresholds(Protocol):
    """The history of an app version's thresholds. Which set a job runs under is kept with it at its start."""

    async def threshold_changes(self, app_id: str, version: str) -> Sequence[ThresholdChange]:
        """List every change, oldest first."""
        ...

    async def add_threshold(self, change: ThresholdChange) -> None:
        """Keep a change; `FencedError` where another has taken its number meanwhile."""
        ...
