"""Messages of modalities and archives beside images: data sets as they stand on the wire."""

from collections.abc import Mapping, Sequence

from pydicom.dataset import Dataset

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"

# Series UID -> the objects of it.
Named = Mapping[str, Sequence[str]]


def reference(uid: str, **values: str) -> Dataset:
    """Make one item of a sequence of references."""
    return item(ReferencedSOPClassUID=CT_IMAGE, ReferencedSOPInstanceUID=uid, **values)


def item(**values: object) -> Dataset:
    """Make a data set of some elements."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def new_step(*study_uids: str, **values: object) -> Dataset:
    """N-CREATE of a performed procedure step (PS3.4 F.7.2.1); ``values`` replace elements."""
    made = item(
        PerformedProcedureStepStatus="IN PROGRESS",
        PerformedProcedureStepID="PPS1",
        PerformedStationAETitle="CT1",
        PerformedProcedureStepStartDate="20260302",
        PerformedProcedureStepStartTime="093000",
        PerformedProcedureStepEndDate="",
        PerformedProcedureStepEndTime="",
        Modality="CT",
        PatientName="",
        PatientID="",
        PerformedSeriesSequence=[],
        ScheduledStepAttributesSequence=[item(StudyInstanceUID=uid, AccessionNumber="") for uid in study_uids],
    )
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def step_change(state: str, series: Named, others: Named | None = None) -> Dataset:
    """N-SET of a performed procedure step (PS3.4 F.7.2.2): images, and other objects of the same series."""
    return item(
        PerformedProcedureStepStatus=state,
        PerformedProcedureStepEndDate="20260302",
        PerformedProcedureStepEndTime="093500",
        PerformedSeriesSequence=[
            item(
                SeriesInstanceUID=uid,
                RetrieveAETitle="",
                SeriesDescription="",
                ReferencedImageSequence=[reference(one) for one in objects],
                ReferencedNonImageCompositeSOPInstanceSequence=[reference(one) for one in (others or {}).get(uid, ())],
            )
            for uid, objects in series.items()
        ],
    )


def availability(study_uid: str, series: Mapping[str, Mapping[str, str]]) -> Dataset:
    """Instance Availability Notification (PS3.4 R.3.2): the availability of each object, by series."""
    return item(
        StudyInstanceUID=study_uid,
        ReferencedPerformedProcedureStepSequence=[],
        ReferencedSeriesSequence=[
            item(
                SeriesInstanceUID=uid,
                ReferencedSOPSequence=[
                    reference(one, InstanceAvailability=said, RetrieveAETitle="PACS") for one, said in objects.items()
                ],
            )
            for uid, objects in series.items()
        ],
    )


def commitment_request(transaction_uid: str, objects: Sequence[str]) -> Dataset:
    """Storage commitment request (PS3.4 table J.3-1)."""
    return item(TransactionUID=transaction_uid, ReferencedSOPSequence=[reference(uid) for uid in objects])
