"""The way to a PACS: C-STORE as the file stands, then proof of arrival, over one association."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import uuid4

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import _config, evt
from pynetdicom.association import Association
from pynetdicom.events import Event

from collega.adapters.dimse.associate import associate, caller, released
from collega.adapters.dimse.kinds import kind_of
from collega.errors import MessageError, PeerError
from collega.formats.dicom_evidence import read_commitment_report, reading
from collega.model.delivery import Exchange, Parcel, SendOutcome, SendReport
from collega.model.ids import OWN_UID_ROOT
from collega.model.result import ObjectReference
from collega.model.store_status import outcome_of

VERIFICATION = UID("1.2.840.10008.1.1")
STUDY_ROOT_FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
STORAGE_COMMITMENT = UID("1.2.840.10008.1.20.1")
STORAGE_COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
SYNTAXES: list[str] = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
Context: TypeAlias = tuple[str, Sequence[str]]
INDEX_SECONDS = 0.15
POLL_SECONDS = 0.02
PROCESSING_FAILURE = 0x0110
SUCCESS = 0x0000
PENDING = frozenset({0xFF00, 0xFF01})


@dataclass(frozen=True, kw_only=True, slots=True)
class PacsAddress:
    """Where a PACS listens, and what it is asked for."""

    host: str
    port: int
    aet: str
    calling_aet: str
    timeout_s: float
    confirm: str
    query_level: str
    commit_wait_s: float = 0.0


class PacsSender:
    """Sends to one PACS.

    Parameters
    ----------
    address : PacsAddress
    """

    def __init__(self, address: PacsAddress) -> None:
        self._address = address

    def exchange(self, store: Sequence[Parcel], ask: Sequence[ObjectReference]) -> Exchange:
        """Send, then ask; see `collega.ports.peers.ResultSink`."""
        heard = _Report()
        with self._associated(_contexts(store), heard) as association:
            reports = dict(_send_all(association, store))
            accepted = [
                item.reference
                for item in store
                if (report := reports.get(item.reference.sop_instance_uid)) and report.outcome is SendOutcome.ACCEPTED
            ]
            wanted = [*accepted, *ask]
            if self._address.confirm == "visible":
                visible, note = self._look_up(association, wanted)
                late = [reference for reference in accepted if reference.sop_instance_uid not in visible]
                if late and not note:
                    # Many a PACS answers a moment before its index knows the object.
                    time.sleep(INDEX_SECONDS)
                    visible |= self._look_up(association, late)[0]
                return Exchange(reports=reports, visible=visible, note=note)
            if self._address.confirm == "committed":
                note = _request_commitment(association, wanted)
                if wanted and not note:
                    heard.wait({one.sop_instance_uid for one in wanted}, association, self._address.commit_wait_s)
                return Exchange(
                    reports=reports, committed=frozenset(heard.done), uncommitted=dict(heard.failed), note=note
                )
            return Exchange(reports=reports)

    @contextlib.contextmanager
    def _associated(self, contexts: Sequence[Context], heard: "_Report") -> Iterator[Association]:
        # Send files as they stand instead of decoding and encoding them.
        _config.STORE_SEND_CHUNKED_DATASET = True
        address = self._address
        entity = caller(address.calling_aet, address.timeout_s)
        entity.maximum_pdu_size = 0
        # Every peer takes it, so that one which refuses all else can say so: without a single context
        # that it takes there is no association, and the PACS would look as if it were away.
        entity.add_requested_context(VERIFICATION)
        for sop_class, syntaxes in contexts:
            entity.add_requested_context(sop_class, list(syntaxes))
        if address.confirm == "visible":
            entity.add_requested_context(STUDY_ROOT_FIND, SYNTAXES)
        if address.confirm == "committed":
            entity.add_requested_context(STORAGE_COMMITMENT, SYNTAXES)

        handlers = [(evt.EVT_N_EVENT_REPORT, heard.take)]
        association = associate(entity, (address.host, address.port), address.aet, handlers)
        if not association.is_established:
            why = "it rejects the association" if association.is_rejected else "no connection"
            message = f"PACS {address.aet} at {address.host}:{address.port}: {why}"
            raise PeerError(message)
        with released(association):
            yield association

    def _look_up(self, association: Association, wanted: Sequence[ObjectReference]) -> tuple[frozenset[str], str]:
        if not wanted or not association.is_established:
            return frozenset(), ""
        if STUDY_ROOT_FIND not in {str(context.abstract_syntax) for context in association.accepted_contexts}:
            return frozenset(), "the PACS offers no query"
        visible: set[str] = set()
        level = self._address.query_level
        for reference in wanted:
            answer = _find(association, reference, level)
            if answer is None and _is_lost(association):
                return frozenset(visible), ""  # no answer is not a refusal
            if answer is None and level == "image":
                level = "series"
                answer = _find(association, reference, level)
            if answer is None:
                return frozenset(visible), "the PACS refuses the query"
            if answer:
                visible.add(reference.sop_instance_uid)
        return frozenset(visible), ""


class _Report:
    """What a PACS reports on the association of our request; taken in the thread of that."""

    def __init__(self) -> None:
        self.done: set[str] = set()
        self.failed: dict[str, int] = {}

    def take(self, event: Event) -> tuple[int, Dataset | None]:
        """Take one N-EVENT-REPORT (PS3.4 J.3.3)."""
        try:
            done, failed = reading(read_commitment_report, event.event_information)
        except MessageError:
            return PROCESSING_FAILURE, None
        self.done.update(done)
        self.failed.update(failed)
        return SUCCESS, None

    def wait(self, wanted: set[str], association: Association, seconds: float) -> None:
        """Stay until there is a word on everything, or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and association.is_established:
            if wanted <= self.done | self.failed.keys():
                return
            time.sleep(POLL_SECONDS)


def _is_lost(association: Association) -> bool:
    """Whether the association has ended while it was in use."""
    return not association.is_established


def _contexts(store: Sequence[Parcel]) -> Sequence[Context]:
    """Give what is to be proposed: for our own objects what we can write, for others' what they are."""
    own = sorted({item.reference.sop_class_uid for item in store if not item.verbatim})
    kinds = sorted({kind for item in store if item.verbatim and (kind := kind_of(item.file))})
    return [(name, SYNTAXES) for name in own] + [(name, (syntax,)) for name, syntax in kinds]


def _untaken(parcel: Parcel, taken: set[tuple[str, str]]) -> str:
    """Say why an object cannot go over this association; empty where it can."""
    sop_class = parcel.reference.sop_class_uid
    name = UID(sop_class).name
    if not parcel.verbatim:
        is_taken = any((sop_class, str(syntax)) in taken for syntax in SYNTAXES)
        return "" if is_taken else f"the PACS takes no {name}"
    kind = kind_of(parcel.file)
    if kind is None:
        return f"the kept file cannot be read: {parcel.file.name}"
    return "" if kind in taken else f"the PACS takes no {name} as {UID(kind[1]).name}, and it is sent unchanged or not"


def _send_all(association: Association, store: Sequence[Parcel]) -> Iterator[tuple[str, SendReport]]:
    taken = {(str(item.abstract_syntax), str(item.transfer_syntax[0])) for item in association.accepted_contexts}
    for parcel in store:
        uid, path = parcel.reference.sop_instance_uid, parcel.file
        if detail := _untaken(parcel, taken):
            yield uid, SendReport(sop_instance_uid=uid, outcome=SendOutcome.REFUSED, status=None, detail=detail)
            continue
        if not association.is_established:
            return
        as_it_stands = parcel.verbatim or (parcel.reference.sop_class_uid, ExplicitVRLittleEndian) in taken
        try:
            answer = association.send_c_store(path if as_it_stands else pydicom.dcmread(path))
        except (OSError, InvalidDicomError) as error:
            # One lost file must not hold up all the others.
            detail = f"the kept file cannot be read ({type(error).__name__}): {path.name}"
            yield uid, SendReport(sop_instance_uid=uid, outcome=SendOutcome.REFUSED, status=None, detail=detail)
            continue
        except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
            return
        if "Status" not in answer:
            return
        status = int(answer.Status)
        detail = f"status {status:04X} {answer.get('ErrorComment', '')}".strip()
        yield uid, SendReport(sop_instance_uid=uid, outcome=outcome_of(status), status=status, detail=detail)


def _find(association: Association, reference: ObjectReference, level: str) -> bool | None:
    """Ask for one object: found, not found, or None where the PACS does not answer such a query.

    Each result has a series of its own, so that its series stands for it where a PACS has no
    IMAGE level.
    """
    query = Dataset()
    query.QueryRetrieveLevel = level.upper()
    query.StudyInstanceUID = reference.study_instance_uid
    query.SeriesInstanceUID = reference.series_instance_uid
    if level == "image":
        query.SOPInstanceUID = reference.sop_instance_uid
    found = False
    try:
        for status, identifier in association.send_c_find(query, STUDY_ROOT_FIND):
            if "Status" not in status:
                return None
            if status.Status in PENDING and identifier is not None:
                found = found or _matches(identifier, query)
            elif status.Status not in PENDING and status.Status != SUCCESS:
                return None
    except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
        return None
    return found


def _matches(identifier: Dataset, query: Dataset) -> bool:
    """Hold the answer against the question: a PACS that ignores a key answers with everything."""
    keyword = "SOPInstanceUID" if "SOPInstanceUID" in query else "SeriesInstanceUID"
    return str(identifier.get(keyword, "")) == str(query[keyword].value)


def _request_commitment(association: Association, wanted: Sequence[ObjectReference]) -> str:
    """Ask to commit; the answer comes later, on this association or to our port."""
    if not wanted or not association.is_established:
        return ""
    if STORAGE_COMMITMENT not in {str(context.abstract_syntax) for context in association.accepted_contexts}:
        return "the PACS offers no storage commitment"
    information = Dataset()
    # A new one each time: of one that it has seen before a PACS may want to hear nothing (0131).
    information.TransactionUID = UID(f"{OWN_UID_ROOT}{uuid4().int}")
    information.ReferencedSOPSequence = [_referenced(reference) for reference in wanted]
    status, _ = association.send_n_action(information, 1, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE)
    return "" if "Status" in status and status.Status == 0x0000 else "the PACS refuses storage commitment"


def _referenced(reference: ObjectReference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return item
