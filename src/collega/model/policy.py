"""What a site has decided, as the stages need it; ``bootstrap`` fills it from the settings."""

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from collega.model.app import Stage
from collega.model.outgoing import Destination

PROJECTION = frozenset({"CR", "DX", "RG", "IO", "PX", "RF"})
VOLUME = frozenset({"CT", "MR", "PT", "NM"})


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietTimes:
    """Seconds without a new object after which a study counts as complete, by modality."""

    projection_s: float
    volume_s: float
    other_s: float

    def of(self, modality: str) -> timedelta:
        """Quiet time of one modality."""
        seconds = self.projection_s if modality in PROJECTION else self.other_s
        return timedelta(seconds=self.volume_s if modality in VOLUME else seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Learning:
    """How quiet times are learned: from the longest pauses of so many studies of a scanner, 0 learns nothing.

    The longest of them times ``margin`` is waited for, and never less than ``floor``.
    """

    studies: int
    margin: float
    floor: timedelta


NO_LEARNING = Learning(studies=0, margin=1.0, floor=timedelta(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class PacsPolicy:
    """One PACS: what counts as arrived there, and how long to wait between tries."""

    name: str
    confirm: str
    rejection_notes: bool
    retry_first: timedelta
    retry_most: timedelta
    resend_after: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class AvailabilityPolicy:
    """Who is told by Instance Availability Notification, and how long to wait between tries."""

    peer: str
    retry_first: timedelta
    retry_most: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class CoveragePolicy:
    """How often the PACS is asked for what never arrived, and what is done about it.

    ``grace`` is the age below which a study may still be on its way; ``destination`` the AE title
    to which the PACS is to send what is fetched; at most ``most_fetches`` a round, 0 fetches nothing.
    """

    every: timedelta
    look_back: timedelta
    grace: timedelta
    most_fetches: int
    destination: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticePolicy:
    """When something counts as down, and on which channels that is told.

    ``after``: a shorter outage is told to nobody. ``steady``: what has been up for this long is up.
    ``failed_jobs``: so many failures in a row, and an app is down. ``sender_silent``: no shorter silence of a sender
    of messages counts; None: none does. ``takes_messages``: whether the site has a port for them.
    """

    after: timedelta
    steady: timedelta
    failed_jobs: int
    channels: tuple[str, ...] = ()
    sender_silent: timedelta | None = None
    takes_messages: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class InputPolicy:
    """What apps may ask for elsewhere.

    ``wait``: so long an app waits for it; ``arrival``: so long for objects that an archive says it has sent;
    ``most_images``: a prior that holds more is left where it is.
    """

    wait: timedelta = timedelta(seconds=60)
    arrival: timedelta = timedelta(seconds=10)
    most_images: int = 4000


NO_NOTICES = NoticePolicy(after=timedelta(minutes=5), steady=timedelta(minutes=1), failed_jobs=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountPolicy:
    """When the PACS is asked how much it has of a study that is being received.

    First ``after`` the last arrival, then each ``interval`` until two readings are equal.
    """

    after: timedelta
    interval: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The site's decisions."""

    zone: ZoneInfo
    language: str
    quiet: QuietTimes
    max_study_age: timedelta | None
    default_stage: Stage
    retry_wait: timedelta
    pacs: PacsPolicy | None
    coverage: CoveragePolicy | None = None
    notices: NoticePolicy = NO_NOTICES
    count: CountPolicy | None = None
    learning: Learning = NO_LEARNING
    inputs: InputPolicy = field(default_factory=InputPolicy)
    destinations: tuple[Destination, ...] = ()
    availability: AvailabilityPolicy | None = None
    objections_stop_inside: bool = False

    def destination(self, name: str) -> Destination | None:
        """Find a destination of messages by its name."""
        return next((item for item in self.destinations if item.name == name), None)
