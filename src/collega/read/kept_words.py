"""The words of the board's lines, kept as long as they stay true: thousands of words change with a few lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.read.board import Entry
from collega.read.shown import Reader, same_until, shown, waited_s

MOST_KEPT = 4000


class KeptWords:
    """Gives the same as `collega.read.shown.shown` for each line."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Entry, datetime, datetime, dict[str, Any]]] = {}

    def of(self, entries: Sequence[Entry], reader: Reader) -> list[dict[str, Any]]:
        """Put lines into the words of a reader; what is given is not to be changed."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        return [self._one(entry, reader) for entry in entries]

    def _one(self, entry: Entry, reader: Reader) -> dict[str, Any]:
        known = self._kept.get((entry.order.key, reader.language))
        if known is not None:
            one, since, until, row = known
            # The line itself, not one that equals it: what is kept of it is kept with it.
            if one is entry and since <= reader.now < until:
                return {**row, "waiting_s": waited_s(entry, reader.now)}
        row = shown(entry, reader)
        self._kept[entry.order.key, reader.language] = (entry, reader.now, same_until(entry, reader), row)
        return row
