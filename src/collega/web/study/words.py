"""The words of the study page, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.feedback import CAUSES, Opinion, Seen
from collega.model.finding import Evaluation

OPINIONS: Mapping[Opinion, Text] = {
    Opinion.AGREE: Text(en="Agree", nl="Eens"),
    Opinion.DISAGREE: Text(en="Disagree", nl="Oneens"),
    Opinion.UNSURE: Text(en="Unsure", nl="Onzeker"),
}
SEEN: Mapping[Seen, Text] = {
    Seen.UNKNOWN: Text(en="not said", nl="niet gezegd"),
    Seen.NO: Text(en="no, I had my opinion first", nl="nee, ik had al een oordeel"),
    Seen.YES: Text(en="yes", nl="ja"),
}
LOOKS: Mapping[Evaluation, Text] = {
    Evaluation.ABSENT: Text(en="Nothing acute", nl="Niets acuuts"),
    Evaluation.PRESENT: Text(en="Something found", nl="Iets gevonden"),
    Evaluation.UNDETERMINED: Text(en="Not sure", nl="Twijfel"),
}
PAGE: Mapping[str, Text] = {
    "title": Text(en="Study", nl="Onderzoek"),
    "open_viewer": Text(en="Open in the PACS", nl="Openen in het PACS"),
    "no_viewer": Text(
        en="No link into the PACS is set (web.viewer_url).",
        nl="Er is geen link naar het PACS ingesteld (web.viewer_url).",
    ),
    "incomplete": Text(
        en="Images are still arriving: nothing below is final.",
        nl="Er komen nog beelden binnen: niets hieronder is definitief.",
    ),
    "no_apps": Text(
        en="No app has anything to say on this study. That is no normal result: read it as without AI.",
        nl="Geen app zegt iets over dit onderzoek. Dat is geen normale uitslag: beoordeel als zonder AI.",
    ),
    "expected": Text(en="AI expected at", nl="AI verwacht om"),
    "threshold": Text(en="threshold", nl="drempel"),
    "about": Text(en="what this app does", nl="wat deze app doet"),
    "copy_text": Text(en="Copy for the report", nl="Kopieer voor het verslag"),
    "copied": Text(en="copied", nl="gekopieerd"),
    "cause": Text(en="Cause", nl="Oorzaak"),
    "no_cause": Text(en="not said", nl="niet gezegd"),
    "remark": Text(en="Remark, without names", nl="Opmerking, zonder namen"),
    "ai_seen": Text(en="Had you seen AI first?", nl="AI eerst gezien?"),
    "save": Text(en="Save", nl="Bewaar"),
    "withdraw": Text(en="Take back", nl="Terugnemen"),
    "yours": Text(en="Your opinion", nl="Uw oordeel"),
    "others": Text(en="others have given theirs", nl="anderen gaven het hunne"),
    "reader": Text(en="Your name", nl="Uw naam"),
    "reader_why": Text(
        en="Opinions are kept under it; only you see your own.",
        nl="Oordelen worden hieronder bewaard; alleen u ziet de uwe.",
    ),
    "missed": Text(en="Missed by AI", nl="Gemist door AI"),
    "missed_what": Text(en="What no app named", nl="Wat geen app noemde"),
    "add": Text(en="Add", nl="Voeg toe"),
    "rest": Text(en="findings that it did not find", nl="bevindingen die het niet vond"),
    "first_look": Text(en="First look", nl="Eerste blik"),
    "first_look_why": Text(
        en="Two taps: what you see, and whether you call. It is held against the final report in the morning.",
        nl="Twee tikken: wat u ziet, en of u belt. Het wordt 's ochtends naast het verslag gelegd.",
    ),
    "first_look_yours": Text(en="Kept; the last word counts.", nl="Bewaard; het laatste woord telt."),
    "called": Text(en="Radiologist called", nl="Radioloog gebeld"),
    "not_called": Text(en="No call", nl="Niet gebeld"),
    "not_found": Text(
        en="No study under this number has been received here. That says nothing of its images: read it as without AI.",
        nl="Onder dit nummer is hier geen onderzoek binnen. Dat zegt niets over de beelden: beoordeel als zonder AI.",
    ),
    "several": Text(en="Several studies have this number:", nl="Meer onderzoeken hebben dit nummer:"),
    "key_help": Text(
        en="j, k: next, previous finding · a, d, u: agree, disagree, unsure · 1-9: cause · c: copy · o: PACS",
        nl="j, k: volgende, vorige bevinding · a, d, u: eens, oneens, onzeker · 1-9: oorzaak · c: kopieer · o: PACS",
    ),
    "quick": Text(en="Quick view", nl="Snel kijken"),
    "not_primary": Text(en="Not for primary diagnosis.", nl="Niet voor primaire diagnostiek."),
    "viewer_help": Text(
        en="wheel, arrows: scroll · drag: window · ctrl+wheel, + -: zoom · shift+drag: move · 1-5: windows · "
        "space: hide AI · double click: mark what was missed",
        nl="wiel, pijlen: bladeren · slepen: venster · ctrl+wiel, + -: zoom · shift+slepen: schuiven · 1-5: vensters · "
        "spatie: AI verbergen · dubbelklik: gemiste bevinding aanwijzen",
    ),
    "image": Text(en="image", nl="beeld"),
    "cannot": Text(en="This image cannot be shown", nl="Dit beeld is niet te tonen"),
    "key_image": Text(en="Key image", nl="Sleutelbeeld"),
    "key_image_comes": Text(en="Key image: see the quick view above.", nl="Sleutelbeeld: zie snel kijken hierboven."),
    "no_place": Text(
        en="First image that the app looked at; it points at no place in it",
        nl="Eerste beeld dat de app bekeek; zij wijst er geen plaats in aan",
    ),
    "show_large": Text(en="Show in the quick view", nl="Toon bij snel kijken"),
    "differs": Text(en="AI and the signed report differ", nl="AI en het getekende verslag verschillen"),
    "look_again": Text(en="Look again", nl="Kijk opnieuw"),
    "no_images": Text(en="There are no images here.", nl="Er zijn hier geen beelden."),
    "not_drawn": Text(en="not drawn", nl="niet getekend"),
    "loading_failed": Text(en="it did not arrive", nl="het kwam niet aan"),
    "open_picture": Text(en="open", nl="openen"),
    "unnamed": Text(en="overlay", nl="laag"),
    "open_ohif": Text(en="Open in OHIF (not for diagnosis)", nl="Openen in OHIF (niet voor diagnose)"),
    "ohif_limits": Text(
        en="OHIF draws neither presentation states nor masks on films: see the quick view for those.",
        nl="OHIF tekent geen presentation states en geen maskers op foto's: zie daarvoor 'Snel kijken'.",
    ),
    "timeline": Text(en="Timeline", nl="Tijdlijn"),
}

# Why something is not drawn in the quick view (`formats.layer.Why`, and what the desk adds).
NOT_DRAWN: Mapping[str, Text] = {
    "removed": Text(
        en="its image or mask was removed by rule", nl="het beeld of masker is volgens de regels verwijderd"
    ),
    "unknown_image": Text(en="its image is not here", nl="het beeld is hier niet"),
    "unreadable": Text(en="the file cannot be read", nl="het bestand is onleesbaar"),
    "malformed": Text(en="it contradicts the standard", nl="het is in strijd met de standaard"),
    "no_image": Text(en="it names no image", nl="het noemt geen beeld"),
    "not_known": Text(en="a kind that is not drawn here", nl="een soort die hier niet wordt getekend"),
    "turned": Text(
        en="it is placed on a display that is turned or not told", nl="de plaats hangt af van een gedraaide weergave"
    ),
    "display": Text(
        en="window, orientation or planes that it sets are not applied here",
        nl="venster, stand of lagen die het instelt worden hier niet toegepast",
    ),
    "own_picture": Text(en="a picture that lies over no image", nl="een plaatje dat over geen beeld ligt"),
    "other_size": Text(en="it does not fit the image", nl="het past niet op het beeld"),
    "too_much": Text(en="more than can be shown here", nl="meer dan hier getoond kan worden"),
}


def not_drawn(language: str) -> dict[str, str]:
    """Give the reasons for what is not drawn."""
    return {name: text.in_language(language) for name, text in NOT_DRAWN.items()}


def page_words(language: str) -> dict[str, str]:
    """Give the fixed words of the page."""
    return {name: text.in_language(language) for name, text in PAGE.items()}


def choices(language: str) -> dict[str, list[tuple[str, str]]]:
    """Give what can be chosen: value and word."""
    return {
        "opinions": [(one.value, text.in_language(language)) for one, text in OPINIONS.items()],
        "seen": [(one.value, text.in_language(language)) for one, text in SEEN.items()],
        "looks": [(one.value, text.in_language(language)) for one, text in LOOKS.items()],
        "causes": [(name, text.in_language(language)) for name, text in CAUSES.items()],
    }
