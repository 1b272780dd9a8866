"""Asking a PACS what it has (C-FIND, study root) and to send it (C-MOVE): PS3.4 C.4.1, C.4.2, C.6.2."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID
from pynetdicom.association import Association

from collega.adapters.dimse.associate import associate, caller, released
from collega.adapters.dimse.sender import PENDING, STUDY_ROOT_FIND, SUCCESS, SYNTAXES
from collega.errors import PeerError, RefusedError
from collega.formats.dicom_study import DERIVED_MODALITIES, study_start
from collega.model.coverage import Moved, PacsCount, PacsSeries, PacsStudy
from collega.model.study import Attribute, age_years

STUDY_ROOT_MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
# A PACS may send a whole study before it says a word.
MOVE_PATIENCE = 10
UNKNOWN_DESTINATION = 0xA801

STUDY_KEYS = (
    "StudyTime",
    "AccessionNumber",
    "StudyInstanceUID",
    "StudyDescription",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
    "PatientBirthDate",
    "PatientSex",
    "TimezoneOffsetFromUTC",
)
# Attribute in the names of the routing rules -> the key that a PACS may answer at series level.
SERIES_ATTRIBUTES: Mapping[str, str] = {
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "series_description": "SeriesDescription",
    "protocol_name": "ProtocolName",
    "manufacturer": "Manufacturer",
}


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
                for study in map(self._study, answers):
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
                answers = [answer for answer in everything if str(answer.get("StudyInstanceUID", uid)) == uid]
                if answers:
                    told = [_series(answer) for answer in answers]
                    found[uid] = [item for item in told if item.attributes["modality"] not in DERIVED_MODALITIES]
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
                told = [_series(answer) for answer in series if str(answer.get("StudyInstanceUID", uid)) == uid]
                sums = next((one for one in studies if str(one.get("StudyInstanceUID", "")) == uid), Dataset())
                if told:
                    found[uid] = _counted(told, sums)
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

    def _study(self, answer: Dataset) -> PacsStudy:
        attributes: dict[str, Attribute] = {
            "study_description": _text(answer, "StudyDescription"),
            "sex": _text(answer, "PatientSex"),
            "age_years": age_years(_text(answer, "PatientBirthDate") or "", _text(answer, "StudyDate") or "", ""),
        }
        return PacsStudy(
            study_instance_uid=_text(answer, "StudyInstanceUID") or "",
            accession_number=_text(answer, "AccessionNumber") or "",
            study_date=_text(answer, "StudyDate") or "",
            study_at=study_start(answer, self._address.zone),
            modalities=_texts(answer, "ModalitiesInStudy"),
            attributes=attributes,
            instances=_number(answer, "NumberOfStudyRelatedInstances"),
        )


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
    for keyword in ("SeriesInstanceUID", "NumberOfSeriesRelatedInstances", *SERIES_ATTRIBUTES.values()):
        setattr(question, keyword, None)
    return question


def _sums_question(study_instance_uid: str) -> Dataset:
    question = Dataset()
    question.QueryRetrieveLevel = "STUDY"
    question.StudyInstanceUID = study_instance_uid
    question.NumberOfStudyRelatedSeries = question.NumberOfStudyRelatedInstances = None
    return question


def _counted(series: Sequence[PacsSeries], sums: Dataset) -> PacsCount:
    numbers = [item.instances for item in series]
    images = [item for item in series if item.attributes["modality"] not in DERIVED_MODALITIES]
    return PacsCount(
        images={item.series_instance_uid: item.instances for item in images if item.series_instance_uid},
        all_series=len(series),
        all_instances=None if None in numbers else sum(number or 0 for number in numbers),
        said_series=_number(sums, "NumberOfStudyRelatedSeries"),
        said_instances=_number(sums, "NumberOfStudyRelatedInstances"),
    )


def _series(answer: Dataset) -> PacsSeries:
    return PacsSeries(
        series_instance_uid=_text(answer, "SeriesInstanceUID") or "",
        attributes={name: _text(answer, keyword) for name, keyword in SERIES_ATTRIBUTES.items()},
        instances=_number(answer, "NumberOfSeriesRelatedInstances"),
    )


def _text(answer: Dataset, keyword: str) -> str | None:
    """Text of an element; None where it is absent or empty, which a query does not tell apart."""
    return str(answer.get(keyword) or "").replace("\x00", "").strip() or None


def _texts(answer: Dataset, keyword: str) -> tuple[str, ...]:
    value = answer.get(keyword)
    values = value if isinstance(value, MultiValue | list) else [value]
    return tuple(str(item).strip() for item in values if item)


def _number(answer: Dataset, keyword: str) -> int | None:
    text = _text(answer, keyword)
    return int(text) if text and text.isdecimal() else None


def _problem(status: int, destination: str, failed: int) -> str:
    """Say what is wrong with an ended C-MOVE (PS3.4 table C.4-2); empty where nothing is."""
    if status == UNKNOWN_DESTINATION:
        return f"the PACS knows no address for {destination} (status A801)"
    if status != SUCCESS:
        return f"the PACS did not send it all (status {status:04X}, {failed} failed)"
    return ""
