"""Services of the DICOM port as plain functions: a request in, a response out (PS3.7 section 10).

Whoever speaks on the socket translates a message into a `Request`, looks its service up by SOP class and
operation, and sends the `Response`; `answer` is its one entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TypeAlias

import structlog
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dsutils import decode

from collega.errors import MessageError
from collega.formats.dicom_structure import check_whole
from collega.formats.dicom_study import UNREADABLE

SUCCESS = 0x0000
NO_SUCH_SOP_CLASS = 0x0118
UNRECOGNISED_OPERATION = 0x0211
PROCESSING_FAILURE = 0x0110
MAY_NO_LONGER_BE_UPDATED = 0xA710  # Error ID (0000,0903), PS3.4 table F.7.2-2
# Some 38,000 references, more than any study has; pydicom needs two seconds of a core for them.
MOST_BYTES = 4 * 1024 * 1024
MOST_OF_COMMENT = 64
_log = structlog.get_logger()

# Reason -> status of the response (PS3.7 annex C), where the operation has no other (see below).
STATUS: Mapping[str, int] = {
    "unreadable": PROCESSING_FAILURE,
    "too-much": 0x0213,
    "missing-attribute": 0x0120,
    "wrong-value": 0x0106,
    "duplicate": 0x0111,
    "unknown-instance": 0x0112,
    "no-uid": 0x0117,
    "ended-step": PROCESSING_FAILURE,
    "no-such-action": 0x0123,
    "no-such-event": 0x0113,
    "no-archive": PROCESSING_FAILURE,
}
# N-SET knows no missing attributes, only missing values (PS3.7 10.1.3.1.9); what an action or an event
# carries are arguments (10.1.4.1.10, 10.1.1.1.8).
STATUS_OF_OPERATION: Mapping[tuple[str, str], int] = {
    ("N-SET", "missing-attribute"): 0x0121,
    ("N-ACTION", "missing-attribute"): 0x0115,
    ("N-ACTION", "wrong-value"): 0x0115,
    ("N-EVENT-REPORT", "missing-attribute"): 0x0115,
    ("N-EVENT-REPORT", "wrong-value"): 0x0115,
}
ERROR_ID: Mapping[str, int] = {"ended-step": MAY_NO_LONGER_BE_UPDATED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One DIMSE request other than C-STORE; UIDs are empty where the message has none."""

    operation: str
    sop_class_uid: str
    sop_instance_uid: str = ""
    action_or_event_type: int | None = None
    dataset: Dataset | None = None
    calling_aet: str = ""
    called_aet: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """The answer: status, Error Comment (0000,0902), Error ID (0000,0903), and the UID of what was created."""

    status: int
    dataset: Dataset | None = None
    sop_instance_uid: str = ""
    comment: str = ""
    error_id: int | None = None


Service: TypeAlias = Callable[[Request], Response]
Services: TypeAlias = Mapping[tuple[str, str], Service]


def answer(services: Services, request: Request, encoded: bytes, transfer_syntax: str) -> Response:
    """Answer a request whose data set is still encoded: whatever it holds ends in a status."""
    service = services.get((request.sop_class_uid, request.operation))
    if service is None:
        known = {sop_class for sop_class, _ in services}
        return Response(status=UNRECOGNISED_OPERATION if request.sop_class_uid in known else NO_SUCH_SOP_CLASS)
    try:
        return service(replace(request, dataset=_decoded(encoded, transfer_syntax)))
    except MessageError as error:
        _log.warning(
            "message refused", operation=request.operation, code=error.code, why=str(error), source=request.calling_aet
        )
        return refusal(request.operation, error)
    except Exception:  # noqa: BLE001 - the edge of the process: the sender must know that nothing was kept
        _log.exception("message not taken: internal error", operation=request.operation, source=request.calling_aet)
        return Response(status=PROCESSING_FAILURE, comment="internal error, try again later")


def refusal(operation: str, error: MessageError) -> Response:
    """Make the response for a message that cannot be acted upon."""
    status = STATUS_OF_OPERATION.get((operation, error.code), STATUS[error.code])
    return Response(status=status, comment=str(error)[:MOST_OF_COMMENT], error_id=ERROR_ID.get(error.code))


def _decoded(encoded: bytes, transfer_syntax: str) -> Dataset | None:
    if not encoded:
        return None
    if len(encoded) > MOST_BYTES:
        code, text = "too-much", f"the data set is longer than {MOST_BYTES // 1024**2} MiB"
        raise MessageError(code, text)
    syntax = UID(transfer_syntax)
    check_whole(encoded, is_implicit_vr=syntax.is_implicit_VR, is_little_endian=syntax.is_little_endian)
    try:
        return decode(BytesIO(encoded), syntax.is_implicit_VR, syntax.is_little_endian)
    except UNREADABLE as error:
        code, text = "unreadable", "the data set cannot be read"
        raise MessageError(code, text) from error
