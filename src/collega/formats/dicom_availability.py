"""Instance Availability Notification: which of our results can be had, and where (PS3.3 C.4.23, PS3.4 R.3.2)."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from collega.model.availability import Available
from collega.model.result import ObjectReference

ONLINE = "ONLINE"


def availability(said: Available) -> Dataset:
    """Write the attributes of N-CREATE."""
    dataset = Dataset()
    dataset.ReferencedPerformedProcedureStepSequence = []  # type 2: no procedure step made these
    dataset.StudyInstanceUID = said.study_instance_uid
    by_series: dict[str, list[ObjectReference]] = {}
    for item in said.objects:
        by_series.setdefault(item.series_instance_uid, []).append(item)
    dataset.ReferencedSeriesSequence = [
        _series(uid, members, said.retrieve_aet) for uid, members in sorted(by_series.items())
    ]
    return dataset


def _series(uid: str, members: Sequence[ObjectReference], retrieve_aet: str) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = uid
    series.ReferencedSOPSequence = [_object(item, retrieve_aet) for item in members]
    return series


def _object(item: ObjectReference, retrieve_aet: str) -> Dataset:
    one = Dataset()
    one.ReferencedSOPClassUID = item.sop_class_uid
    one.ReferencedSOPInstanceUID = item.sop_instance_uid
    one.InstanceAvailability = ONLINE
    one.RetrieveAETitle = retrieve_aet
    return one
