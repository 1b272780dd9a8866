"""Times when AI was not available: what was down, why, and who was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.app import Stage
from collega.model.code import Text


class Part(StrEnum):
    """What can be down."""

    APP = "app"
    PACS = "pacs"
    COVERAGE = "coverage"
    RECEIVER = "receiver"
    WORKER = "worker"
    DATABASE = "database"
    LINKS = "links"
    SENDER = "sender"
    INBOX = "inbox"
    DESTINATION = "destination"


class Cause(StrEnum):
    """Why something counts as down."""

    WAITING = "waiting"
    FAILING = "failing"
    STOPPED = "stopped"
    UNREACHABLE = "unreachable"
    SILENT = "silent"


class NoticeKind(StrEnum):
    """What a notice says."""

    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"
    OVERDUE = "overdue"
    URGENT = "urgent"


class NoticeState(StrEnum):
    """How far a notice has come on its channel."""

    PLANNED = "planned"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One part that can be down: ``name`` is that of an app, a PACS, a sender or a destination, else empty."""

    part: Part
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What is known of a part at one moment; ``cause`` is None where it is up.

    ``since`` is when it went down, as far as that can be told.
    """

    subject: Subject
    cause: Cause | None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """One time that a part was down.

    Attributes
    ----------
    key : str
        Empty until the store has given it one.
    down_since, seen_at : datetime
        When it began, and when that was first seen.
    noticed_at : datetime, optional
        When it was declared, and people were told.
    up_since : datetime, optional
        Since when it seems to be up again.
    ended_at : datetime, optional
        When it was over: it has stayed up.
    """

    key: str = ""
    subject: Subject
    cause: Cause
    down_since: datetime
    seen_at: datetime
    noticed_at: datetime | None = None
    up_since: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One message on one channel; ``identity`` is the same whenever it is sent again.

    ``outage_key`` is empty where it is about no outage.
    """

    key: str
    outage_key: str
    kind: NoticeKind
    channel: str
    identity: str
    at: datetime
    heading: Text
    body: Text
    attempt: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """One discrepancy of which people are to be told.

    ``until`` is the day that has gone by, and empty for one that is new; ``mail`` is the address of its owner, empty
    where it has none that is known.
    """

    key: str
    kind: NoticeKind
    until: str = ""
    mail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppSigns:
    """What the store knows of an app that bears on its being available.

    ``failures`` counts the jobs that failed since the last one that did not, the first of them at
    ``failing_since``; ``waiting_since`` is when the oldest open job was ordered.
    ``was_heard``: whether the stage before the present one reached readers.
    """

    app_id: str
    stage: Stage
    stage_since: datetime | None
    was_heard: bool
    failures: int
    failing_since: datetime | None
    waiting_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SenderSigns:
    """What is known of a sender of messages.

    ``usual``: how many messages came in as long a time before this moment of the week as nothing has come now; the
    fewest of the four weeks before the silence, counted up to ten.
    """

    name: str
    last_at: datetime
    usual: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationSigns:
    """What is known of a destination: whether it does not answer what waits, and what it refused."""

    name: str
    fails: bool
    refused_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSigns:
    """What the store knows that bears on messages: ``errors_since`` is when the oldest of the last day came."""

    links: bool
    errors_since: datetime | None
    senders: Sequence[SenderSigns]
    destinations: Sequence[DestinationSigns]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the store knows that bears on whether AI is available."""

    receiver: bool
    worker: bool
    pacs_fails: bool
    last_round_at: datetime | None
    unanswered_since: datetime | None
    apps: Sequence[AppSigns]
