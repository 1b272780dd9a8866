"""Asking a PACS what it has (C-FIND, study root) and to send it (C-MOVE): PS3.4 C.4.1, C.4.2, C.6.2."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.association import Association

from collega.adapters.dimse.associate import associate, caller, released
from collega.adapters.dimse.sender import PENDING, STUDY_ROOT_FIND, SUCCESS, SYNTAXES
from collega.errors import PeerError, RefusedError
from collega.formats.dicom_found import SERIES_KEYS, STUDY_KEYS, SUMS, counted, found_series, found_study, of_images
from collega.model.coverage import Moved, PacsCount, PacsSeries, PacsStudy

STUDY_ROOT_MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
# A PACS may send a whole study before it says a word.
MOVE_PATIENCE = 10
UNKNOWN_DESTINATION = 0xA801


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryAddress:
    """Where a PACS answers queries, and how long to wait for it; ``zone`` is that of its times."""

    host: str
    port: int
    aet: str
    calling_aet: str
    timeout_s: float
    zone: ZoneInfo


class PacsReader:
    """Asks one PACS; see `collega.ports.peers.PacsQuery`. Every call blocks.

    Parameters
    ----------
    address : QueryAddress
    """

    def __init__(self, address: QueryAddress) -> None:
        self._address = address

    def studies(self, first: date, last: date) -> Sequence[PacsStudy]:
        """List the studies of some days, both included; each day is a question of its own."""
        found: dict[str, PacsStudy] = {}
        with self._associated(STUDY_ROOT_FIND) as association:
            for number in range((last - first).days + 1):
                day = f"{first + timedelta(days=number):%Y%m%d}"
                try:
                    answers = self._find(association, _study_question(day))
                except RefusedError as error:
                    raise PeerError(str(error)) from error
                for study in (found_study(answer, self._address.zone) for answer in answers):
                    # A PACS that ignores the date answers with everything it has.
                    if study.study_instance_uid and study.study_date == day:
                        found[study.study_instance_uid] = study
        return list(found.values())

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies; a study for which the PACS names no series is left out."""
        found: dict[str, Sequence[PacsSeries]] = {}
        if not study_instance_uids:
            return found
        with self._associated(STUDY_ROOT_FIND) as association:
            for uid in study_instance_uids:
                try:
                    everything = self._find(association, _series_question(uid))
                except RefusedError:  # a PACS without a SERIES level: what it does not tell is in doubt
                    return found
                if told := found_series(everything, uid):
                    found[uid] = of_images(told)
        return found

    def counts(self, study_instance_uids: Sequence[str]) -> Mapping[str, PacsCount]:
        """Count the objects of studies (PS3.4 C.3.4: (0020,1206), (0020,1208), (0020,1209)), over one association."""
        found: dict[str, PacsCount] = {}
        with self._associated(STUDY_ROOT_FIND) as association:
            for uid in study_instance_uids:
                try:
                    series = self._find(association, _series_question(uid))
                    studies = self._find(association, _sums_question(uid))
                except RefusedError as error:
                    raise PeerError(str(error)) from error
                if told := found_series(series, uid):
                    found[uid] = counted(told, studies, uid)
        return found

    def move(self, study_instance_uid: str, destination: str) -> Moved:
        """Have the PACS send a study to an AE title that it knows."""
        question = Dataset()
        question.QueryRetrieveLevel = "STUDY"
        question.StudyInstanceUID = study_instance_uid
        return self._move(question, destination)

    def _move(self, question: Dataset, destination: str) -> Moved:
        last = None
        # RuntimeError is pynetdicom's word for an association that has ended.
        with self._associated(STUDY_ROOT_MOVE) as association, contextlib.suppress(RuntimeError):
            for status, _ in association.send_c_move(question, destination, STUDY_ROOT_MOVE):
                last = status if "Status" in status else None
        if last is None:
            message = f"{self._name}: it ended the association while it was to send a study"
            raise PeerError(message)
        completed = int(last.get("NumberOfCompletedSuboperations") or 0)
        failed = int(last.get("NumberOfFailedSuboperations") or 0)
        return Moved(completed=completed, failed=failed, problem=_problem(int(last.Status), destination, failed))

    @property
    def _name(self) -> str:
        return f"PACS {self._address.aet} at {self._address.host}:{self._address.port}"

    @contextlib.contextmanager
    def _associated(self, sop_class: UID) -> Iterator[Association]:
        address = self._address
        patience = MOVE_PATIENCE if sop_class == STUDY_ROOT_MOVE else 1
        entity = caller(address.calling_aet, address.timeout_s, patience=patience)
        entity.add_requested_context(sop_class, SYNTAXES)
        association = associate(entity, (address.host, address.port), address.aet)
        if not association.is_established:
            why = "it rejects the association" if association.is_rejected else "no connection"
            if association.is_aborted and association.rejected_contexts:
                why = f"it offers no {sop_class.name}"
            message = f"{self._name}: {why}"
            raise PeerError(message)
        with released(association):
            yield association

    def _find(self, association: Association, question: Dataset) -> list[Dataset]:
        """Collect the answers to one question; anything but a clean end is an error, never a short list."""
        answers = []
        try:
            for status, identifier in association.send_c_find(question, STUDY_ROOT_FIND):
                if "Status" not in status:
                    message = f"{self._name}: no answer to a query"
                    raise PeerError(message)
                if status.Status in PENDING and identifier is not None:
                    answers.append(identifier)
                elif status.Status != SUCCESS:
                    message = f"{self._name}: it answers a query with status {int(status.Status):04X}"
                    raise RefusedError(message)
        except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
            message = f"{self._name}: it ended the association during a query"
            raise PeerError(message) from None
        return answers


def _study_question(day: str) -> Dataset:
    question = Dataset()
    question.QueryRetrieveLevel = "STUDY"
    for keyword in STUDY_KEYS:
        setattr(question, keyword, None)
    question.StudyDate = day
    return question


def _series_question(study_instance_uid: str) -> Dataset:
    question = Dataset()
    question.QueryRetrieveLevel = "SERIES"
    question.StudyInstanceUID = study_instance_uid
    for keyword in SERIES_KEYS:
        setattr(question, keyword, None)
    return question


def _sums_question(study_instance_uid: str) -> Dataset:
    question = Dataset()
    question.QueryRetrieveLevel = "STUDY"
    question.StudyInstanceUID = study_instance_uid
    for keyword in SUMS:
        setattr(question, keyword, None)
    return question


def _problem(status: int, destination: str, failed: int) -> str:
    """Say what is wrong with an ended C-MOVE (PS3.4 table C.4-2); empty where nothing is."""
    if status == UNKNOWN_DESTINATION:
        return f"the PACS knows no address for {destination} (status A801)"
    if status != SUCCESS:
        return f"the PACS did not send it all (status {status:04X}, {failed} failed)"
    return ""
