"""From a data set to the one that may leave: each element, at each depth, by what the plan says of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from collega.errors import QuarantineError
from collega.formats.dicom_deid.coded import clean_entry
from collega.formats.dicom_deid.dates import shifted
from collega.formats.dicom_deid.dummies import dummy, dummy_among, emptied_content, empty, oldest_at
from collega.formats.dicom_deid.identifiers import Identifiers
from collega.formats.dicom_deid.known_uids import says_what
from collega.formats.dicom_deid.plan import Plan, solved
from collega.formats.dicom_deid.private import safe_elements
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Done
from collega.formats.dicom_deid.table import Action, type_of
from collega.formats.dicom_deid.terms import TERMS
from collega.formats.dicom_deid.values import (
    BULK,
    DATES,
    TEXTS,
    Charset,
    Element,
    as_known,
    family,
    is_as_long,
    is_of,
    known,
    name_of,
    vr_of,
    words_of,
)
from collega.formats.dicom_deid.words import cleaned

DEEPEST = 64
FIRST_GROUP, PIXEL_GROUP = 0x0008, 0x7FE0
# UIDs are mapped or wanted; a study may be of the day of birth.
UNSEARCHED = DATES | {"UI"}
GONE = frozenset({Action.REMOVE, Action.EMPTY, Action.DUMMY})


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose object it is, and what stands in its place.

    Parameters
    ----------
    pseudonym : str
        PatientID and PatientName of the new object.
    days : int
        By how many days dates move.
    sop_class_uid : str
        Class of the object.
    identifiers : Identifiers
        What must not be found in anything that stays.
    """

    pseudonym: str
    days: int
    sop_class_uid: str
    identifiers: Identifiers


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an item stands.

    Parameters
    ----------
    inside : str
        Keyword of the sequence, empty at the top.
    depth : int
        How deep.
    blank : bool
        Whether all text goes, since the sequence as a whole is to be replaced.
    """

    inside: str = ""
    depth: int = 0
    blank: bool = False


TOP = Place()


class Walk:
    """One object on its way out; it counts what it does."""

    def __init__(self, plan: Plan, pseudonyms: Pseudonyms, subject: Subject) -> None:
        self.plan = plan
        self.pseudonyms = pseudonyms
        self.subject = subject
        self.counts: Counter[Done] = Counter()
        self.warnings: set[str] = set()

    def dataset(self, source: Dataset, place: Place = TOP) -> Dataset:
        """Give what may leave of a data set or of an item.

        Raises
        ------
        QuarantineError
            Its sequences are nested too deep.
        """
        if place.depth > DEEPEST:
            text = f"sequences are nested deeper than {DEEPEST}"
            raise QuarantineError("nested-too-deep", text)
        charset = source.original_character_set
        target = Dataset(parent_encoding=charset)
        is_implicit, is_little = source.original_encoding
        target.set_original_encoding(is_implicit, is_little, charset)
        for tag in source.keys():  # noqa: SIM118 - a dataset iterates over its elements, and reads them
            element = None if tag.is_private else self._element(source, tag, place)
            if element is not None:
                target[tag] = element
        self._private(source, target)
        if clean_entry(target):
            self.counts[Done(Action.DUMMY, "CodeMeaning")] += 1
        return target

    def _private(self, source: Dataset, target: Dataset) -> None:
        safe = safe_elements(source, self.plan.profile, self.subject.identifiers)
        for tag in sorted(safe):
            target[tag] = safe[tag]
        gone = sum(tag.is_private for tag in source.keys()) - len(safe)  # noqa: SIM118 - as above
        for action, count in ((Action.KEEP, len(safe)), (Action.REMOVE, gone)):
            if count:
                self.counts[Done(action, "private elements")] += count

    def _element(self, source: Dataset, tag: BaseTag, place: Place) -> Element | None:
        element: Element = source.get_item(tag)
        vr = vr_of(element)
        if tag.group < FIRST_GROUP or tag.element == 0:
            return self._gone(Action.REMOVE, tag, vr)
        if element.VR == "UN" and vr != "UN":
            element = source[tag]
        vr = as_known(tag, vr)
        action = self.plan.action(tag, vr, place.inside, self.subject.sop_class_uid)
        if vr == "SQ":
            return self._sequence(action, source[tag], place)
        if action in GONE:
            return self._gone(action, tag, vr)
        if known(tag) and family(known(tag)) != family(vr):
            self.warnings.add(f"{name_of(tag)} is not of its VR")
            return self._gone(Action.REMOVE, tag, vr)
        if family(vr) == "binary":
            return self._bulk(action, element, vr, place)
        return self._text(action, element, place, source.original_character_set)

    def _bulk(self, action: Action, element: Element, vr: str, place: Place) -> Element | None:
        nested_image = place.depth and element.tag.group == PIXEL_GROUP
        if nested_image or (action is not Action.KEEP and vr in BULK):
            return self._gone(Action.REMOVE, element.tag, vr)
        if not is_as_long(element, vr):
            self.warnings.add(f"{name_of(element.tag)} is not as long as a number of it")
            return self._gone(Action.REMOVE, element.tag, vr)
        return self._kept(element)

    def _text(self, action: Action, element: Element, place: Place, charset: Charset) -> Element | None:
        """Do what an action asks of words, numbers as text, dates and UIDs."""
        tag, words = element.tag, words_of(element, charset)
        vr = as_known(tag, vr_of(element))
        if not is_of(vr, words) and action is not Action.UID:
            self.warnings.add(f"{name_of(tag)} holds no {vr}")
            return self._gone(solved("X/Z/D", type_of(name_of(tag), place.inside, self.subject.sop_class_uid)), tag, vr)
        if place.blank and vr in TEXTS:
            return self._gone(Action.DUMMY, tag, vr)
        change = CHANGES.get(action)
        if change is not None:
            changed = change(self, tag, vr, words)
            if changed is None:
                action = solved("X/Z/D", type_of(name_of(tag), place.inside, self.subject.sop_class_uid))
                return self._gone(action, tag, vr)
            self._count(action, tag)
            return changed
        if vr not in UNSEARCHED and any(self._identifies(word) for word in words):
            self.warnings.add(f"{name_of(tag)} repeated what identifies the patient")
            self._count(Action.DUMMY, tag)
            return dummy_among(tag, vr, [None if self._identifies(word) else word for word in words])
        return oldest_at(element, words) or self._kept(element)

    def _identifies(self, word: str) -> bool:
        return word not in TERMS and self.subject.identifiers.are_in(word)

    def _sequence(self, action: Action, element: DataElement, place: Place) -> DataElement | None:
        tag, name = element.tag, name_of(element.tag)
        if action in {Action.REMOVE, Action.EMPTY}:
            return self._gone(action, tag, "SQ")
        if not isinstance(element.value, Sequence):
            self.warnings.add(f"{name} holds no items")
            return self._gone(Action.REMOVE, tag, "SQ")
        if action is Action.DUMMY and name == "ContentSequence":
            self._count(action, tag)
            return emptied_content(tag)
        blank = place.blank or action is Action.DUMMY
        inner = Place(inside=name, depth=place.depth + 1, blank=blank)
        self._count(action, tag)
        return DataElement(tag, "SQ", [self.dataset(item, inner) for item in element.value])

    def _mapped(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement:
        name = name_of(tag)
        uids = [word if self._says_what(name, word) else self.pseudonyms.uid(word) for word in words]
        return DataElement(tag, vr, uids[0] if len(uids) == 1 else uids)

    def _says_what(self, name: str, uid: str) -> bool:
        """Whether a UID may stay; one that names the object itself may not, wherever it stands."""
        return says_what(name, uid) and not self.subject.identifiers.are_in(uid)

    def _shifted(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement | None:
        moved = [shifted(vr, word, self.subject.days) for word in words]
        if None in moved:
            self.warnings.add(f"{name_of(tag)} holds no whole date")
            return None
        return DataElement(tag, vr, moved[0] if len(moved) == 1 else moved)

    def _cleaned(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement | None:
        kept = [text for word in words if (text := cleaned(word)) and not self.subject.identifiers.are_in(text)]
        if not kept or vr not in TEXTS:
            return None
        return DataElement(tag, vr, kept[0] if len(kept) == 1 else kept)

    def _drawn(self, tag: BaseTag, vr: str, _words: list[str]) -> DataElement:
        return dummy(tag, vr)

    def _gone(self, action: Action, tag: BaseTag, vr: str) -> DataElement | None:
        self._count(action, tag)
        if action is Action.REMOVE:
            return None
        return dummy(tag, vr) if action is Action.DUMMY else empty(tag, vr)

    def _kept(self, element: Element) -> Element:
        self._count(Action.KEEP, element.tag)
        return element if isinstance(element, RawDataElement) else copy(element)  # what is given stays as it is

    def _count(self, action: Action, tag: BaseTag) -> None:
        self.counts[Done(action, name_of(tag))] += 1


CHANGES: Mapping[Action, Callable[[Walk, BaseTag, str, list[str]], DataElement | None]] = {
    Action.UID: Walk._mapped,  # noqa: SLF001 - a table of this module's own methods
    Action.SHIFT: Walk._shifted,  # noqa: SLF001
    Action.WORDS: Walk._cleaned,  # noqa: SLF001
    Action.GRAPHICS: Walk._drawn,  # noqa: SLF001
}
