"""An order as it stands, from all that was said of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.message import SIGNED, OrderNumbers, ReportStatus
from collega.model.study import Patient, Priority


class Standing(StrEnum):
    """Whether the examination is still wanted."""

    ORDERED = "ordered"
    CANCELLED = "cancelled"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A study's report as it stands: the last signed version and its addenda, else the last preliminary one.

    ``version`` names exactly this text: another version, or an addendum more, has another name.
    """

    status: ReportStatus
    text: str
    author: str
    at: datetime
    versions: int
    version: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether a reader has put a name to it."""
        return self.status in SIGNED


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """An order as it stands; ``tokens`` are all the numbers that it ever had, ``numbers`` the last of each kind."""

    numbers: OrderNumbers
    tokens: tuple[str, ...]
    patient: Patient
    standing: Standing
    status: str
    procedure_code: str
    procedure: str
    modality: str
    priority: Priority
    location: str
    requester: str
    study_instance_uid: str
    ordered_at: datetime | None
    scheduled_at: datetime | None
    changed_at: datetime
