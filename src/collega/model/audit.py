"""The audit record (NEN 7513): who did or saw what, of whom, when, from where, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from collega.model.audit_events import EVENTS
from collega.model.merge import Identity

# Where the payload of a line names patients.
PEOPLE = "people"


class AuditOutcome(IntEnum):
    """How an event ended (PS3.15 A.5.1, EventOutcomeIndicator)."""

    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """On whose behalf this process works: an account, an address, itself; ``source`` is the part of collega."""

    actor: str
    source: str
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """What is to be logged.

    Parameters
    ----------
    event : str
        A key of `collega.model.audit_events.EVENTS`.
    actor, address : str
        Who did it, and from where; where they are empty, whoever the process works for.
    responsible : str
        The person who answers for it, as far as one has said so.
    study_key : str or None
        The study that it is about, and so the patient.
    studies : tuple of str
        Keys of studies where it is about several, such as those of a list that was shown.
    people : tuple of Identity
        Numbers of the patients that it is about, where no study of theirs need be here: orders, messages.
    outcome : AuditOutcome
    payload : Mapping
        What else is known, of any shape that JSON has.
    at : datetime or None
        When it happened; now where it is not given.
    """

    event: str
    actor: str = ""
    address: str = ""
    responsible: str = ""
    study_key: str | None = None
    studies: tuple[str, ...] = ()
    people: tuple[Identity, ...] = ()
    outcome: AuditOutcome = AuditOutcome.SUCCESS
    payload: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.event not in EVENTS:
            message = f"{self.event!r} is no event of the audit record"
            raise ValueError(message)

    @property
    def content(self) -> dict[str, object]:
        """What is kept of it beside its columns: the payload, with the people."""
        people = {PEOPLE: [number._asdict() for number in self.people]} if self.people else {}
        return {**self.payload, **people}


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A study that a line is about, with its patient, as they are known now; a patient alone has no study."""

    study_instance_uid: str = ""
    accession_number: str = ""
    patient_id: str = ""
    issuer: str = ""
    patient_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditLine:
    """A line of the record, with its place in the chain."""

    number: int
    hash: str
    at: datetime
    event: str
    actor: str
    address: str
    responsible: str
    source: str
    outcome: AuditOutcome
    payload: Mapping[str, Any]
    subjects: tuple[Subject, ...] = ()
