"""Values without a meaning, for attributes that may not be empty (PS3.15 table E.1-1a, D)."""

from collections.abc import Mapping

from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

REMOVED = "REMOVED"
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


def empty(tag: BaseTag, vr: str) -> DataElement:
    """Give an element without a value."""
    return DataElement(tag, vr, [] if vr == "SQ" else None)
