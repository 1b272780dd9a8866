"""Telling a peer that results of a study can be had from the PACS: Instance Availability Notification."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.model.result import ObjectReference


@dataclass(frozen=True, kw_only=True, slots=True)
class AvailabilityNotice:
    """That a peer is to be told of a study at ``due_at``; ``told`` is a digest of what it was last told of."""

    peer: str
    study_key: str
    due_at: datetime
    told: str = ""
    attempt: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Available:
    """One notification: the same set has the same number, so that a peer which hears it twice can tell."""

    sop_instance_uid: str
    study_instance_uid: str
    retrieve_aet: str
    objects: Sequence[ObjectReference]
