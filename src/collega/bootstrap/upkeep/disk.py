"""The disk as it fills: each mark that is passed is told once, and again when there is room."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.site import SystemClock
from collega.model.disk import DiskMark, DiskRoom
from collega.model.figures import Labels
from collega.model.job import Event

PLACES = ("studies", "results", "runs", "pg")
SEVERITY = list(DiskMark)
_log = structlog.get_logger()


def worst(archive: FileArchive) -> tuple[DiskMark, str]:
    """Find the worst mark that the disks of the data folder have passed, and where."""
    marks = [(archive.mark(place), place) for place in PLACES]
    return max(marks, key=lambda found: SEVERITY.index(found[0]))


def figures(archive: FileArchive) -> Mapping[str, Mapping[Labels, float]]:
    """Tell a monitor how much room there is."""
    rooms: dict[str, DiskRoom] = {place: archive.room(place) for place in PLACES}
    return {
        "collega_disk_free_bytes": {(place,): room.free for place, room in rooms.items()},
        "collega_disk_size_bytes": {(place,): room.total for place, room in rooms.items()},
        "collega_disk_free_inodes": {(place,): room.free_inodes for place, room in rooms.items()},
        "collega_disk_mark": {(mark,): float(worst(archive)[0] is mark) for mark in DiskMark},
    }


@dataclass(slots=True)
class DiskWatch:
    """Looks at the disk now and then."""

    archive: FileArchive
    store: PostgresStore
    clock: SystemClock
    _last: DiskMark = DiskMark.AMPLE

    async def look(self) -> None:
        """Tell a change of mark, in the log and in the record."""
        mark, place = worst(self.archive)
        if mark is self._last:
            return
        room = self.archive.room(place)
        told: dict[str, object] = {"mark": mark, "before": self._last, "free_mb": room.free >> 20}
        told["free_inodes"] = room.free_inodes
        say = _log.info if mark is DiskMark.AMPLE else _log.warning
        say("the disk has passed a mark", folder=place, **told)
        self._last = mark
        async with self.store.transaction() as transaction:
            await transaction.add_event(Event(kind="disk_mark", at=self.clock.now(), payload={"folder": place, **told}))
