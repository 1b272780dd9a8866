"""A first meeting with a PACS, step by step: how far one gets, and the peer's own words where it ends."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.events import Event

from collega.adapters.dimse.sockets import prompt_handlers
from collega.adapters.dimse.standstill import keep_answers
from collega.errors import PeerError
from collega.model.delivery import SendOutcome, SendReport
from collega.model.ids import IMPLEMENTATION_CLASS_UID, acceptance_uid
from collega.model.peer import CommitmentAnswer, Fault, Greeting
from collega.model.result import ObjectReference
from collega.model.store_status import outcome_of

VERIFICATION = UID("1.2.840.10008.1.1")
STUDY_ROOT_FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
STORAGE_COMMITMENT = UID("1.2.840.10008.1.20.1")
STORAGE_COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
PENDING = frozenset({0xFF00, 0xFF01})
SUCCESS = 0x0000
POLL_S = 0.05
BUSY_PAUSES_S = (0.2, 0.5, 1.0)
MOST_LOST, AT_ONCE_S = 2, 1.0
CHARACTER_SET = "ISO_IR 100"

# (source, diagnostic) of a rejection -> what it means (PS3.8 table 9-21).
REJECTIONS: Mapping[tuple[int, int], Fault] = {
    (1, 3): Fault.CALLING_AET,
    (1, 7): Fault.CALLED_AET,
    (3, 1): Fault.BUSY,
    (3, 2): Fault.BUSY,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeAddress:
    """Where the peer listens, how it is called, and as whom we call it."""

    host: str
    port: int
    aet: str
    calling_aet: str
    timeout_s: float


class DimseProbe:
    """Asks one peer, with an association for each question.

    Parameters
    ----------
    address : ProbeAddress
    """

    def __init__(self, address: ProbeAddress) -> None:
        self._address = address

    def greet(self, sop_classes: Sequence[str]) -> Greeting:
        """Connect, associate, echo; see `collega.ports.peers.PacsProbe`."""
        opened: list[float] = []
        began = time.monotonic()
        contexts = [(uid, syntax) for uid in sop_classes for syntax in SYNTAXES]
        try:
            association = self._associate(
                contexts, [(evt.EVT_CONN_OPEN, lambda _event: opened.append(time.monotonic()))]
            )
        except socket.gaierror as error:
            return Greeting(fault=Fault.UNKNOWN_HOST, detail=str(error.strerror))
        if not opened:
            fault, detail = self._why_unconnected()
            return Greeting(fault=fault, detail=detail)
        connect_s, associate_s = opened[0] - began, time.monotonic() - opened[-1]
        if not association.is_established:
            fault, detail = _why(association)
            return Greeting(fault=fault, detail=detail, connect_s=connect_s)
        try:
            began = time.monotonic()
            answer = association.send_c_echo()
            echo_s = time.monotonic() - began
            return Greeting(
                accepted=_accepted(association),
                echo_status=int(answer.Status) if "Status" in answer else None,
                connect_s=connect_s,
                associate_s=associate_s,
                echo_s=echo_s,
                implementation=str(association.acceptor.implementation_version_name or ""),
            )
        finally:
            _release(association)

    def store(self, objects: Sequence[bytes]) -> Sequence[SendReport]:
        """Send each object, and read what is answered."""
        datasets = [pydicom.dcmread(BytesIO(content)) for content in objects]
        classes = sorted({str(dataset.SOPClassUID) for dataset in datasets})
        with self._open([(uid, syntax) for uid in classes for syntax in SYNTAXES]) as association:
            taken = _accepted(association)
            return [_send(association, dataset, taken) for dataset in datasets]

    def find(self, level: str, keys: Mapping[str, str], asked: Sequence[str]) -> Sequence[Mapping[str, str]] | None:
        """Query by study root; None where the peer offers or allows no such query."""
        query = Dataset()
        query.SpecificCharacterSet = CHARACTER_SET
        query.QueryRetrieveLevel = level
        for keyword in asked:
            setattr(query, keyword, None)
        for keyword, value in keys.items():
            setattr(query, keyword, value)
        with self._open([(STUDY_ROOT_FIND, syntax) for syntax in SYNTAXES]) as association:
            if STUDY_ROOT_FIND not in _accepted(association):
                return None
            found = []
            for status, identifier in association.send_c_find(query, STUDY_ROOT_FIND):
                if "Status" not in status:
                    raise PeerError(self._said("no answer to the query"))
                if status.Status in PENDING and identifier is not None:
                    found.append({name: str(identifier.get(name, "") or "") for name in (*keys, *asked)})
                elif status.Status not in PENDING and status.Status != SUCCESS:
                    return None
            return found

    def ask_commitment(
        self, references: Sequence[ObjectReference], *, keep_open_s: float, heard: Callable[[], bool]
    ) -> CommitmentAnswer:
        """Ask the peer to commit, and stay on the association for a while in case it answers there."""
        done: set[str] = set()
        failed: set[str] = set()

        def report(event: Event) -> tuple[int, Dataset | None]:
            information = event.event_information
            done.update(str(item.ReferencedSOPInstanceUID) for item in information.get("ReferencedSOPSequence") or [])
            failed.update(str(item.ReferencedSOPInstanceUID) for item in information.get("FailedSOPSequence") or [])
            return SUCCESS, None

        wanted = {reference.sop_instance_uid for reference in references}
        contexts = [(STORAGE_COMMITMENT, syntax) for syntax in SYNTAXES]
        with self._open(contexts, [(evt.EVT_N_EVENT_REPORT, report)]) as association:
            if STORAGE_COMMITMENT not in _accepted(association):
                return CommitmentAnswer(offered=False)
            request = Dataset()
            request.TransactionUID = acceptance_uid("transaction", *sorted(wanted), str(time.time_ns()))
            request.ReferencedSOPSequence = [_item(reference) for reference in references]
            answer, _ = association.send_n_action(request, 1, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE)
            status = int(answer.Status) if "Status" in answer else None
            deadline = time.monotonic() + (keep_open_s if status == SUCCESS else 0)
            while time.monotonic() < deadline and association.is_established:
                if wanted <= done | failed or heard():
                    break
                time.sleep(POLL_S)
        return CommitmentAnswer(offered=True, status=status, done=frozenset(done), failed=frozenset(failed))

    def _why_unconnected(self) -> tuple[Fault, str]:
        """Connect once more, for the system's reason, which pynetdicom keeps to itself.

        Not done beforehand: to many a peer a connection without a word is an association that hangs.
        """
        address = self._address
        try:
            with socket.create_connection((address.host, address.port), timeout=self._patience):
                return Fault.NO_CONNECTION, "connected at the second try"
        except TimeoutError:
            return Fault.NO_ANSWER, f"no answer within {self._patience:.0f} s"
        except OSError as error:
            return Fault.NO_CONNECTION, str(error.strerror)

    @property
    def _patience(self) -> float:
        return min(self._address.timeout_s, 10.0)

    def _associate(
        self, contexts: Sequence[tuple[str, UID]], handlers: Sequence[evt.EventHandlerType] = ()
    ) -> Association:
        """Associate; a peer of few associations may still be ending our last one, and gets a moment for it.

        A rejection that is quicker than pynetdicom's own thread is lost with its line, and looks as if the peer had
        ended it without a word: what ends so at once is asked again, for the reason.
        """
        pauses, lost = list(BUSY_PAUSES_S), 0
        while True:
            began = time.monotonic()
            association = self._try_to_associate(contexts, handlers)
            if association.is_established:
                return association
            if pauses and _why(association)[0] is Fault.BUSY:
                time.sleep(pauses.pop(0))
            elif lost < MOST_LOST and _is_wordless(association) and time.monotonic() - began < AT_ONCE_S:
                lost += 1
            else:
                return association

    def _try_to_associate(
        self, contexts: Sequence[tuple[str, UID]], handlers: Sequence[evt.EventHandlerType]
    ) -> Association:
        entity = AE(ae_title=self._address.calling_aet)
        entity.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
        entity.connection_timeout = entity.acse_timeout = self._patience
        entity.dimse_timeout = entity.network_timeout = self._address.timeout_s
        entity.add_requested_context(VERIFICATION)
        for uid, syntax in contexts:
            # A context for each: the answer to one with several names only the syntax that the peer prefers.
            entity.add_requested_context(uid, syntax)
        return entity.associate(
            self._address.host,
            self._address.port,
            ae_title=self._address.aet,
            evt_handlers=[*prompt_handlers(), (evt.EVT_ESTABLISHED, keep_answers), *handlers],
        )

    @contextlib.contextmanager
    def _open(
        self, contexts: Sequence[tuple[str, UID]], handlers: Sequence[evt.EventHandlerType] = ()
    ) -> Iterator[Association]:
        try:
            association = self._associate(contexts, handlers)
        except socket.gaierror as error:
            raise PeerError(self._said(str(error.strerror))) from error
        if not association.is_established:
            fault, detail = _why(association)
            raise PeerError(self._said(detail or fault.value))
        try:
            yield association
        except RuntimeError as error:  # pynetdicom's word for an association that has ended meanwhile
            raise PeerError(self._said("the association has ended")) from error
        finally:
            _release(association)

    def _said(self, what: str) -> str:
        address = self._address
        return f"{address.aet} at {address.host}:{address.port}: {what}"


def _why(association: Association) -> tuple[Fault, str]:
    """Read from a failed association what the peer has against us."""
    answer = association.acceptor.primitive
    if association.is_rejected and answer is not None:
        source, reason = int(answer.result_source or 0), int(answer.diagnostic or 0)
        return REJECTIONS.get((source, reason), Fault.REJECTED), f"{answer.source_str}: {answer.reason_str}"
    if _is_wordless(association):
        return Fault.ABORTED, "the peer ends the association, or does not answer"
    return Fault.ABORTED, "the peer takes none of our presentation contexts"


def _is_wordless(association: Association) -> bool:
    return bool(association.is_aborted) and association.acceptor.primitive is None


def _accepted(association: Association) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for context in association.accepted_contexts:
        found.setdefault(str(context.abstract_syntax), []).append(str(context.transfer_syntax[0]))
    return {uid: tuple(syntaxes) for uid, syntaxes in found.items()}


def _send(association: Association, dataset: Dataset, taken: Mapping[str, tuple[str, ...]]) -> SendReport:
    uid, sop_class = str(dataset.SOPInstanceUID), str(dataset.SOPClassUID)
    if sop_class not in taken:
        detail = f"no presentation context for {UID(sop_class).name}"
        return SendReport(sop_instance_uid=uid, outcome=SendOutcome.REFUSED, status=None, detail=detail)
    if not association.is_established:
        return SendReport(sop_instance_uid=uid, outcome=SendOutcome.LATER, status=None, detail="association ended")
    try:
        answer = association.send_c_store(dataset)
    except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
        answer = Dataset()
    if "Status" not in answer:
        return SendReport(sop_instance_uid=uid, outcome=SendOutcome.LATER, status=None, detail="no answer")
    status = int(answer.Status)
    detail = f"status {status:04X} {answer.get('ErrorComment', '')}".strip()
    return SendReport(sop_instance_uid=uid, outcome=outcome_of(status), status=status, detail=detail)


def _item(reference: ObjectReference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return item


def _release(association: Association) -> None:
    if association.is_established:
        association.release()
