"""References to other objects: the SOP Instance Reference macros (PS3.3 10.8, C.17.2.1, C.18.3)."""

from collections.abc import Iterable, Mapping

from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.model.result import ObjectReference


def reference_of(source: Dataset) -> ObjectReference:
    """Where ``source`` stands."""
    return ObjectReference(
        study_instance_uid=str(source.StudyInstanceUID),
        series_instance_uid=str(source.SeriesInstanceUID),
        sop_class_uid=str(source.SOPClassUID),
        sop_instance_uid=str(source.SOPInstanceUID),
    )


def instance_item(reference: ObjectReference) -> Dataset:
    """Item of a Referenced SOP Sequence."""
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return item


def hierarchy(references: Iterable[ObjectReference]) -> list[Dataset]:
    """Items by study and series, in the order in which they first appear (C.17.2.1)."""
    studies: dict[str, dict[str, list[Dataset]]] = {}
    for reference in references:
        series = studies.setdefault(reference.study_instance_uid, {})
        series.setdefault(reference.series_instance_uid, []).append(instance_item(reference))
    return [_study_item(uid, series) for uid, series in studies.items()]


def _study_item(uid: str, series: Mapping[str, list[Dataset]]) -> Dataset:
    study = Dataset()
    study.StudyInstanceUID = uid
    study.ReferencedSeriesSequence = [_series_item(key, items) for key, items in series.items()]
    return study


def _series_item(uid: str, items: list[Dataset]) -> Dataset:
    item = Dataset()
    item.SeriesInstanceUID = uid
    item.ReferencedSOPSequence = items
    return item


def by_uid(sources: Iterable[Dataset]) -> dict[str, Dataset]:
    """Return the sources by SOP Instance UID."""
    return {str(source.SOPInstanceUID): source for source in sources}


def cited(uids: Iterable[str], known: Mapping[str, Dataset]) -> list[Dataset]:
    """Return the sources that a finding names.

    Raises
    ------
    InputError
        The finding names an image that was not analysed.
    """
    names = list(uids)
    missing = [uid for uid in names if uid not in known]
    if missing:
        message = f"{len(missing)} of {len(names)} images named by a finding were not analysed, such as {missing[0]}"
        raise InputError(message)
    return [known[uid] for uid in names]
