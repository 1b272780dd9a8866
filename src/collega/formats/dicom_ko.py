"""Rejection notes: key object selections that take back what was delivered (PS3.3 A.35.4, IHE IOCM)."""

from collections.abc import Sequence

from highdicom.sr import ContentSequence
from highdicom.sr.value_types import CompositeContentItem, ContainerContentItem, ContentItem, ImageContentItem
from pydicom.dataset import Dataset
from pydicom.uid import KeyObjectSelectionDocumentStorage

from collega.errors import InputError
from collega.formats.dicom_codes import KEY_OBJECT_DESCRIPTION, REJECTED, SOURCE
from collega.formats.dicom_header import PLATFORM, explicit_little_endian, finish
from collega.formats.dicom_references import hierarchy
from collega.formats.sr_items import CONTAINS, coded, text_item
from collega.formats.sr_observer import observer
from collega.model.code import Text
from collega.model.result import ObjectIdentity, ObjectReference

# Storage classes of structured reports and key objects start with this (PS3.4 B.5).
DOCUMENT_CLASSES = "1.2.840.10008.5.1.4.1.1.88."


def rejection_note(
    references: Sequence[ObjectReference], reason: Text, identity: ObjectIdentity, sources: Sequence[Dataset]
) -> Dataset:
    """Key object selection "Rejected for Quality Reasons" (113001, DCM) over ``references``.

    Parameters
    ----------
    references : sequence of ObjectReference
        The results to take back, of the study of ``sources``.
    reason : Text
        Why, in words that a reader understands.

    Raises
    ------
    InputError
        Nothing is referenced, or something of another study.
    """
    study = {str(source.StudyInstanceUID) for source in sources}
    if {reference.study_instance_uid for reference in references} != study:
        message = "a rejection note needs references to objects of its own study"
        raise InputError(message)
    dataset = Dataset()
    for element in _content(references, reason.in_language(identity.language), identity.language):
        dataset.add(element)
    dataset.SOPClassUID = KeyObjectSelectionDocumentStorage
    dataset.Modality = "KO"
    dataset.CurrentRequestedProcedureEvidenceSequence = hierarchy(references)
    dataset.ReferencedPerformedProcedureStepSequence = []
    finish(dataset, app=PLATFORM, identity=identity, sources=sources)
    explicit_little_endian(dataset)
    return dataset


def _content(references: Sequence[ObjectReference], reason: str, language: str) -> ContainerContentItem:
    """Key Object Selection (PS3.16 TID 2010)."""
    root = ContainerContentItem(name=coded(REJECTED), template_id="2010")
    objects = [_reference_item(reference) for reference in references]
    described = [*observer(PLATFORM, language), text_item(KEY_OBJECT_DESCRIPTION, reason)]
    root.ContentSequence = ContentSequence([*described, *objects])
    for item in objects:
        # highdicom builds no item without a concept name; TID 2010 gives these none.
        del item.ConceptNameCodeSequence
    return root


def _reference_item(reference: ObjectReference) -> ContentItem:
    """IMAGE, or COMPOSITE for a document."""
    is_document = reference.sop_class_uid.startswith(DOCUMENT_CLASSES)
    return (CompositeContentItem if is_document else ImageContentItem)(
        name=coded(SOURCE),
        referenced_sop_class_uid=reference.sop_class_uid,
        referenced_sop_instance_uid=reference.sop_instance_uid,
        relationship_type=CONTAINS,
    )
