"""A message from a RIS or EHR, as it is kept, and what it says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from collega.model.study import Patient, Priority


class MessageState(StrEnum):
    """Where a kept message stands."""

    WAITING = "waiting"  # acknowledged, to be applied
    APPLIED = "applied"
    FAILED = "failed"  # acknowledged, and applying it failed: to be replayed after a fix
    UNUSABLE = "unusable"  # answered AE: collega cannot act on it; to be replayed after a fix
    REFUSED = "refused"  # answered AR: it will never be acted upon


class OrderControl(StrEnum):
    """What an order message does (HL7 v2 table 0119)."""

    NEW = "NW"
    CHANGED = "XO"
    CANCELLED = "CA"
    DISCONTINUED = "DC"
    STATUS = "SC"


class ReportStatus(StrEnum):
    """How far a report is (HL7 v2 table 0123)."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    ADDENDUM = "addendum"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderNumbers:
    """What names an order: empty where nobody said; the accession number is the one that images carry."""

    placer: str = ""
    filler: str = ""
    accession: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderSaid:
    """What one message says of an order."""

    numbers: OrderNumbers
    patient: Patient
    control: OrderControl
    status: str = ""
    procedure_code: str = ""
    procedure: str = ""
    modality: str = ""
    priority: Priority = Priority.UNKNOWN
    location: str = ""
    requester: str = ""
    study_instance_uid: str = ""
    ordered_at: datetime | None = None
    scheduled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSaid:
    """What one message says of a report: its whole text as it was sent."""

    numbers: OrderNumbers
    patient: Patient
    status: ReportStatus
    text: str
    author: str = ""
    study_instance_uid: str = ""
    signed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientSaid:
    """A corrected description of a patient."""

    patient: Patient


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeSaid:
    """Two numbers are one person: what stood under the prior one belongs to the survivor."""

    survivor: Patient
    prior: Patient


Said: TypeAlias = OrderSaid | ReportSaid | PatientSaid | MergeSaid


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message as it came.

    ``digest`` is SHA-256 of its bytes: a message that is sent again is the same one. ``sent_at`` (MSH-7)
    decides what is newer, whatever came first; ties by ``control_id``.
    """

    key: str
    received_at: datetime
    source: str
    sender: str
    control_id: str
    kind: str
    sent_at: datetime | None
    digest: bytes
    encoded: bytes
    state: MessageState
    reason: str = ""
