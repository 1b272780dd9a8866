"""Mammography and Chest CAD reports (PS3.16 TID 4000 and below, TID 4100 and below)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collega.formats.vendor.codes import FINDING_SITES, TRACKING_UID, concept
from collega.formats.vendor.said import Ended, Statement
from collega.formats.vendor.sr_numbers import numbers_of
from collega.formats.vendor.sr_place import images_of, regions_of
from collega.formats.vendor.sr_tree import Item
from collega.model.code import Code
from collega.model.results import Concept

MAMMOGRAPHY_REPORT: Concept = ("DCM", "111036")
CHEST_REPORT: Concept = ("DCM", "112000")
SINGLE_IMAGE_FINDING: Concept = ("DCM", "111059")
COMPOSITE_FEATURE: Concept = ("DCM", "111015")
RENDERING_INTENT: Concept = ("DCM", "111056")
OPTIONAL: Concept = ("DCM", "111151")
NOT_FOR_PRESENTATION: Concept = ("DCM", "111152")
SUMMARY: Concept = ("DCM", "111017")
SUCCESSFUL_DETECTIONS: Concept = ("DCM", "111063")
DETECTION_PERFORMED: Concept = ("DCM", "111022")

# CAD Processing and Findings Summary (CID 6047).
ENDED: Mapping[Concept, Ended] = {
    ("DCM", "111241"): Ended.ALL_WITHOUT_FINDINGS,
    ("DCM", "111242"): Ended.ALL_WITH_FINDINGS,
    ("DCM", "111243"): Ended.SOME,
    ("DCM", "111244"): Ended.SOME,
    ("DCM", "111245"): Ended.NONE,
}


@dataclass(frozen=True, slots=True)
class Processing:
    """How the algorithms ended, and what was searched for with success."""

    ended: Ended | None
    searched_for: tuple[Code, ...]


def is_cad(root: Item) -> bool:
    """Whether a report is one of CAD by its title, whatever its SOP class."""
    return root.name is not None and concept(root.name) in {MAMMOGRAPHY_REPORT, CHEST_REPORT}


def processing(root: Item) -> Processing:
    """Read the summaries of a report (TID 4001, 4015, 4016)."""
    ended: Ended | None = None
    searched: list[Code] = []
    for item in root.walk():
        if item.name is None:
            continue
        if concept(item.name) == SUMMARY and (code := item.code):
            ended = ENDED.get(concept(code))
        if concept(item.name) == SUCCESSFUL_DETECTIONS:
            searched += [code for child in item.named(DETECTION_PERFORMED) if (code := child.code)]
    return Processing(ended, tuple(dict.fromkeys(searched)))


def statements(root: Item) -> Iterator[Statement]:
    """Yield what each finding and feature says that may be shown (TID 4003 to 4006, TID 4104 and 4107)."""
    for item in root.walk():
        if item.name is None or concept(item.name) not in {SINGLE_IMAGE_FINDING, COMPOSITE_FEATURE}:
            continue
        intents = {concept(code) for child in item.named(RENDERING_INTENT) if (code := child.code)}
        if NOT_FOR_PRESENTATION not in intents:
            yield _statement(item, is_tentative=OPTIONAL in intents)


def _statement(item: Item, *, is_tentative: bool) -> Statement:
    answers = tuple((child.name, code) for child in item.children if child.name and (code := child.code))
    return Statement(
        concept=item.code,
        sites=tuple(code for child in item.named(*FINDING_SITES) if (code := child.code)),
        answers=answers,
        numbers=numbers_of(item),
        images=images_of(item),
        regions=regions_of(item),
        lesion=next((child.text for child in item.named(TRACKING_UID)), ""),
        is_tentative=is_tentative,
        is_stated=True,
    )
