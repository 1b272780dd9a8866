"""What the PACS has and collega may lack: studies as a query tells them, and how each was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collega.model.study import Attribute


class Certainty(StrEnum):
    """Whether an app accepts a study, as far as a query can tell."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class SightingState(StrEnum):
    """How a study that an app accepts was found, when the PACS was last asked for it."""

    ON_ITS_WAY = "on_its_way"
    RECEIVED = "received"
    INCOMPLETE = "incomplete"
    MISSING = "missing"
    FETCHED = "fetched"
    ARRIVED = "arrived"
    NOT_WANTED = "not_wanted"


# Not settled: each round looks at them again, however old they are.
OPEN_SIGHTINGS = frozenset({SightingState.ON_ITS_WAY, SightingState.MISSING, SightingState.INCOMPLETE})


@dataclass(frozen=True, kw_only=True, slots=True)
class PacsSeries:
    """A series as the PACS tells it; ``attributes`` are named as routing rules name them, empty ones are None."""

    series_instance_uid: str
    attributes: Mapping[str, Attribute]
    instances: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PacsStudy:
    """A study as the PACS tells it; ``attributes`` as for a series, ``study_date`` as DICOM writes it."""

    study_instance_uid: str
    accession_number: str
    study_date: str
    study_at: datetime | None
    modalities: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    instances: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PacsCount:
    """How many objects the PACS has of a study: by series of images, and as it sums the whole study up.

    The sums hold derived objects too. None where it does not fill (0020,1209), or (0020,1206) and (0020,1208).
    """

    images: Mapping[str, int | None]
    all_series: int
    said_series: int | None
    said_instances: int | None
    all_instances: int | None

    @property
    def is_whole(self) -> bool:
        """Whether each series is counted and the levels do not contradict each other: else it is being filed."""
        return (
            bool(self.images)
            and None not in self.images.values()
            and self.said_series in {None, self.all_series}
            and (self.all_instances is None or self.said_instances in {None, self.all_instances})
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """What collega has of a study.

    ``apps`` have a job for it, which is known once it is ``routed``; ``series`` counts the objects
    of each series, where that was asked for.
    """

    study_instance_uid: str
    routed: bool
    last_received_at: datetime
    apps: frozenset[str]
    series: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """A study in the PACS that at least one app accepts, and whether it has come."""

    study_instance_uid: str
    accession_number: str
    modalities: tuple[str, ...]
    study_at: datetime | None
    first_seen_at: datetime
    state: SightingState
    apps: Mapping[str, Certainty] = field(default_factory=dict)
    pacs_instances: int | None = None
    missed_at: datetime | None = None
    closed_at: datetime | None = None
    tries: int = 0
    detail: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether some app accepts it for sure, as far as a query can tell."""
        return Certainty.YES in self.apps.values()


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One time that the PACS was asked; ``answered`` is false where it gave no answer that can be trusted.

    ``told`` names the attributes that it was seen to fill: only there does an empty one mean empty.
    """

    at: datetime
    answered: bool
    reason: str = ""
    studies: int = 0
    eligible: int = 0
    received: int = 0
    missing: int = 0
    maybe: int = 0
    incomplete: int = 0
    fetched: int = 0
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """How a C-MOVE ended: objects that were sent and that were not, and what is wrong (empty: nothing)."""

    completed: int
    failed: int
    problem: str = ""
