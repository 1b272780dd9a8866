"""Messages to RIS, PACS and EHR: where they go, and how far each has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collega.model.job import NextStep
from collega.model.study import Priority


class DestinationKind(StrEnum):
    """What kind of system a destination is."""

    RIS = "ris"
    PACS = "pacs"
    EHR = "ehr"


class PriorityMessage(StrEnum):
    """The message by which a destination is told of an urgent finding: none, or its type and order control."""

    NONE = "none"
    ORM_SC = "orm-sc"
    ORM_XO = "orm-xo"
    OMI_SC = "omi-sc"
    OMI_XO = "omi-xo"


class OutgoingKind(StrEnum):
    """What a message of ours tells."""

    RESULTS = "results"
    WITHDRAWAL = "withdrawal"  # what an earlier one told stands no longer, and nothing takes its place
    PRIORITY = "priority"
    FLAG_WITHDRAWAL = "flag_withdrawal"  # the reason for an earlier flag is gone; no order is lowered by it


class OutgoingState(StrEnum):
    """How far a message of ours is."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"  # answered AA
    REFUSED = "refused"  # answered AE or AR: to be retried by command
    WITHDRAWN = "withdrawn"  # never to be sent: its app may not say it any more, or a later one takes its place
    DISCARDED = "discarded"  # put aside by command


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorityForm:
    """How a destination wants to be told of urgency.

    ``field``: where the flag stands, as in ``OBR-27.6``; ``stat`` and ``high`` are the values it has there.
    """

    message: PriorityMessage = PriorityMessage.NONE
    field: str = "OBR-27.6"
    stat: str = "S"
    high: str = "A"

    def value(self, urgency: Priority) -> str:
        """Write an urgency as the destination spells it."""
        return self.stat if urgency is Priority.STAT else self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The service under which AI results stand (OBR-4 and OBR-24): one of their own, never that of the examination."""

    code: str = "AI"
    text: str = "AI, preliminary"
    section: str = "OTH"


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A system that messages go to, and what it is told.

    ``application`` and ``facility`` name it in MSH-5 and MSH-6, ``sender`` names this site in MSH-4; ``charset`` is
    MSH-18. Pauses between tries grow from ``retry_first`` to ``retry_most``.
    """

    name: str
    kind: DestinationKind
    results: bool = True
    priority: PriorityForm = PriorityForm()
    service: Service = Service()
    language: str = "en"
    charset: str = "UNICODE UTF-8"
    application: str = ""
    facility: str = ""
    sender: str = ""
    retry_first: timedelta = timedelta(seconds=5)
    retry_most: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMessage:
    """A message as it is sent, each time byte for byte: MSH-10 is ``control_id``.

    ``subject`` is our own filler number of a result; ``urgency`` that of a flag. ``attempt`` counts the times that
    sending it has begun.
    """

    key: str
    destination: str
    kind: OutgoingKind
    study_key: str
    job_key: str
    app_id: str
    control_id: str
    encoded: bytes
    created_at: datetime
    subject: str = ""
    urgency: Priority = Priority.UNKNOWN
    state: OutgoingState = OutgoingState.WAITING
    attempt: int = 0
    detail: str = ""
    answered_at: datetime | None = None


def tell_again_of(study_key: str) -> NextStep:
    """Order that what was told of a study under another number is told again under the right one."""
    return NextStep(step="tell_again", arguments={"study_key": study_key}, once=True)
