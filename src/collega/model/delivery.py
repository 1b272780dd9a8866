"""The way of a result object to a PACS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from collega.model.result import ObjectKind, ObjectReference


class DeliveryState(StrEnum):
    """How far a PACS has confirmed an object.

    ``accepted``: C-STORE answered with success or warning; ``committed``: storage commitment
    says so; ``visible``: a query finds it. ``refused``: the PACS will never take it;
    ``withdrawn``: the stage of the app changed before it was sent.
    """

    PLANNED = "planned"
    ACCEPTED = "accepted"
    COMMITTED = "committed"
    VISIBLE = "visible"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultObject:
    """An object built once and kept: sent again, it is sent byte for byte."""

    reference: ObjectReference
    kind: ObjectKind
    study_key: str
    revision: int
    app_id: str
    path: str
    created_at: datetime
    job_key: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """An object to be sent; ``verbatim``: in the encoding that its file has, or not at all."""

    reference: ObjectReference
    file: Path
    verbatim: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One object on its way to one PACS."""

    key: str
    pacs: str
    object: ResultObject
    state: DeliveryState
    attempt: int
    confirmations: int
    next_at: datetime | None
    detail: str


class SendOutcome(StrEnum):
    """What the PACS said of one object."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReport:
    """The PACS's answer to one C-STORE: its status (PS3.7 C) and any attribute it changed."""

    sop_instance_uid: str
    outcome: SendOutcome
    status: int | None
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What one association with a PACS brought.

    ``reports`` holds the answer per SOP Instance UID that was sent, one that is missing was not
    reached; ``visible`` the UIDs that the PACS has shown; ``committed`` those it has committed to keep,
    ``uncommitted`` the reasons of those it has not;
    ``note`` says why nothing could be confirmed, if so.
    """

    reports: Mapping[str, SendReport]
    visible: frozenset[str] = frozenset()
    committed: frozenset[str] = frozenset()
    uncommitted: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
