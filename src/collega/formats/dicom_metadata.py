"""An object as DICOM JSON (PS3.18 F), with addresses in place of long binary values."""

import math
from pathlib import Path
from typing import Any

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException

from collega.formats.dicom_frames import read_all
from collega.formats.dicom_plain import plain_element
from collega.formats.dicomweb_json import json_text

INLINE_BYTES = 1024
UNKNOWN = "UN"  # pydicom may know better, once it has read the value
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_NUMBERS = frozenset({"FL", "FD", "DS"})


def metadata(path: Path, address: str) -> bytes:
    """Write an object; ``address`` is that of the object, below which its bulk data is.

    A value that its own VR does not allow is left out, not passed on in another shape.
    """
    return _data_set(read_all(path), f"{address}/bulkdata", "").encode("utf-8", "replace")


def _data_set(dataset: Dataset, address: str, place: str) -> str:
    found: list[str] = []
    for tag in sorted(dataset.keys()):
        if tag.element == 0:
            continue  # a group length says nothing in JSON
        name = f"{int(tag):08X}"
        try:
            written = _element(dataset, tag, address, f"{place}{name}")
        except (ValueError, TypeError, AttributeError, BytesLengthException, OverflowError, LookupError):
            written = f'{{"vr":"{_vr(dataset, tag)}"}}'
        found.append(f'"{name}":{written}')
    return f"{{{','.join(found)}}}"


def _vr(dataset: Dataset, tag: Any) -> str:  # noqa: ANN401 - a tag of pydicom
    raw = dataset.get_item(tag)
    return str(getattr(raw, "VR", None) or "UN")[:2]


def _element(dataset: Dataset, tag: Any, address: str, place: str) -> str:  # noqa: ANN401 - a tag of pydicom
    raw = dataset.get_item(tag, keep_deferred=True)
    if isinstance(raw, RawDataElement):
        if raw.length > INLINE_BYTES and raw.VR in BINARY and (raw.value is not None or raw.VR != UNKNOWN):
            return json_text({"vr": raw.VR, "BulkDataURI": f"{address}/{place}"})  # the value stays in the file
        if (plain := plain_element(raw)) is not None:
            return plain
    element = dataset[tag]
    if element.VR == "SQ":
        items = [_data_set(item, address, f"{place}.{number}.") for number, item in enumerate(element.value, start=1)]
        return f'{{"vr":"SQ","Value":[{",".join(items)}]}}' if items else '{"vr":"SQ"}'
    return json_text(_from_pydicom(element, f"{address}/{place}"))


def _from_pydicom(element: DataElement, bulk: str) -> dict[str, Any]:
    """Have an element written that is not plain; ``bulk`` is its address where it is long."""
    vr = str(element.VR)[:2]  # "OB or OW" where an implicit encoding leaves it open
    if isinstance(element.value, bytes) and (len(element.value) > INLINE_BYTES or element.tag == 0x7FE00010):  # noqa: PLR2004 - Pixel Data
        return {"vr": vr, "BulkDataURI": bulk}
    written: dict[str, Any] = element.to_json_dict(None, INLINE_BYTES)
    if vr in _NUMBERS and any(isinstance(one, float) and not math.isfinite(one) for one in written.get("Value", ())):
        return {"vr": vr}  # JSON has no such numbers
    return written
