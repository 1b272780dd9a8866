"""Result objects: what is written for the PACS, and what it replaces."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.code import Text
from collega.model.finding import Outcome


class ObjectKind(StrEnum):
    """Forms in which a result can stand in a PACS."""

    FINDINGS_SR = "findings_sr"
    FINDINGS_SR_2D = "findings_sr_2d"
    REGIONS_SR = "regions_sr"
    SEGMENTATION = "segmentation"
    STATUS_PAGE = "status_page"
    REJECTION_NOTE = "rejection_note"
    FORWARDED = "forwarded"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectReference:
    """Where one SOP instance stands."""

    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppIdentity:
    """The device that a result names as its observer.

    ``device_uid`` changes with each version of the model (IHE AIR).
    """

    id: str
    version: str
    name: Text
    vendor: str
    device_uid: str
    clinical_use: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectIdentity:
    """Everything of a result object that does not come from its sources or its content.

    ``created_at`` is aware; ``timezone`` is the name of the site's zone in which DICOM
    dates and times are written.
    """

    sop_instance_uid: str
    series_instance_uid: str
    series_number: int
    instance_number: int
    series_description: str
    created_at: datetime
    timezone: str
    language: str
    predecessor: ObjectReference | None = None

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            message = "created_at needs a time zone"
            raise ValueError(message)
        if len(self.series_description) > 64:  # noqa: PLR2004 - LO, PS3.5 section 6.2
            message = f"series description longer than 64 characters: {self.series_description!r}"
            raise ValueError(message)


class NoAnswer(StrEnum):
    """What is said of an app in the place of an outcome; none of these is a negative.

    ``NO_RULE_OUT``: it saw nothing, and may not say that nothing is there; ``NOT_ASKED``: its
    answer is kept until a reader asks; ``OWN_SCREEN``: nothing has come from its own screen yet.
    """

    UNAVAILABLE = "unavailable"
    NO_RULE_OUT = "no_rule_out"
    NOT_ASKED = "not_asked"
    OWN_SCREEN = "own_screen"


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusLine:
    """What the status page says of one app."""

    app_name: Text
    app_id: str
    app_version: str
    clinical_use: bool
    outcome: Outcome | NoAnswer
    text: Text
    details: tuple[Text, ...] = ()
    at: datetime | None = None
