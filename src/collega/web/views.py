"""What the pages ask of the site. A router of its own declares the part that it needs, as here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from collega.model.figures import Figures


class Health(Protocol):
    """For ``/healthz`` and what the board says of the house."""

    async def health(self) -> dict[str, bool]:
        """Tell which parts are alive."""
        ...

    async def disk(self) -> dict[str, Any]:
        """Tell which ``mark`` the disk has passed, in which ``folder``, and how many ``free_mb`` are left."""
        ...


class Worklist(Protocol):
    """For the board and its JSON."""

    async def worklist(self, language: str, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Studies in the order of reading, with what a reader may see of their apps (`collega.read.shown`)."""
        ...

    async def outages(self) -> Sequence[dict[str, Any]]:
        """Apps that are out of order now: ``app``, ``part``, ``cause``, ``since``, ``reason``."""
        ...

    async def study(self, study_instance_uid: str) -> dict[str, Any] | None:
        """Tell all that is known of a study."""
        ...

    async def note_reading(self, study_instance_uid: str, kind: str, at: datetime, by: str) -> bool:
        """Record that a study was opened or signed; False where it was never received."""
        ...


class Monitor(Protocol):
    """For ``/metrics``."""

    async def figures(self) -> Figures:
        """Give the figures of this moment."""
        ...


class Changes(Protocol):
    """For the stream of changes."""

    def listening(self) -> AbstractAsyncContextManager[AsyncIterator[tuple[int, str] | None]]:
        """Hear of (event key, study key); None says that the database is still there."""
        ...

    async def changed_since(self, event_key: int, most: int) -> list[tuple[int, str]]:
        """List the studies about which something was recorded since an event, and somewhat before."""
        ...


class Views(Health, Worklist, Monitor, Changes, Protocol):
    """All of it."""
