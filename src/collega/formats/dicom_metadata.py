"""An object as DICOM JSON (PS3.18 F), with addresses in place of long binary values."""

import json
import math
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException

from collega.formats.dicom_frames import read_all

INLINE_BYTES = 1024
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_NUMBERS = frozenset({"FL", "FD", "DS"})


def metadata(path: Path, address: str) -> bytes:
    """Write an object; ``address`` is that of the object, below which its bulk data is.

    A value that its own VR does not allow is left out, not passed on in another shape.
    """
    dataset = read_all(path)
    return json.dumps(_data_set(dataset, f"{address}/bulkdata", ""), ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "replace"
    )


def _data_set(dataset: Dataset, address: str, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in sorted(dataset.keys()):
        if tag.element == 0:
            continue  # a group length says nothing in JSON
        try:
            found[f"{int(tag):08X}"] = _element(dataset, tag, address, f"{place}{int(tag):08X}")
        except (ValueError, TypeError, AttributeError, BytesLengthException, OverflowError, LookupError):
            found[f"{int(tag):08X}"] = {"vr": _vr(dataset, tag)}
    return found


def _vr(dataset: Dataset, tag: Any) -> str:  # noqa: ANN401 - a tag of pydicom
    raw = dataset.get_item(tag)
    return str(getattr(raw, "VR", None) or "UN")[:2]


def _element(dataset: Dataset, tag: Any, address: str, place: str) -> dict[str, Any]:  # noqa: ANN401 - a tag of pydicom
    raw = dataset.get_item(tag)
    length = getattr(raw, "length", 0)
    if length > INLINE_BYTES and getattr(raw, "VR", None) in BINARY:
        return {"vr": str(raw.VR), "BulkDataURI": f"{address}/{place}"}  # the value stays in the file
    element = dataset[tag]
    if element.VR == "SQ":
        items = [_data_set(item, address, f"{place}.{number}.") for number, item in enumerate(element.value, start=1)]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    vr = str(element.VR)[:2]  # "OB or OW" where an implicit encoding leaves it open
    if isinstance(element.value, bytes) and (len(element.value) > INLINE_BYTES or element.tag == 0x7FE00010):  # noqa: PLR2004 - Pixel Data
        return {"vr": vr, "BulkDataURI": f"{address}/{place}"}
    written: dict[str, Any] = element.to_json_dict(None, INLINE_BYTES)
    if vr in _NUMBERS and any(isinstance(one, float) and not math.isfinite(one) for one in written.get("Value", ())):
        return {"vr": vr}  # JSON has no such numbers
    return written
