"""The difficult hour: the simulated PACS is really stopped, and started again on the same port."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

from collega.testing.pacs import KeepingPacs


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """When it began and ended (UTC); None where that has not happened yet."""

    begin: datetime | None = None
    end: datetime | None = None

    def touches(self, first: datetime, last: datetime) -> bool:
        """Whether it overlaps the time between two moments."""
        return self.begin is not None and first <= (self.end or last) and last >= self.begin


NEVER = Span()


class DifficultHour:
    """Takes the PACS down once and lets it come back.

    Parameters
    ----------
    pacs : KeepingPacs
    seconds : tuple of float, optional
        Seconds of the demonstration in which it goes and comes back; without them it stays up.
    """

    def __init__(self, pacs: KeepingPacs, seconds: tuple[float, float] | None) -> None:
        self._pacs = pacs
        self._seconds = seconds
        self.span = NEVER

    @property
    def is_now(self) -> bool:
        """Whether the PACS is away."""
        return self.span.begin is not None and self.span.end is None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is to come, and the PACS is there."""
        return self._seconds is None or self.span.end is not None

    def keep(self, second: float) -> None:
        """Do what is due in this second of the demonstration."""
        if self._seconds is None or self.span.end is not None:
            return
        begin, end = self._seconds
        if self.span.begin is None and second >= begin:
            self._pacs.stop()
            self.span = Span(begin=datetime.now(UTC))
        if self.is_now and second >= end:
            # Somebody may sit on its port for a moment: then it comes back a moment later.
            with contextlib.suppress(OSError):
                self._pacs.start()
                self.span = Span(begin=self.span.begin, end=datetime.now(UTC))
