"""One study under watch: what came of it, who may bring more, and since when it is silent."""

import asyncio
from datetime import datetime, timedelta

from collega.model.evidence import Evidence, Scanner
from collega.model.study import Instance, InstanceHeader, Role
from collega.receive.completeness import Mark, Silence
from collega.receive.gather import Gathering, Wishes
from collega.receive.pauses import Pauses, scanner_of


class Watch:
    """State of one study between its first object and the moment that it is complete.

    Attributes
    ----------
    open : dict
        Associations that have brought objects of it; true: gone on to another study.
    changes : int
        Counts arrivals and words.
    wants_account : bool
        What the store knows of the study is still to be read.
    is_closing : bool
        A decision that completes it is being carried out.
    longest : dict
        The longest pause of each scanner in this study.
    """

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self.gathered = Gathering(wishes)
        self.open: dict[str, bool] = {}
        self.quiet = timedelta(0)
        self.longest: dict[Scanner, timedelta] = {}
        self.changes = 0
        self.wants_account = True
        self.is_loaded = False
        self.is_closing = False
        self.is_dormant = False
        self.loading: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self._silence: Silence | None = None
        self._first: tuple[Scanner, datetime] | None = None
        self._earlier_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a decision can be made."""
        return self.is_loaded and not self.is_closing

    @property
    def silence(self) -> Silence | None:
        """Why nothing more comes at this moment; None while an association is still bringing objects."""
        return None if not all(self.open.values()) else self._silence

    def silent(self, mark: Mark, since: datetime) -> None:
        """Note why, and since when, nothing comes any more."""
        self._silence = Silence(mark=mark, since=since)

    def add(self, association: str, header: InstanceHeader, scanner: Scanner, pauses: Pauses, now: datetime) -> bool:
        """Note an object; true where evidence may have become whole by it."""
        self.is_dormant = False
        self.changes += 1
        if header.role is Role.IMAGE:
            self.open[association] = False
            self._note_pause(scanner, pauses, now)
            self.quiet = max(self.quiet, pauses.quiet(scanner))
        return self.gathered.add(header, association=association, at=now)

    def take_in(self, item: Instance, revision: int, pauses: Pauses) -> None:
        """Note an object that the store knows."""
        if item.header.sop_instance_uid not in self.gathered.here and item.header.role is Role.IMAGE:
            self._earlier_at = max(item.received_at, self._earlier_at or item.received_at)
            self.quiet = max(self.quiet, pauses.quiet(scanner_of(item.header, "")))
        self.gathered.add(item.header, association=None, at=item.received_at, is_current=item.revision == revision)

    def left(self, association: str, series_instance_uid: str, now: datetime, *, for_other_study: bool) -> bool:
        """Note that an association has gone on to another series, perhaps of another study; true where that may prove.

        A sender that goes to and fro between two series proves nothing by it.
        """
        is_over = self.gathered.moved_on(association, series_instance_uid)
        if for_other_study and association in self.open:
            self.open[association] = True
            self.silent(Mark.MOVED_ON, now)
        return is_over or for_other_study

    def ended(self, association: str, now: datetime, *, broken: bool) -> bool:
        """Note that an association is over; true where it had brought objects of this study."""
        if association not in self.open:
            return False
        del self.open[association]
        self.gathered.ended(association, broken=broken)
        last = Mark.BROKEN if broken else Mark.RELEASED
        self.silent(Mark.MOVED_ON if self.open else last, now)
        return True

    def hear(self, evidence: Evidence) -> bool:
        """Take in a word; false where the study is not known yet, or not coming in any more."""
        self.changes += 1
        if self.is_loaded:
            self.gathered.lists.hear(evidence, self.gathered.here)
        return self.is_loaded

    def successor(self) -> "Watch":
        """Begin anew with what associations may still bring; dormant until they do."""
        made = Watch(self._wishes)
        made.open = dict.fromkeys(self.open, True)
        made.gathered.lists.spent = self.gathered.lists.spent | self.gathered.lists.whole()
        made.is_dormant = True
        return made

    def stop(self) -> None:
        """Stop the timer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _note_pause(self, scanner: Scanner, pauses: Pauses, now: datetime) -> None:
        last = self.gathered.last_at
        if last is None:
            self._first = (scanner, now)
        else:
            self._note_length(scanner, pauses, now - last)

    def note_reopening(self, pauses: Pauses) -> None:
        """Count the time between an earlier revision and the first object of this one, if it was a pause."""
        if self._first is not None and self._earlier_at is not None:
            self._note_length(self._first[0], pauses, self._first[1] - self._earlier_at)

    def _note_length(self, scanner: Scanner, pauses: Pauses, length: timedelta) -> None:
        if pauses.is_pause(scanner, length):
            self.longest[scanner] = max(length, self.longest.get(scanner, length))
