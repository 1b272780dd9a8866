"""What was said of a study's completeness, by whom, and what collega made of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class EvidenceKind(StrEnum):
    """Kinds of word on completeness; `receive.completeness` says what each is worth."""

    MPPS_IN_PROGRESS = "mpps in progress"
    MPPS_COMPLETED = "mpps completed"
    MPPS_DISCONTINUED = "mpps discontinued"
    INSTANCES_AVAILABLE = "instances available"
    COMMITMENT_ASKED = "commitment asked"
    PACS_COUNT = "pacs count"


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesSaid:
    """One series as a source describes it.

    ``series_instance_uid`` is empty where the source names objects only (a storage commitment
    request); ``count`` is the number of objects where the source counts without naming them.
    """

    series_instance_uid: str
    sop_instance_uids: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One word on the completeness of a study.

    ``study_instance_uid`` is empty where the source does not say it; the objects' own UIDs lead to
    the study then. ``reference`` names the source's own object, such as the SOP Instance UID of the
    procedure step.
    """

    kind: EvidenceKind
    study_instance_uid: str
    at: datetime
    source: str
    series: tuple[SeriesSaid, ...] = ()
    reference: str = ""


class Scanner(NamedTuple):
    """Who makes images of one kind: Station Name (0008,1010) or the sender's AE title, and the modality."""

    name: str
    modality: str
