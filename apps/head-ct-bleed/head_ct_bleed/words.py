"""What a clinician reads, in English and Dutch."""

from collections.abc import Sequence
from enum import StrEnum


class Reason(StrEnum):
    """Why a study, a series or an image is not suitable; the value is the code in the answer."""

    NO_SERIES = "no-suitable-series"
    CHILD = "child"
    NOT_CT = "no-ct-image"
    SEVERAL_FRAMES = "several-frames"
    LOCALIZER = "localizer"
    OTHER_BODY_PART = "other-body-part"
    CONTRAST = "with-contrast"
    NO_HOUNSFIELD = "no-hounsfield-units"
    NO_GEOMETRY = "no-geometry"
    NOT_AXIAL = "not-axial"
    MIXED = "images-differ"
    TOO_FEW = "too-few-slices"
    UNEVEN = "uneven-spacing"
    GAPS = "gaps-between-slices"
    TOO_COARSE = "too-coarse"
    TOO_SHORT = "part-of-the-head"
    UNREADABLE = "unreadable-pixels"
    NOT_LIKE_HEAD = "not-like-a-head"
    TOO_NOISY = "too-noisy"


TEXTS = {
    Reason.NO_SERIES: (
        "no series that is a plain axial CT of the whole head",
        "geen serie die een blanco axiale CT van het hele hoofd is",
    ),
    Reason.CHILD: ("made for adults of 18 years and older", "gemaakt voor volwassenen van 18 jaar en ouder"),
    Reason.NOT_CT: ("no CT images", "geen CT-beelden"),
    Reason.SEVERAL_FRAMES: ("images of several frames", "beelden met meerdere frames"),
    Reason.LOCALIZER: ("a localizer", "een topogram"),
    Reason.OTHER_BODY_PART: ("another part of the body", "een ander lichaamsdeel"),
    Reason.CONTRAST: ("made with contrast", "met contrastmiddel gemaakt"),
    Reason.NO_HOUNSFIELD: ("values are not in Hounsfield units", "waarden niet in Hounsfield-eenheden"),
    Reason.NO_GEOMETRY: ("images do not say where they lie", "beelden zeggen niet waar ze liggen"),
    Reason.NOT_AXIAL: ("not axial, or tilted by more than 30 degrees", "niet axiaal, of meer dan 30 graden gekanteld"),
    Reason.MIXED: (
        "images of different size or direction in one series",
        "beelden van verschillende maat of richting in één serie",
    ),
    Reason.TOO_FEW: ("too few slices", "te weinig coupes"),
    Reason.UNEVEN: ("slices missing, double or unevenly spaced", "coupes ontbreken, zijn dubbel of liggen ongelijk"),
    Reason.GAPS: ("gaps between the slices", "ruimte tussen de coupes"),
    Reason.TOO_COARSE: ("slices or pixels too coarse", "coupes of pixels te grof"),
    Reason.TOO_SHORT: ("covers only a part of the head", "toont maar een deel van het hoofd"),
    Reason.UNREADABLE: ("its pixels cannot be decoded", "de pixels zijn niet te lezen"),
    Reason.NOT_LIKE_HEAD: (
        "the pictures do not look like a whole head of closed bone",
        "de beelden lijken niet op een heel hoofd met gesloten schedel",
    ),
    Reason.TOO_NOISY: ("too much noise, or a reconstruction for bone", "te veel ruis, of een botreconstructie"),
}
AGE_UNKNOWN = {
    "en": "The age is not known; made for adults of 18 years and older.",
    "nl": "De leeftijd is niet bekend; gemaakt voor volwassenen van 18 jaar en ouder.",
}
NOT_SEEN = {
    "en": "Misses bleeds that are small, thin, as dense as brain, beside bone or falx, or low in the head.",
    "nl": "Mist bloedingen die klein of dun zijn, even dicht als hersenen, tegen bot of falx, of laag in het hoofd.",
}


def text(reason: Reason) -> dict[str, str]:
    """Give the sentence for a reason."""
    en, nl = TEXTS[reason]
    return {"en": en, "nl": nl}


def left_out(reasons: Sequence[Reason]) -> dict[str, str]:
    """Say which series were not analysed."""
    en = "; ".join(f"{reasons.count(reason)} x {TEXTS[reason][0]}" for reason in dict.fromkeys(reasons))
    nl = "; ".join(f"{reasons.count(reason)} x {TEXTS[reason][1]}" for reason in dict.fromkeys(reasons))
    return {"en": f"Series not analysed: {en}.", "nl": f"Series niet beoordeeld: {nl}."}


def others(count: int) -> dict[str, str]:
    """Say how many suitable series stand beside the one that was analysed."""
    return {"en": f"Suitable series not looked at besides: {count}.", "nl": f"Geschikte series niet bekeken: {count}."}


def looked_at(count: int, of: int) -> dict[str, str]:
    """Say on how many images there was brain to look at."""
    return {
        "en": f"Looked at {count} of {of} images; the others show no brain that bone encloses.",
        "nl": f"{count} van {of} beelden bekeken; de andere tonen geen hersenen die bot omsluit.",
    }


def best_seen(series: str, image: str) -> dict[str, str]:
    """Say where a bleed is largest."""
    return {"en": f"Largest on series {series}, image {image}.", "nl": f"Het grootst op serie {series}, beeld {image}."}
