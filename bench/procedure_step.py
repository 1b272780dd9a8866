"""A modality that tells what it has made: performed procedure step, in progress and completed (PS3.4 F.7)."""

from collections.abc import Sequence

from bench.scanner import RefusedError
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.association import Association

from collega.model.ids import stable_uid

STEP = "1.2.840.10008.3.1.2.3.3"  # Modality Performed Procedure Step (PS3.4 F.7.3)
SUCCESS = 0x0000


def in_progress(association: Association, images: Sequence[Dataset]) -> str:
    """Send N-CREATE with what PS3.4 table F.7.2-1 asks of a modality; gives the UID of the step.

    Raises
    ------
    RefusedError
        The peer does not take it.
    """
    first = images[0]
    step = Dataset()
    step.ScheduledStepAttributesSequence = [_scheduled(first)]
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "Modality"):
        setattr(step, keyword, first.get(keyword))
    step.ReferencedPatientSequence = []
    step.PerformedProcedureStepID, step.PerformedStationAETitle = "1", "BENCH"
    step.PerformedStationName = step.PerformedLocation = None
    step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime = first.StudyDate, first.StudyTime
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.PerformedProcedureStepDescription = step.PerformedProcedureTypeDescription = None
    step.PerformedProcedureStepEndDate = step.PerformedProcedureStepEndTime = None
    step.ProcedureCodeSequence, step.PerformedProtocolCodeSequence = [], []
    step.PerformedSeriesSequence = []
    uid = stable_uid("bench step", str(first.StudyInstanceUID))
    answer, _ = association.send_n_create(step, STEP, UID(uid))
    _check(answer, "N-CREATE")
    return uid


def completed(association: Association, step_uid: str, images: Sequence[Dataset]) -> None:
    """Send N-SET that names every image, those too that are still to be sent; raises as `in_progress`."""
    first = images[0]
    step = Dataset()
    step.PerformedProcedureStepStatus = "COMPLETED"
    step.PerformedProcedureStepEndDate, step.PerformedProcedureStepEndTime = first.StudyDate, first.StudyTime
    step.PerformedSeriesSequence = [_performed(images)]
    answer, _ = association.send_n_set(step, STEP, UID(step_uid))
    _check(answer, "N-SET")


def _scheduled(first: Dataset) -> Dataset:
    item = Dataset()
    item.StudyInstanceUID = first.StudyInstanceUID
    item.AccessionNumber = first.AccessionNumber
    item.ReferencedStudySequence, item.ScheduledProtocolCodeSequence = [], []
    for keyword in (
        "RequestedProcedureID", "RequestedProcedureDescription", "ScheduledProcedureStepID",
        "ScheduledProcedureStepDescription",
    ):  # fmt: skip
        setattr(item, keyword, None)
    return item


def _performed(images: Sequence[Dataset]) -> Dataset:
    first = images[0]
    series = Dataset()
    series.SeriesInstanceUID, series.ProtocolName = first.SeriesInstanceUID, "bench"
    series.SeriesDescription = first.SeriesDescription
    series.PerformingPhysicianName = series.OperatorsName = series.RetrieveAETitle = None
    series.ReferencedImageSequence = [_reference(image) for image in images]
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    return series


def _reference(image: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return item


def _check(answer: Dataset, what: str) -> None:
    if answer.get("Status") != SUCCESS:
        message = f"{what} was answered with status {answer.get('Status')}"
        raise RefusedError(message)
