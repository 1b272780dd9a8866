"""Values without a meaning, for attributes that may not be empty (PS3.15 table E.1-1a, D)."""

from collections.abc import Mapping

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from collega.formats.dicom_deid.values import Element

REMOVED = "REMOVED"
OLDEST = "090Y"
DUMMIES: Mapping[str, object] = {
    "AS": "000Y",
    "CS": REMOVED,
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "PN": REMOVED,
    "UR": "about:blank",
    **dict.fromkeys(("AE", "LO", "LT", "SH", "ST", "UC", "UT"), REMOVED),
    **dict.fromkeys(("FD", "FL"), 0.0),
    **dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), 0),
    **dict.fromkeys(("OB", "OD", "OF", "OL", "OV", "OW", "UN"), bytes(8)),
}


def dummy(tag: BaseTag, vr: str) -> DataElement:
    """Give an element with the dummy of its VR; empty where the VR has none."""
    return DataElement(tag, vr, DUMMIES.get(vr))


def dummy_among(tag: BaseTag, vr: str, words: list[str | None]) -> DataElement:
    """Give an element with the dummy of its VR in place of each None; the other values stay."""
    values = [DUMMIES.get(vr) if word is None else word for word in words]
    return DataElement(tag, vr, values[0] if len(values) == 1 else values)


def empty(tag: BaseTag, vr: str) -> DataElement:
    """Give an element without a value."""
    return DataElement(tag, vr, [] if vr == "SQ" else None)


def emptied_content(tag: BaseTag) -> DataElement:
    """Give the content of a report from which everything was taken: one item that says so (PS3.3 C.17.3)."""
    name, item = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "121106", "DCM", "Comment"
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", REMOVED
    item.ConceptNameCodeSequence = [name]
    return DataElement(tag, "SQ", [item])


def oldest_at(element: Element, words: list[str]) -> DataElement | None:
    """Give the age of the very old as 90 years: there are few of them, and they could be told apart."""
    if element.VR != "AS" or not any(word.endswith("Y") and word > OLDEST for word in words):
        return None
    return DataElement(element.tag, "AS", OLDEST)
