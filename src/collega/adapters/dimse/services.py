"""Services beside storage, as plain functions of a request: echo, and both sides of storage commitment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import structlog
from pydicom.dataset import Dataset

VERIFICATION = "1.2.840.10008.1.1"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
SUCCESS, COMMITMENT_REFUSED, NOT_SUPPORTED = 0x0000, 0x0110, 0x0211
COMMITMENT_RESULTS = frozenset({1, 2})  # PS3.4 J.3.3: all committed; failures exist
CommitmentReport: TypeAlias = Callable[[Sequence[str], Sequence[str]], None]
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A DIMSE request other than C-STORE; ``number`` is the event or action type."""

    operation: str
    sop_class_uid: str
    sop_instance_uid: str
    number: int | None
    dataset: Dataset | None
    calling_aet: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """Its answer."""

    status: int
    comment: str = ""
    dataset: Dataset | None = None


Service: TypeAlias = Callable[[Request], Response]
Services: TypeAlias = Mapping[tuple[str, str], Service]


def services(committed: CommitmentReport) -> Services:
    """Table of SOP class and operation."""

    def report(request: Request) -> Response:
        said = request.dataset
        if said is not None and request.number in COMMITMENT_RESULTS:
            done = [str(item.ReferencedSOPInstanceUID) for item in said.get("ReferencedSOPSequence") or []]
            failed = [str(item.ReferencedSOPInstanceUID) for item in said.get("FailedSOPSequence") or []]
            committed(done, failed)
        return Response(status=SUCCESS)

    return {
        (VERIFICATION, "C-ECHO"): lambda _request: Response(status=SUCCESS),
        (STORAGE_COMMITMENT, "N-ACTION"): _refuse_commitment,
        (STORAGE_COMMITMENT, "N-EVENT-REPORT"): report,
    }


def _refuse_commitment(_request: Request) -> Response:
    """Refuse: the sender may delete after a yes, and collega is no archive."""
    _log.warning("storage commitment refused: collega is no archive")
    return Response(status=COMMITMENT_REFUSED)
