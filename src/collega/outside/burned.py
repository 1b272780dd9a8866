"""Whether text may be burned into the pixels of an image, where no header tells of it (PS3.3 C.7.6.1, C.8.6)."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from collega.formats.dicom_deid.profile import Area

# Devices that write names and numbers into the picture, and pictures of screens and paper.
MODALITIES = frozenset({"US", "IVUS", "BDUS", "ES", "XC", "OT", "DOC", "SC", "GM", "OP", "BMD"})
CLASSES = (
    "1.2.840.10008.5.1.4.1.1.7",  # secondary capture, all forms
    "1.2.840.10008.5.1.4.1.1.6",  # ultrasound
    "1.2.840.10008.5.1.4.1.1.3",
    "1.2.840.10008.5.1.4.1.1.77",  # photographs
)
SAVED_SCREENS = frozenset({"SCREEN SAVE", "SCREENSHOT", "SCREEN CAPTURE"})


def may_show_text(dataset: Dataset, areas: Sequence[Area]) -> bool:
    """Tell whether names may stand in the picture, and no rule of the site paints them over.

    Whoever made the image and says that nothing is burned in is believed.
    """
    if any(covers(area, dataset) for area in areas):
        return False
    said = str(dataset.get("BurnedInAnnotation") or "").strip().upper()
    if said in {"YES", "NO"}:
        return said == "YES"
    kinds = {str(kind).upper() for kind in dataset.get("ImageType") or ()}
    return (
        str(dataset.get("Modality") or "").upper() in MODALITIES
        or _is_of(str(dataset.get("SOPClassUID") or ""))
        or not SAVED_SCREENS.isdisjoint(kinds)
    )


def covers(area: Area, dataset: Dataset) -> bool:
    """Tell whether a rule is about this image."""
    wanted = {
        "Modality": area.modality,
        "Manufacturer": area.manufacturer,
        "ManufacturerModelName": area.model,
        "Rows": area.rows,
        "Columns": area.columns,
    }
    return bool(area.boxes) and all(
        not value or str(dataset.get(name) or "").casefold() == str(value).casefold() for name, value in wanted.items()
    )


def _is_of(sop_class: str) -> bool:
    return any(sop_class == one or sop_class.startswith(f"{one}.") for one in CLASSES)
