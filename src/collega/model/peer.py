"""What a first meeting with a PACS brings: how far one gets, what it takes, what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Why there is no association (PS3.8 section 9.3.4 for the rejections), or no answer over HTTP."""

    UNKNOWN_HOST = "unknown_host"
    NO_CONNECTION = "no_connection"
    NO_ANSWER = "no_answer"
    CALLING_AET = "calling_aet"
    CALLED_AET = "called_aet"
    BUSY = "busy"
    REJECTED = "rejected"
    ABORTED = "aborted"
    UNTRUSTED = "untrusted"
    UNAUTHORISED = "unauthorised"
    NO_SERVICE = "no_service"


@dataclass(frozen=True, kw_only=True, slots=True)
class Greeting:
    """An association with a peer, and what was agreed.

    ``accepted`` holds the transfer syntaxes that were taken, by SOP class; ``echo_status`` is None where the
    peer gave no answer to C-ECHO; ``implementation`` is the version name that it gives itself. Times are seconds.
    """

    fault: Fault | None = None
    detail: str = ""
    accepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    echo_status: int | None = None
    connect_s: float | None = None
    associate_s: float | None = None
    echo_s: float | None = None
    implementation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentAnswer:
    """The answer to N-ACTION, and what was reported on the same association (PS3.4 annex J)."""

    offered: bool
    status: int | None = None
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
