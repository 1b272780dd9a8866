"""The services that collega provides besides storage, as a table: (SOP class, operation) -> function.

What a message says is handed to its owner, who makes it durable or raises; success is answered only then.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Protocol, TypeAlias
from uuid import uuid4

from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from collega.adapters.dimse.services import SUCCESS, Request, Response, Service, Services
from collega.errors import MessageError
from collega.formats.dicom_evidence import (
    is_uid,
    read_availability,
    read_commitment_report,
    read_commitment_request,
    read_new_step,
    read_step_change,
    reading,
)
from collega.model.caller import PeerService
from collega.model.evidence import SeriesSaid
from collega.model.ids import OWN_UID_ROOT
from collega.model.procedure_step import StepSaid

VERIFICATION = "1.2.840.10008.1.1"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
STORAGE_COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"  # PS3.4 J.3.5, the well-known one
PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
INSTANCE_AVAILABILITY = "1.2.840.10008.5.1.4.33"
REQUEST_COMMITMENT = 1  # PS3.4 J.3.2, Action Type ID
COMMITMENT_RESULTS = frozenset({1, 2})  # PS3.4 J.3.3: all committed; failures exist
# Not the deflated one: a few bytes of it can become gigabytes.
SYNTAXES: list[str | UID] = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]

# SOP class -> the word in ``dicom.peers`` that lets a peer use it; None: every peer may.
WORDS: Mapping[str, PeerService | None] = MappingProxyType(
    {
        VERIFICATION: None,
        STORAGE_COMMITMENT: PeerService.COMMITMENT,
        PROCEDURE_STEP: PeerService.MPPS,
        INSTANCE_AVAILABILITY: PeerService.AVAILABILITY,
    }
)
CommitmentReport: TypeAlias = Callable[[Sequence[str], Mapping[str, int]], None]


class Listener(Protocol):
    """Who takes what others say of a study; see `collega.receive.sources.Sources`."""

    def step_created(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        """Take N-CREATE of a performed procedure step."""
        ...

    def step_set(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        """Take N-SET of a performed procedure step."""
        ...

    def available(
        self, study_instance_uid: str, series: tuple[SeriesSaid, ...], *, reference: str, source: str
    ) -> None:
        """Take the list of what an archive has of a study."""
        ...

    def commitment_asked(self, sop_instance_uids: tuple[str, ...], *, reference: str, source: str) -> None:
        """Take the list of a storage commitment request."""
        ...


def reporting(committed: CommitmentReport) -> dict[tuple[str, str], Service]:
    """Make the table of a port that hears commitment reports, and nothing else of studies."""
    return {
        (VERIFICATION, "C-ECHO"): _echo,
        (STORAGE_COMMITMENT, "N-EVENT-REPORT"): partial(_commitment_reported, committed),
    }


def all_services(committed: CommitmentReport, listener: Listener) -> Services:
    """Make the whole table."""
    return {
        **reporting(committed),
        (STORAGE_COMMITMENT, "N-ACTION"): partial(_commitment_asked, listener),
        (PROCEDURE_STEP, "N-CREATE"): partial(_step_created, listener),
        (PROCEDURE_STEP, "N-SET"): partial(_step_set, listener),
        (INSTANCE_AVAILABILITY, "N-CREATE"): partial(_available, listener),
    }


def _echo(_request: Request) -> Response:
    return Response(status=SUCCESS)


def _step_created(listener: Listener, request: Request) -> Response:
    """PS3.4 F.7.2.1."""
    said = reading(read_new_step, request.dataset)
    uid = _uid_of_new(request)
    listener.step_created(uid, said, request.calling_aet)
    return Response(status=SUCCESS, sop_instance_uid=uid)


def _step_set(listener: Listener, request: Request) -> Response:
    """PS3.4 F.7.2.2."""
    _check_uid(request.sop_instance_uid)
    listener.step_set(request.sop_instance_uid, reading(read_step_change, request.dataset), request.calling_aet)
    return Response(status=SUCCESS, sop_instance_uid=request.sop_instance_uid)


def _available(listener: Listener, request: Request) -> Response:
    """PS3.4 R.3.2: the notification itself need not be kept."""
    study, series = reading(read_availability, request.dataset)
    uid = _uid_of_new(request)
    listener.available(study, series, reference=uid, source=request.calling_aet)
    return Response(status=SUCCESS, sop_instance_uid=uid)


def _commitment_asked(listener: Listener, request: Request) -> Response:
    """PS3.4 J.3.2: refuse, since the sender may delete after a yes, and collega is no archive.

    A failure status promises no report (J.3.2.1.3), so none follows.
    """
    if request.action_or_event_type != REQUEST_COMMITMENT:
        code, text = "no-such-action", "the only action is 1, request storage commitment"
        raise MessageError(code, text)
    if request.sop_instance_uid != STORAGE_COMMITMENT_INSTANCE:
        code, text = "unknown-instance", "not the well-known instance of Storage Commitment"
        raise MessageError(code, text)
    transaction, uids = reading(read_commitment_request, request.dataset)
    listener.commitment_asked(uids, reference=transaction, source=request.calling_aet)
    code, text = "no-archive", "this is no archive: nothing is committed, keep your images"
    raise MessageError(code, text)


def _commitment_reported(committed: CommitmentReport, request: Request) -> Response:
    """PS3.4 J.3.3: what a PACS answers to our own requests."""
    if request.action_or_event_type not in COMMITMENT_RESULTS:
        code, text = "no-such-event", "the events are 1 and 2, storage commitment results"
        raise MessageError(code, text)
    committed(*reading(read_commitment_report, request.dataset))
    return Response(status=SUCCESS)


def _uid_of_new(request: Request) -> str:
    """UID that the sender gives, else one of ours (PS3.7 10.1.5.1.4)."""
    if not request.sop_instance_uid:
        return f"{OWN_UID_ROOT}{uuid4().int}"
    _check_uid(request.sop_instance_uid)
    return request.sop_instance_uid


def _check_uid(uid: str) -> None:
    if not is_uid(uid):
        code, text = "no-uid", "the SOP Instance UID is none"
        raise MessageError(code, text)
