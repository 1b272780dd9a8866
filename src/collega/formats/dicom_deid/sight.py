"""What can be seen in the pixels: text burned in, and faces (PS3.15 E.3.1, E.3.2)."""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_deid.image import Image, first_frame
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.text_like import text_like

# Slices as a scanner made them hold no text; masks and doses are no pictures.
WITHOUT_TEXT = frozenset({"CT", "MR", "PT", "NM"})
NO_PICTURES = frozenset({"SEG", "RTDOSE", "REG", "RTSTRUCT", "RTPLAN", "SR", "PR", "KO"})
VOLUMES = frozenset({"CT", "MR", "PT"})
PHOTOGRAPH = "1.2.840.10008.5.1.4.1.1.77.1.4"
WITH_FACES = ("HEAD", "BRAIN", "SKULL", "FACE", "ORBIT", "EYE", "EAR", "SINUS", "JAW", "NECK", "MAXILLA", "MANDIBLE")
WHOLE_BODY = "WHOLEBODY"


def hold_back(image: Image, profile: Profile) -> None:
    """Hold back what says that it has text burned in and was not painted, and faces where none may leave.

    Raises
    ------
    QuarantineError
        The text says which.
    """
    if _says_text(image.header) and not image.painted and profile.holds_back_burned_in:
        text = "held back: it says that text is burned into its pixels, and no area of the profile covers it"
        raise QuarantineError("burned-in", text)
    if Option.CLEAN_FACES in profile.options and may_show_face(image.header, unknown=True):
        text = "held back: a face may be seen in it, or computed from it"
        raise QuarantineError("recognizable", text)


def remarks(image: Image, profile: Profile) -> Iterator[str]:
    """Say what a person should look at."""
    header = image.header
    if may_show_face(header, unknown=False):
        yield "a face may be computed from the images"
    if image.pixels is None or not profile.looks_for_text or not _at_risk(header):
        return
    if _says_text(header) and not image.painted:
        yield "text is burned into the pixels, as the object says"
    frame = first_frame(image)
    if frame is None:
        yield "the pixels could not be looked at for text"
        return
    found = text_like(frame)
    if found:
        yield f"what looks like text is in the pixels, at {', '.join(map(_place, found))}"


def mark(target: Dataset, image: Image, profile: Profile) -> None:
    """Say in the new object what is known of its pixels (PS3.3 C.7.6.1, C.7.1.3)."""
    if image.painted:
        target.BurnedInAnnotation = "NO"
    if may_show_face(image.header, unknown=False):
        target.RecognizableVisualFeatures = "YES"
    elif Option.CLEAN_FACES in profile.options and image.pixels is not None:
        target.RecognizableVisualFeatures = "NO"


def may_show_face(header: Dataset, *, unknown: bool) -> bool:
    """Whether a photograph or a volume may show a face.

    Parameters
    ----------
    header : Dataset
        The object.
    unknown : bool
        What is said of a volume that does not tell which part of the body it shows.
    """
    if str(header.get("SOPClassUID") or "").startswith(PHOTOGRAPH):
        return True
    if header.get("Modality") not in VOLUMES or "Rows" not in header:
        return False
    part = str(header.get("BodyPartExamined") or "").upper()
    return any(word in part for word in (*WITH_FACES, WHOLE_BODY)) if part else unknown


def _says_text(header: Dataset) -> bool:
    """Whether an object says that its pixels hold text; the picture of a slide's label does (PS3.3 C.8.12.4)."""
    said = (str(header.get(word) or "") for word in ("BurnedInAnnotation", "SpecimenLabelInImage"))
    return "YES" in said or "LABEL" in _kinds(header)


def _kinds(header: Dataset) -> list[str]:
    """Give the values of ImageType, of which there may be one."""
    value = header.get("ImageType") or ()
    return [value] if isinstance(value, str) else [str(word) for word in value]


def _at_risk(header: Dataset) -> bool:
    modality = header.get("Modality")
    if modality in NO_PICTURES:
        return False
    return modality not in WITHOUT_TEXT or _kinds(header)[:2] != ["ORIGINAL", "PRIMARY"]


def _place(box: tuple[int, int, int, int]) -> str:
    left, top, width, height = box
    return f"{left},{top} ({width} x {height})"
