"""Reading what others say of a study: performed procedure steps, availability, lists of objects.

Only what evidence is made of is read, and held to the standard; what else a message holds, or lacks, is
its sender's and the information system's business.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import NoReturn, TypeVar

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from collega.errors import MessageError
from collega.formats.dicom_acquired import dicom_moment
from collega.formats.dicom_study import UNREADABLE
from collega.model.commitment import NO_REASON
from collega.model.evidence import SeriesSaid
from collega.model.merge import Identity
from collega.model.procedure_step import StepSaid, StepState

T = TypeVar("T")
# UI holds digits and dots (PS3.5 9.1); odd UIDs of old devices are taken, as they are in images.
UID = re.compile(r"[0-9A-Za-z._-]{1,64}")
# PS3.3 C.4.16 lists objects that are images and others in sequences of their own.
REFERENCES = ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence")
# Instance Availability (0008,0056), PS3.3 C.4.23: whether the object can be had now.
WITHIN_REACH = {"ONLINE": True, "NEARLINE": True, "OFFLINE": False, "UNAVAILABLE": False}
LONGEST_NAME = 40


def reading(read: Callable[[Dataset], T], dataset: Dataset | None) -> T:
    """Read a data set; damage that pydicom meets on its way is told as one error.

    Raises
    ------
    MessageError
        ``unreadable``, or what ``read`` finds.
    """
    try:
        return read(Dataset() if dataset is None else dataset)
    except UNREADABLE as error:
        code, text = "unreadable", "the data set cannot be read"
        raise MessageError(code, text) from error


def read_new_step(dataset: Dataset) -> StepSaid:
    """Read the attributes of N-CREATE (PS3.4 F.7.2.1, table F.7.2-1).

    Raises
    ------
    MessageError
        ``missing-attribute``, ``wrong-value``.
    """
    studies = [
        _uid(item, "StudyInstanceUID") for item in _items(dataset, "ScheduledStepAttributesSequence", required=True)
    ]
    state = _state(dataset)
    if state is None:
        _lack("PerformedProcedureStepStatus")
    if state is not StepState.IN_PROGRESS:
        _reject("PerformedProcedureStepStatus")
    series = _performed_series(dataset)
    return StepSaid(
        state=state,
        study_instance_uids=tuple(dict.fromkeys(studies)),
        series=series,
        began=_moment(dataset, "Start"),
        patient=Identity(_text(dataset, "IssuerOfPatientID"), _text(dataset, "PatientID")),
    )


def read_step_change(dataset: Dataset) -> StepSaid:
    """Read the modifications of N-SET (PS3.4 F.7.2.2); `MessageError` as for N-CREATE."""
    return StepSaid(state=_state(dataset), series=_performed_series(dataset), ended=_moment(dataset, "End"))


def read_availability(dataset: Dataset) -> tuple[str, tuple[SeriesSaid, ...]]:
    """Read an Instance Availability Notification (PS3.4 R.3.2): the study, and what of it can be had.

    Raises
    ------
    MessageError
        ``missing-attribute``, ``wrong-value``.
    """
    study = _uid(dataset, "StudyInstanceUID")
    series = [
        SeriesSaid(series_instance_uid=_uid(item, "SeriesInstanceUID"), sop_instance_uids=tuple(_within_reach(item)))
        for item in _items(dataset, "ReferencedSeriesSequence", required=True)
    ]
    return study, tuple(one for one in series if one.sop_instance_uids)


def read_commitment_request(dataset: Dataset) -> tuple[str, tuple[str, ...]]:
    """Read Transaction UID and the objects of a storage commitment request (PS3.4 table J.3-1)."""
    transaction = _uid(dataset, "TransactionUID")
    return transaction, tuple(_references(dataset, "ReferencedSOPSequence", required=True))


def read_commitment_report(dataset: Dataset) -> tuple[tuple[str, ...], dict[str, int]]:
    """Read the objects of a storage commitment report, done and failed with their reasons (PS3.4 table J.3-2)."""
    done = _references(dataset, "ReferencedSOPSequence")
    failed = {_uid(item, "ReferencedSOPInstanceUID"): _reason(item) for item in _items(dataset, "FailedSOPSequence")}
    return tuple(done), failed


def is_uid(text: str) -> bool:
    """Tell whether a UID is one that can be kept and compared."""
    return UID.fullmatch(text) is not None


def _within_reach(series: Dataset) -> Iterator[str]:
    for item in _items(series, "ReferencedSOPSequence", required=True):
        uid, said = _uid(item, "ReferencedSOPInstanceUID"), _text(item, "InstanceAvailability")
        if not said:
            _lack("InstanceAvailability")
        if said not in WITHIN_REACH:
            _reject("InstanceAvailability")
        if WITHIN_REACH[said]:
            yield uid


def _reason(item: Dataset) -> int:
    """Failure Reason (0008,1197); 0 where there is none, which is no reason to hear nothing."""
    text = _text(item, "FailureReason")
    return int(text) if text.isdecimal() else NO_REASON


def _moment(dataset: Dataset, which: str) -> str:
    """Date and time of a step as they are written; what is no moment says nothing, and refuses nothing."""
    day, time = (_text(dataset, f"PerformedProcedureStep{which}{part}") for part in ("Date", "Time"))
    return day + time if dicom_moment(day + time, UTC) else ""


def _state(dataset: Dataset) -> StepState | None:
    said = _text(dataset, "PerformedProcedureStepStatus")
    if said and said not in list(StepState):
        _reject("PerformedProcedureStepStatus")
    return StepState(said) if said else None


def _performed_series(dataset: Dataset) -> tuple[SeriesSaid, ...] | None:
    if "PerformedSeriesSequence" not in dataset:
        return None
    series = [
        SeriesSaid(
            series_instance_uid=_uid(item, "SeriesInstanceUID"),
            sop_instance_uids=tuple(uid for keyword in REFERENCES for uid in _references(item, keyword)),
        )
        for item in _items(dataset, "PerformedSeriesSequence")
    ]
    return tuple(series)


def _references(dataset: Dataset, keyword: str, *, required: bool = False) -> Iterator[str]:
    for item in _items(dataset, keyword, required=required):
        yield _uid(item, "ReferencedSOPInstanceUID")


def _items(dataset: Dataset, keyword: str, *, required: bool = False) -> Sequence:
    value = dataset.get(keyword)
    if not value:
        if required:
            _lack(keyword)
        return Sequence()
    if not isinstance(value, Sequence):
        _reject(keyword)
    return value


def _uid(dataset: Dataset, keyword: str) -> str:
    uid = _text(dataset, keyword)
    if not uid:
        _lack(keyword)
    if not is_uid(uid):
        _reject(keyword)
    return uid


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "").replace("\x00", "").strip()


def _lack(keyword: str) -> NoReturn:
    code, text = "missing-attribute", f"{keyword[:LONGEST_NAME]} is missing or empty"
    raise MessageError(code, text)


def _reject(keyword: str) -> NoReturn:
    code, text = "wrong-value", f"{keyword[:LONGEST_NAME]} holds no such value"
    raise MessageError(code, text)
