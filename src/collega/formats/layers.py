"""What lies over images, by what an object is."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from collega.errors import MessageError
from collega.formats.dicom_study import UNREADABLE
from collega.formats.graphic_layers import graphic_layers
from collega.formats.heat_layers import PARAMETRIC_MAP, Find, heat_layers
from collega.formats.layer import Layer, Why
from collega.formats.vendor.codes import words
from collega.formats.vendor.objects import check_unbroken

STORAGE = "1.2.840.10008.5.1.4.1.1."
Reader = Callable[[Dataset, str, Find], list[Layer]]
# Kinds of files of apps that may lie over an image (formats.vendor.said, result.json).
PICTURES = frozenset({"presentation-state", "secondary-capture", "other", "png", "heatmap"})
TITLES = ("ContentDescription", "SeriesDescription", "ContentLabel", "Modality")


def _graphics(dataset: Dataset, title: str, _find: Find) -> list[Layer]:
    return graphic_layers(dataset, title)


def _not_known(_dataset: Dataset, title: str, _find: Find) -> list[Layer]:
    return [Layer(shape="graphics", title=title, why=Why.NOT_KNOWN)]


# Storage SOP classes (PS3.4 B.5).
LAID_OVER: Mapping[str, Reader] = {
    **dict.fromkeys((f"{STORAGE}11.{number}" for number in (1, 2, 3)), _graphics),
    **dict.fromkeys((f"{STORAGE}11.{number}" for number in range(4, 13)), _not_known),
    **dict.fromkeys((f"{STORAGE}7", *(f"{STORAGE}7.{number}" for number in range(1, 5))), heat_layers),
    PARAMETRIC_MAP: heat_layers,
}


def layers(path: Path, find: Find) -> list[Layer]:
    """Read what an object puts over images; where it cannot be read, that is told."""
    try:
        dataset = dcmread(path, defer_size=1024)
        name = next((text for key in TITLES if (text := words(dataset.get(key)))), "")
        title = ", ".join(text for text in (name, words(dataset.get("Manufacturer"))) if text)
        read = LAID_OVER.get(str(dataset.get("SOPClassUID")))
        if read is None:
            return [Layer(shape="heat", title=title, why=Why.OWN_PICTURE)]
        if read is _graphics:
            check_unbroken(dataset, path.read_bytes())
        return read(dataset, title, find)
    except InvalidDicomError:
        return [Layer(shape="heat", why=Why.OWN_PICTURE)]
    except (*UNREADABLE, MessageError):
        return [Layer(shape="graphics", why=Why.UNREADABLE)]
