"""The DICOM port: C-ECHO, C-STORE of every storage class, storage commitment answers."""

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from pydicom.dataset import Dataset
from pydicom.uid import UID, AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, build_context, evt
from pynetdicom.events import Event
from pynetdicom.presentation import PresentationContext
from pynetdicom.transport import ThreadedAssociationServer

from collega.adapters.dimse.sockets import prompt_handlers
from collega.errors import ConfigurationError
from collega.model.ids import IMPLEMENTATION_CLASS_UID

# pynetdicom makes these names when it is imported, where type checkers do not see them.
VERIFICATION = UID("1.2.840.10008.1.1")
STORAGE_COMMITMENT = UID("1.2.840.10008.1.20.1")
IMPLEMENTATION_VERSION = "COLLEGA"
ECHO_SUCCESS = 0x0000
COMMITMENT_REFUSED = 0x0110
_log = structlog.get_logger()
_STORAGE = frozenset(str(context.abstract_syntax) for context in AllStoragePresentationContexts)
_SUPPORTED = _STORAGE | {VERIFICATION, STORAGE_COMMITMENT}
COMMITMENT_RESULTS = frozenset({1, 2})  # PS3.4 J.3.3: all committed; failures exist


class Answer(Protocol):
    """What the receiver's owner says of one object."""

    @property
    def status(self) -> int:
        """Status of the C-STORE response."""
        ...

    @property
    def comment(self) -> str:
        """Error Comment (0000,0902), at most 64 characters."""
        ...


class Taker(Protocol):
    """The receiver's owner."""

    def take(self, encoded: bytes, *, sop_instance_uid: str, source: str, association: str) -> Answer:
        """Keep one object; called in the thread of its association."""
        ...

    def ended(self, association: str) -> None:
        """Note the end of an association."""
        ...


CommitmentReport = Callable[[Sequence[str], Sequence[str]], None]


class DicomReceiver:
    """A listening application entity.

    Parameters
    ----------
    taker : Taker
    committed : callable
        Gets the SOP Instance UIDs that a PACS reports as committed, and as failed.
    peers : sequence of str
        Allowed callers, ``AET`` or ``AET@address``; empty allows all.
    """

    def __init__(  # noqa: PLR0913 - one setting each
        self,
        taker: Taker,
        committed: CommitmentReport,
        *,
        host: str,
        port: int,
        aet: str,
        peers: Sequence[str],
        max_associations: int,
        idle_timeout_s: float,
    ) -> None:
        self._taker = taker
        self._committed = committed
        self._address = (host, port)
        self._peers = [tuple(peer.partition("@")[::2]) for peer in peers]
        self._entity = _entity(aet, max_associations, idle_timeout_s)
        self._server: ThreadedAssociationServer | None = None

    def start(self) -> int:
        """Listen, and return the port."""
        handlers = [
            *prompt_handlers(),
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_ECHO, _echo),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_N_ACTION, _refuse_commitment),
            (evt.EVT_N_EVENT_REPORT, self._report),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        try:
            server = self._entity.start_server(self._address, block=False, evt_handlers=handlers)
        except OSError as error:
            where = f"{self._address[0]}:{self._address[1]}"
            message = f"dicom.host, dicom.port: cannot listen on {where}: {error.strerror}"
            raise ConfigurationError(message) from None
        self._server = server
        return self._address[1] if server is None else int(server.server_address[1])

    def stop(self) -> None:
        """Accept no more; end what is open."""
        if self._server is not None:
            self._server.shutdown()
            self._entity.shutdown()

    def _requested(self, event: Event) -> None:
        """Turn away callers that are not on the list (PS3.8 9.3.4: calling AE title not recognised)."""
        event.assoc.acceptor.supported_contexts = _contexts_for(event)
        caller = (str(event.assoc.requestor.ae_title).strip(), str(event.assoc.requestor.address))
        if self._peers and not any(aet == caller[0] and address in {"", caller[1]} for aet, address in self._peers):
            event.assoc.acse.send_reject(0x01, 0x01, 0x03)
            event.assoc.kill()

    def _store(self, event: Event) -> Dataset:
        answer = self._taker.take(
            event.encoded_dataset(),
            sop_instance_uid=str(event.file_meta.MediaStorageSOPInstanceUID),
            source=str(event.assoc.requestor.ae_title).strip(),
            association=event.assoc.name,
        )
        response = Dataset()
        response.Status = answer.status
        if answer.comment:
            response.ErrorComment = answer.comment
        return response

    def _report(self, event: Event) -> tuple[int, Dataset | None]:
        if event.event_type in COMMITMENT_RESULTS:
            report = event.event_information
            done = [str(item.ReferencedSOPInstanceUID) for item in report.get("ReferencedSOPSequence") or []]
            failed = [str(item.ReferencedSOPInstanceUID) for item in report.get("FailedSOPSequence") or []]
            self._committed(done, failed)
        return 0x0000, None

    def _closed(self, event: Event) -> None:
        if not event.assoc.is_released:
            caller = event.assoc.requestor
            _log.warning("connection ended without release", address=caller.address, aet=str(caller.ae_title).strip())
        self._taker.ended(event.assoc.name)


def _entity(aet: str, max_associations: int, idle_timeout_s: float) -> AE:
    entity = AE(ae_title=aet)
    entity.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    entity.implementation_version_name = IMPLEMENTATION_VERSION
    entity.maximum_associations = max_associations
    entity.network_timeout = idle_timeout_s
    entity.acse_timeout = entity.dimse_timeout = idle_timeout_s
    entity.add_supported_context(VERIFICATION)  # the others are chosen per association
    return entity


def _contexts_for(event: Event) -> list[PresentationContext]:
    """Offer what this caller asks for, of all that is supported.

    pynetdicom copies every supported context at each association, 44 ms for all storage classes.
    """
    request = event.assoc.requestor.primitive
    proposed = request.presentation_context_definition_list if request else []
    return [_context(uid) for uid in sorted({str(item.abstract_syntax) for item in proposed}) if uid in _SUPPORTED]


def _context(uid: str) -> PresentationContext:
    if uid == VERIFICATION:
        return build_context(uid)
    if uid == STORAGE_COMMITMENT:
        context = build_context(uid)
        context.scu_role = context.scp_role = True
        return context
    return build_context(uid, list[str | UID](AllTransferSyntaxes))


def _echo(_event: Event) -> int:
    return ECHO_SUCCESS


def _refuse_commitment(_event: Event) -> tuple[int, Dataset | None]:
    """Refuse: the sender may delete after a yes, and collega is no archive."""
    _log.warning("storage commitment refused: collega is no archive")
    return COMMITMENT_REFUSED, None
