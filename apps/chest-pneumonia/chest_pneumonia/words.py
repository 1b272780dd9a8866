"""What a clinician reads, in English and Dutch."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a study or an image is not suitable; the value is the code in the answer."""

    NO_FILM = "no-frontal-film"
    CHILD = "child"
    LATERAL_VIEW = "lateral-view"
    OTHER_BODY_PART = "other-body-part"
    SEVERAL_FRAMES = "several-frames"
    NO_GREY_PICTURE = "no-grey-picture"
    UNREADABLE = "unreadable-pixels"
    NOT_LIKE_CHEST = "not-like-a-chest-film"


TEXTS = {
    Reason.NO_FILM: ("no frontal chest film among the images", "geen voor-achterwaartse thoraxfoto bij de beelden"),
    Reason.CHILD: ("made for adults of 18 years and older", "gemaakt voor volwassenen van 18 jaar en ouder"),
    Reason.LATERAL_VIEW: ("lateral or oblique view", "dwarse of schuine opname"),
    Reason.OTHER_BODY_PART: ("another part of the body", "een ander lichaamsdeel"),
    Reason.SEVERAL_FRAMES: ("an image of several frames", "een beeld met meerdere frames"),
    Reason.NO_GREY_PICTURE: ("no grey-scale picture", "geen grijswaardenbeeld"),
    Reason.UNREADABLE: ("its pixels cannot be decoded", "de pixels zijn niet te lezen"),
    Reason.NOT_LIKE_CHEST: (
        "the picture does not look like an upright frontal chest film",
        "het beeld lijkt niet op een rechtopstaande voor-achterwaartse thoraxfoto",
    ),
}
AGE_UNKNOWN = {
    "en": "The age is not known; made for adults of 18 years and older.",
    "nl": "De leeftijd is niet bekend; gemaakt voor volwassenen van 18 jaar en ouder.",
}


def text(reason: Reason) -> dict[str, str]:
    """Give the sentence for a reason."""
    en, nl = TEXTS[reason]
    return {"en": en, "nl": nl}


def left_out(reasons: list[Reason]) -> dict[str, str]:
    """Say which images were not analysed."""
    en = "; ".join(f"{reasons.count(reason)} x {TEXTS[reason][0]}" for reason in dict.fromkeys(reasons))
    nl = "; ".join(f"{reasons.count(reason)} x {TEXTS[reason][1]}" for reason in dict.fromkeys(reasons))
    return {"en": f"Not analysed: {en}.", "nl": f"Niet beoordeeld: {nl}."}
