import pytest
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage, SecondaryCaptureImageStorage

from collega.errors import InputError
from collega.formats.dicom_ko import rejection_note
from collega.formats.dicom_write import encode
from collega.model.code import Text
from collega.model.result import ObjectIdentity, ObjectReference

REASON = Text(en="made with a faulty version", nl="gemaakt met een foute versie")


@pytest.fixture
def references(film: Dataset) -> list[ObjectReference]:
    return [
        ObjectReference(
            study_instance_uid=film.StudyInstanceUID,
            series_instance_uid=f"2.25.{number}",
            sop_class_uid=sop_class,
            sop_instance_uid=f"2.25.9{number}",
        )
        for number, sop_class in enumerate((Comprehensive3DSRStorage, SecondaryCaptureImageStorage), start=1)
    ]


def test_the_note_names_what_it_takes_back(
    film: Dataset, identity: ObjectIdentity, references: list[ObjectReference]
) -> None:
    note = rejection_note(references, REASON, identity, [film])
    assert note.ConceptNameCodeSequence[0].CodeValue == "113001"
    items = note.ContentSequence[-2:]
    assert [item.ValueType for item in items] == ["COMPOSITE", "IMAGE"]
    assert [item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in items] == ["2.25.91", "2.25.92"]
    assert all("ConceptNameCodeSequence" not in item for item in items)
    evidence = note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert [series.SeriesInstanceUID for series in evidence] == ["2.25.1", "2.25.2"]
    assert REASON.nl in [item.get("TextValue") for item in note.ContentSequence]
    assert encode(note) == encode(rejection_note(references, REASON, identity, [film]))


def test_a_note_over_nothing_or_over_another_study_is_refused(
    film: Dataset, slices: list[Dataset], identity: ObjectIdentity, references: list[ObjectReference]
) -> None:
    with pytest.raises(InputError):
        rejection_note([], REASON, identity, [film])
    with pytest.raises(InputError):
        rejection_note(references, REASON, identity, slices)
