"""What the store in memory holds: the tables of the database as dictionaries of frozen records."""

from copy import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from collega.model.app import Stage
from collega.model.audit import AuditEntry
from collega.model.availability import AvailabilityNotice
from collega.model.box import BoxAnswer, Unasked
from collega.model.coverage import Round, Sighting
from collega.model.delivery import Delivery, ResultObject
from collega.model.discrepancy import Discrepancy
from collega.model.evidence import Evidence, Scanner
from collega.model.feedback import Feedback, FirstLook, Missed
from collega.model.finding import AppResult
from collega.model.inputs import JobInput
from collega.model.job import Attempt, Event, Job, NextStep
from collega.model.keeping import Kept, Removal
from collega.model.label import ReportLabels
from collega.model.leaving import CloudPermission, Objection, Sealed
from collega.model.message import Message, Said, Word
from collega.model.night import MorningWord
from collega.model.order import Order
from collega.model.outage import Notice, NoticeState, Outage
from collega.model.outgoing import OutgoingMessage
from collega.model.pack import Pack
from collega.model.pilot import PilotGoal
from collega.model.procedure_step import ProcedureStep
from collega.model.study import Instance, Study
from collega.model.threshold import ThresholdChange
from collega.model.trust import Decision


@dataclass(kw_only=True, slots=True)
class Memory:
    """All tables; an attempt under way is None in ``attempts``."""

    studies: dict[str, Study] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    attempts: dict[tuple[str, int], Attempt | None] = field(default_factory=dict)
    results: dict[str, AppResult] = field(default_factory=dict)
    objects: dict[str, ResultObject] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    links: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)
    stages: dict[tuple[str, str], Stage] = field(default_factory=dict)
    decisions: dict[tuple[str, str], tuple[Decision, ...]] = field(default_factory=dict)
    quarantine: list[dict[str, object]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    stage_changes: list[tuple[str, str, Stage, datetime]] = field(default_factory=list)
    moment: datetime = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    alive: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(("receiver", "worker", "links"), True))
    outages: dict[str, Outage] = field(default_factory=dict)
    outage_jobs: dict[tuple[str, str], None] = field(default_factory=dict)
    notices: dict[str, tuple[Notice, NoticeState, datetime | None]] = field(default_factory=dict)
    availability: dict[tuple[str, str], AvailabilityNotice] = field(default_factory=dict)
    availability_open: set[tuple[str, str]] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    steps: list[NextStep] = field(default_factory=list)
    removed: set[tuple[Kept, str]] = field(default_factory=set)
    removals: dict[str, Removal] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    answers: dict[tuple[str, str], BoxAnswer] = field(default_factory=dict)
    unasked: dict[str, Unasked] = field(default_factory=dict)
    procedure_steps: dict[str, ProcedureStep] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    pauses: list[tuple[Scanner, timedelta]] = field(default_factory=list)
    inputs: dict[str, tuple[JobInput, ...]] = field(default_factory=dict)
    priors: dict[str, datetime] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    thresholds: list[ThresholdChange] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    message_keys: dict[bytes, str] = field(default_factory=dict)
    messages_due: dict[str, datetime] = field(default_factory=dict)
    words: dict[tuple[str, int], Word[Said]] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    outgoing: dict[str, OutgoingMessage] = field(default_factory=dict)
    signed: set[tuple[str, str]] = field(default_factory=set)
    noted: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    feedback: list[Feedback] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    first_looks: list[FirstLook] = field(default_factory=list)
    morning_words: list[MorningWord] = field(default_factory=list)
    goals: list[PilotGoal] = field(default_factory=list)
    packs: dict[str, Pack] = field(default_factory=dict)
    labels: list[ReportLabels] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)
    objections: dict[str, Objection] = field(default_factory=dict)
    cloud_permissions: dict[str, CloudPermission] = field(default_factory=dict)
    pseudonyms: dict[tuple[str, str, str], Sealed] = field(default_factory=dict)
    audited: list[AuditEntry] = field(default_factory=list)
    count: int = 0

    def copy(self) -> "Memory":
        """Copy the tables; the records in them are frozen and shared."""
        values: dict[str, Any] = {item.name: copy(getattr(self, item.name)) for item in fields(self)}
        return Memory(**values)

    def next_key(self) -> str:
        """Key of a new row, in the form and the order of the keys of the database."""
        self.count += 1
        return f"00000000-0000-7000-8000-{self.count:012d}"
