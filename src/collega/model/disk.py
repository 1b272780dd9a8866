"""How much room is left, and what may still be taken in at each mark."""

from dataclasses import dataclass
from enum import StrEnum

MEBIBYTE = 1 << 20


class DiskMark(StrEnum):
    """Marks that a disk passes as it fills, each with what follows.

    ``ample``: nothing; ``low``: a warning; ``scarce``: new studies are refused, the rest of those
    that have begun is taken; ``full``: everything is refused, what is left belongs to the work in
    progress and to the database.
    """

    AMPLE = "ample"
    LOW = "low"
    SCARCE = "scarce"
    FULL = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskRoom:
    """A file system: bytes and inodes, those free for us and all. A file system without inodes has 0 in all."""

    free: int
    total: int
    free_inodes: int
    inodes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskMarks:
    """Where the marks lie: a share of the disk, at most so many mebibytes; the reserve in mebibytes alone."""

    warn_percent: float = 0.0
    warn_mb: int = 0
    refuse_percent: float = 0.0
    refuse_mb: int = 0
    reserve_mb: int = 0

    def mark(self, room: DiskRoom, size: int = 0) -> DiskMark:
        """Say which mark is passed once ``size`` bytes more are written."""
        free = room.free - size
        if free < self.reserve_mb * MEBIBYTE or free < 0 or _runs_out(room):
            return DiskMark.FULL
        if _is_below(free, room, self.refuse_percent, self.refuse_mb):
            return DiskMark.SCARCE
        return DiskMark.LOW if _is_below(free, room, self.warn_percent, self.warn_mb) else DiskMark.AMPLE


def _is_below(free: int, room: DiskRoom, percent: float, most_mb: int) -> bool:
    """Hold bytes against the smaller of both limits, inodes against the share alone."""
    return free < min(percent / 100 * room.total, most_mb * MEBIBYTE) or room.free_inodes < percent / 100 * room.inodes


def _runs_out(room: DiskRoom) -> bool:
    """Tell whether there is no inode left for a file and its folders."""
    return room.inodes > 0 and room.free_inodes < INODES_OF_AN_OBJECT


# An object may need a folder of its study's hash, one of its study, one of its series, and its file;
# as many again for an object that comes at the same moment.
INODES_OF_AN_OBJECT = 8
