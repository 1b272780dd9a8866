"""Storage Commitment of a simulated PACS (PS3.4 annex J): a yes for what is on the shelf, no more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pydicom import Dataset
from pynetdicom import AE, build_role
from pynetdicom.association import Association

from collega.errors import PeerError
from collega.testing.pacs_protocol import STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, SUCCESS
from collega.testing.pacs_shelf import KeptObject
from collega.testing.pacs_sockets import socket_handlers

# Event Type IDs (PS3.4 table J.3-2) and Failure Reasons (PS3.3 C.14.1.1).
ALL_COMMITTED = 1
SOME_FAILED = 2
NO_SUCH_OBJECT_INSTANCE = 0x0112
CLASS_INSTANCE_CONFLICT = 0x0119
SECONDS_TO_REPORT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The content of one N-EVENT-REPORT."""

    event_type: int
    information: Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentRoutes:
    """Ways by which reports go out.

    Attributes
    ----------
    peers : mapping of str to tuple of str and int
        Host and port for reports on a new association, by the AE title that asked.
    same_association : bool
        Use the association of the request while it is open, before any other way. The peer
        must wait for the report: pynetdicom takes a request that crosses it for its answer.
    """

    peers: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    same_association: bool = False

    def known(self, caller: str) -> bool:
        """Whether a report to ``caller`` could go out at all."""
        return self.same_association or caller in self.peers

    def send(self, report: Report, association: Association, *, caller: str, own_aet: str) -> None:
        """Send ``report`` by the first way that is open.

        Raises
        ------
        PeerError
            If none is, or the peer does not take the report.
        """
        if self.same_association and association.is_established:
            _send_on(association, report)
        elif caller in self.peers:
            _send_to(caller, self.peers[caller], report, own_aet)
        else:
            message = f"{caller} has gone before its commitment report"
            raise PeerError(message)


NO_ROUTES = CommitmentRoutes()


def report_on(request: Dataset, find: Callable[[str], KeptObject | None]) -> Report:
    """Answer a request for commitment from what ``find`` knows of each SOP Instance UID."""
    committed, failed = [], []
    for item in request.ReferencedSOPSequence:
        reference = Dataset()
        reference.ReferencedSOPClassUID = item.ReferencedSOPClassUID
        reference.ReferencedSOPInstanceUID = item.ReferencedSOPInstanceUID
        reason = _failure(item, find(str(item.ReferencedSOPInstanceUID)))
        if reason is None:
            committed.append(reference)
        else:
            reference.FailureReason = reason
            failed.append(reference)
    information = Dataset()
    information.TransactionUID = request.TransactionUID
    if committed:
        information.ReferencedSOPSequence = committed
    if failed:
        information.FailedSOPSequence = failed
    return Report(event_type=SOME_FAILED if failed else ALL_COMMITTED, information=information)


def _failure(item: Dataset, kept: KeptObject | None) -> int | None:
    if kept is None:
        return NO_SUCH_OBJECT_INSTANCE
    return None if kept.sop_class_uid == item.ReferencedSOPClassUID else CLASS_INSTANCE_CONFLICT


def _send_on(association: Association, report: Report) -> None:
    """Send ``report`` over an open association."""
    try:
        status, _ = association.send_n_event_report(
            report.information,
            report.event_type,
            STORAGE_COMMITMENT,
            STORAGE_COMMITMENT_INSTANCE,
        )
    except (RuntimeError, ValueError) as error:
        message = f"the commitment report could not be sent: {error}"
        raise PeerError(message) from error
    if status.get("Status") != SUCCESS:
        message = f"the commitment report was not taken, status {status.get('Status', 'none')}"
        raise PeerError(message)


def _send_to(aet: str, address: tuple[str, int], report: Report, own_aet: str) -> None:
    """Send ``report`` on a new association, in the role of SCP (PS3.4 J.3.3)."""
    entity = AE(ae_title=own_aet)
    entity.acse_timeout = entity.dimse_timeout = entity.connection_timeout = SECONDS_TO_REPORT
    entity.add_requested_context(STORAGE_COMMITMENT)
    association = entity.associate(
        *address,
        ae_title=aet,
        ext_neg=[build_role(STORAGE_COMMITMENT, scp_role=True)],
        evt_handlers=socket_handlers(),
    )
    if not association.is_established:
        message = f"no association with {aet} at {address[0]}:{address[1]} for a commitment report"
        raise PeerError(message)
    try:
        _send_on(association, report)
    finally:
        association.release()
