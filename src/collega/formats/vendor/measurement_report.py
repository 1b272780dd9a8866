"""Imaging Measurement Reports, and others with measurement groups (PS3.16 TID 1500, 1410, 1411, 1501)."""

from collections.abc import Iterator
from dataclasses import replace

from collega.formats.vendor.codes import (
    FINDING,
    FINDING_SITES,
    MEASUREMENT_GROUP,
    PRESENCE_NAMES,
    TRACKING_ID,
    TRACKING_UID,
    WORDS,
    concept,
)
from collega.formats.vendor.said import Statement
from collega.formats.vendor.sr_numbers import numbers_of
from collega.formats.vendor.sr_place import contours_of, images_of, regions_of
from collega.formats.vendor.sr_tree import Item
from collega.model.code import Code
from collega.model.finding import Evaluation

# Items of a group that are no word on what was found.
ABOUT_THE_GROUP = frozenset({FINDING, *FINDING_SITES, ("SCT", "276214006"), ("DCM", "276214006")})


def statements(root: Item) -> Iterator[Statement]:
    """Yield what each group says, and each coded word that stands in no group."""
    grouped: set[int] = set()
    for item in root.walk():
        if item.kind == "CONTAINER" and item.name and concept(item.name) == MEASUREMENT_GROUP:
            yield from _group(item)
            grouped.update(id(inner) for inner in item.walk())
    for item in root.walk():
        if id(item) not in grouped and item.relationship == "CONTAINS":
            yield from _word(item, Statement())


def _group(group: Item) -> Iterator[Statement]:
    """Yield the word on its finding (row 5 of TID 1501, row 3 of TID 1410), then coded words on other concepts."""
    tracked = next((item.text for item in group.named(TRACKING_UID)), "")
    named = next((item.text for item in group.named(TRACKING_ID)), "")
    about = Statement(
        concept=next((item.code for item in group.named(FINDING)), None),
        labels=(named,) if named else (),
        sites=tuple(code for item in group.named(*FINDING_SITES) if (code := item.code)),
        numbers=numbers_of(group),
        images=images_of(group),
        regions=regions_of(group),
        contours=contours_of(group),
        lesion=tracked or named,
    )
    answers = tuple(
        (item.name, code)
        for item in group.children
        if item.kind == "CODE" and item.name and (code := item.code) and concept(item.name) not in ABOUT_THE_GROUP
    )
    yield replace(about, answers=answers, evaluation=_evaluation(about.concept, answers))
    for item in group.children:
        if about.concept is None or item.name is None or concept(item.name) != concept(about.concept):
            yield from _word(item, Statement(images=about.images, sites=about.sites, lesion=about.lesion))


def _evaluation(finding: Code | None, answers: tuple[tuple[Code, Code], ...]) -> Evaluation | None:
    """Presence, or the finding's own name, = present, absent or undetermined."""
    names = {*PRESENCE_NAMES, *([concept(finding)] if finding else [])}
    words = {WORDS[concept(value)] for name, value in answers if concept(name) in names and concept(value) in WORDS}
    # Both at once is said by the same group of the same thing: neither counts.
    return words.pop() if len(words) == 1 else Evaluation.UNDETERMINED if words else None


def _word(item: Item, around: Statement) -> Iterator[Statement]:
    """Yield a concept that is called present or absent by itself, such as Pneumothorax = Absent."""
    if item.kind != "CODE" or item.name is None or (code := item.code) is None:
        return
    if concept(code) in WORDS and concept(item.name) not in PRESENCE_NAMES:
        yield replace(around, concept=item.name, evaluation=WORDS[concept(code)], answers=((item.name, code),))
