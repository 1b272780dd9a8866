"""What a check measures of the machine, of the database and of the apps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineFacts:
    """A machine as it is now; megabytes are mebibytes.

    ``synchronised`` is what the kernel says of its clock, None where it does not say; ``utc_offset`` what the
    system's zone makes of this moment; ``write_s`` how long a small durable write takes; ``modes`` the rights of
    the folders below the data folder.
    """

    name: str
    synchronised: bool | None
    zone_name: str
    utc_offset: timedelta
    free_mb: int
    write_s: float
    memory_mb: int
    cores: int
    modes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannerClock:
    """The smallest time from the start of a study to its arrival; negative: the scanner is ahead of us."""

    caller: str
    station: str
    studies: int
    smallest_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseFacts:
    """The database: its version, whether it is ours, and how far its clock is from this machine's, in seconds."""

    version: str
    embedded: bool
    offset_s: float
    receiver: bool
    worker: bool
    scanners: tuple[ScannerClock, ...] = ()
    unended: tuple[tuple[str, datetime, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AppFacts:
    """An installed app: its stage, what is wrong with it, and how well it was fenced in when it was tried."""

    id: str
    version: str
    stage: str
    problems: tuple[str, ...]
    isolation: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """What the settings say, as far as a check holds it against the world.

    ``hl7_address``: where we take messages, nowhere where it is empty; ``destinations``: name and address of each.
    """

    zone_offset: timedelta
    timezone: str
    language: str
    site: str
    reserve_mb: int
    web_host: str
    dicom_host: str
    dicom_port: int
    calling_aet: str
    peers: tuple[str, ...]
    allow_unconfined: bool
    pacs_aet: str
    pacs_host: str
    pacs_port: int
    confirm: str
    query_level: str
    rejection_notes: bool
    pacs_url: str = ""
    ian_aet: str = ""
    commit_wait_s: float = 0.0
    hl7_address: str = ""
    destinations: tuple[tuple[str, str], ...] = ()
