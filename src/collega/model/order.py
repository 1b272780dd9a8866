"""An order as it stands, from all that was said of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.message import OrderNumbers, OrderSaid, ReportSaid
from collega.model.study import Patient, Priority


class Standing(StrEnum):
    """Whether the examination is still wanted."""

    ORDERED = "ordered"
    CANCELLED = "cancelled"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidOrder:
    """What one message said of an order, with its place in the order of saying."""

    message_key: str
    item: int
    sent_at: datetime
    control_id: str
    said: OrderSaid

    @property
    def place(self) -> tuple[datetime, str, int]:
        """What decides which of two is newer: the sender's clock, then its count."""
        return self.sent_at, self.control_id, self.item


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidReport:
    """A version of a report, with its place in the order of saying."""

    message_key: str
    item: int
    sent_at: datetime
    control_id: str
    said: ReportSaid


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """An order as it stands."""

    numbers: OrderNumbers
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
