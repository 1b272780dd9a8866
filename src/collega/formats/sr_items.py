"""Content items in the few forms that our documents use (PS3.3 C.17.3)."""

from collections.abc import Iterable

from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContainerContentItem,
    ContentSequence,
    ImageContentItem,
    Measurement,
    TextContentItem,
)
from highdicom.sr.enum import RelationshipTypeValues
from highdicom.sr.value_types import ContentItem
from pydicom.dataset import Dataset

from collega.formats.dicom_codes import SOURCE
from collega.model.code import Code

CONTAINS = RelationshipTypeValues.CONTAINS
CONTEXT = RelationshipTypeValues.HAS_ACQ_CONTEXT


def coded(code: Code) -> CodedConcept:
    """Code Sequence item (PS3.3 section 8.8)."""
    return CodedConcept(value=code.value, scheme_designator=code.scheme, meaning=code.meaning)


def code_item(name: Code, value: Code, relationship: RelationshipTypeValues = CONTAINS) -> CodeContentItem:
    """CODE, such as Presence = Absent."""
    return CodeContentItem(name=coded(name), value=coded(value), relationship_type=relationship)


def text_item(name: Code, value: str) -> TextContentItem:
    """TEXT that the parent contains."""
    return TextContentItem(name=coded(name), value=value, relationship_type=CONTAINS)


def image_item(source: Dataset) -> ImageContentItem:
    """IMAGE that names ``source`` as what was looked at."""
    return ImageContentItem(
        name=coded(SOURCE),
        referenced_sop_class_uid=source.SOPClassUID,
        referenced_sop_instance_uid=source.SOPInstanceUID,
        relationship_type=CONTAINS,
    )


def container(name: Code, items: Iterable[ContentItem]) -> ContainerContentItem:
    """CONTAINER within another one."""
    item = ContainerContentItem(name=coded(name), relationship_type=CONTAINS)
    item.ContentSequence = ContentSequence(list(items))
    return item


def number(name: Code, value: float, text: str, unit: Code) -> Measurement:
    """NUM whose Numeric Value is spelled ``text``; Floating Point Value holds ``value`` in full (C.18.1)."""
    measurement = Measurement(name=coded(name), value=float(value), unit=coded(unit))
    measurement[0].MeasuredValueSequence[0].NumericValue = text
    return measurement
