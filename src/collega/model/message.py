"""A message from a RIS or EHR, as it is kept, and what it says."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

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

    @property
    def tokens(self) -> tuple[str, ...]:
        """The numbers with their kind; a filler's number may serve as accession number, so that they are one kind."""
        placer = [f"p:{self.placer}"] if self.placer else []
        return (*placer, *sorted({f"f:{number}" for number in (self.filler, self.accession) if number}))


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

    @property
    def version(self) -> str:
        """What tells two versions apart: the same one that is sent again, in another message, is no new one."""
        signed = self.signed_at.isoformat() if self.signed_at else ""
        return hashlib.sha256(f"{self.status}\0{self.text}\0{self.author}\0{signed}".encode()).hexdigest()[:32]


SIGNED = frozenset({ReportStatus.FINAL, ReportStatus.CORRECTED, ReportStatus.ADDENDUM})


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


def patients_of(said: Said) -> tuple[Patient, ...]:
    """Tell of whom something is said."""
    return (said.survivor, said.prior) if isinstance(said, MergeSaid) else (said.patient,)


S_co = TypeVar("S_co", bound=Said, covariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Word(Generic[S_co]):
    """What one message said, with its place among all that was said; ``item`` counts within the message."""

    message_key: str
    item: int
    sent_at: datetime
    control_id: str
    said: S_co

    @property
    def order(self) -> tuple[Any, ...]:
        """What decides which of two is newer: the sender's clock, then its count; never which came first."""
        return self.sent_at, len(self.control_id), self.control_id, self.item, repr(self.said)


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
    tries: int = 0
    repeats: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageChange:
    """How far a message now is; ``next_at``: when it is tried again."""

    key: str
    state: MessageState
    at: datetime
    reason: str = ""
    tries: int = 0
    next_at: datetime | None = None
