"""From a data set to the one that may leave: each element, at each depth, by what the plan says of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from collega.errors import QuarantineError
from collega.formats.dicom_deid.dates import shifted
from collega.formats.dicom_deid.dummies import dummy, empty
from collega.formats.dicom_deid.identifiers import Identifiers
from collega.formats.dicom_deid.known_uids import says_what
from collega.formats.dicom_deid.plan import Plan
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Done
from collega.formats.dicom_deid.table import Action
from collega.formats.dicom_deid.values import (
    DATES,
    TEXTS,
    Charset,
    Element,
    family,
    is_of,
    known,
    name_of,
    vr_of,
    words_of,
)
from collega.formats.dicom_deid.words import cleaned

DEEPEST = 64
GONE = {Action.REMOVE, Action.EMPTY, Action.DUMMY}


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


class Walk:
    """One object on its way out; it counts what it does."""

    def __init__(self, plan: Plan, pseudonyms: Pseudonyms, subject: Subject) -> None:
        self.plan = plan
        self.pseudonyms = pseudonyms
        self.subject = subject
        self.counts: Counter[Done] = Counter()
        self.warnings: set[str] = set()

    def dataset(self, source: Dataset, inside: str = "", depth: int = 0) -> Dataset:
        """Give what may leave of a data set or of an item.

        Raises
        ------
        QuarantineError
            Its sequences are nested too deep.
        """
        if depth > DEEPEST:
            text = f"sequences are nested deeper than {DEEPEST}"
            raise QuarantineError("nested-too-deep", text)
        target = Dataset(parent_encoding=source.original_character_set)
        is_implicit, is_little = source.original_encoding
        target.set_original_encoding(is_implicit, is_little, source.original_character_set)
        for tag in source.keys():  # noqa: SIM118 - a dataset iterates over its elements, and reads them
            element = self._element(source, tag, inside, depth)
            if element is not None:
                target[tag] = element
        return target

    def _element(self, source: Dataset, tag: BaseTag, inside: str, depth: int) -> Element | None:
        if tag.is_private:
            return self._gone(Action.REMOVE, tag, "UN")
        element: Element = source.get_item(tag)
        vr = vr_of(element)
        if element.VR == "UN" and vr != "UN":
            element = source[tag]
        action = self.plan.action(tag, vr, inside, self.subject.sop_class_uid)
        if action in GONE:
            return self._gone(action, tag, vr)
        if vr == "SQ":
            return self._sequence(source, tag, depth)
        if known(tag) and family(known(tag)) != family(vr):
            self.warnings.add(f"{name_of(tag)} has the VR {vr}: removed")
            return self._gone(Action.REMOVE, tag, "UN")
        return self._value(action, element, vr, source.original_character_set)

    def _value(self, action: Action, element: Element, vr: str, charset: Charset) -> Element | None:
        """Do what an action asks of a value that is not a sequence."""
        if family(vr) == "binary":
            return self._kept(element)
        words = words_of(element, charset)
        if vr in DATES and not is_of(vr, words):
            self.warnings.add(f"{name_of(element.tag)} holds no {vr}")
            return self._gone(Action.EMPTY, element.tag, vr)
        change = CHANGES.get(action)
        if change is not None:
            self._count(action, element.tag)
            return change(self, element.tag, vr, words)
        if not is_of(vr, words):
            self.warnings.add(f"{name_of(element.tag)} holds no {vr}")
            return self._gone(Action.EMPTY, element.tag, vr)
        if any(self.subject.identifiers.are_in(word) for word in words):
            self.warnings.add(f"{name_of(element.tag)} repeated what identifies the patient")
            return self._gone(Action.DUMMY, element.tag, vr)
        return self._kept(element)

    def _sequence(self, source: Dataset, tag: BaseTag, depth: int) -> DataElement:
        name = name_of(tag)
        items = [self.dataset(item, name, depth + 1) for item in source[tag].value or ()]
        self._count(Action.KEEP, tag)
        return DataElement(tag, "SQ", items)

    def _mapped(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement:
        name = name_of(tag)
        uids = [word if says_what(name, word) else self.pseudonyms.uid(word) for word in words]
        return DataElement(tag, vr, uids[0] if len(uids) == 1 else uids)

    def _shifted(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement | None:
        if vr not in DATES:
            return self._gone(Action.EMPTY, tag, vr)
        moved = [shifted(vr, word, self.subject.days) for word in words]
        if None in moved:
            self.warnings.add(f"{name_of(tag)} holds no whole date")
            return empty(tag, vr)
        return DataElement(tag, vr, moved[0] if len(moved) == 1 else moved)

    def _cleaned(self, tag: BaseTag, vr: str, words: list[str]) -> DataElement | None:
        if vr not in TEXTS:
            return self._gone(Action.REMOVE, tag, vr)
        kept = [text for word in words if (text := cleaned(word)) and not self.subject.identifiers.are_in(text)]
        return DataElement(tag, vr, kept[0] if len(kept) == 1 else kept) if kept else None

    def _gone(self, action: Action, tag: BaseTag, vr: str) -> DataElement | None:
        self._count(action, tag)
        if action is Action.REMOVE:
            return None
        return dummy(tag, vr) if action is Action.DUMMY and vr != "SQ" else empty(tag, vr)

    def _kept(self, element: Element) -> Element:
        self._count(Action.KEEP, element.tag)
        return element

    def _count(self, action: Action, tag: BaseTag) -> None:
        self.counts[Done(action.value, "private elements" if tag.is_private else name_of(tag))] += 1


CHANGES: Mapping[Action, Callable[[Walk, BaseTag, str, list[str]], DataElement | None]] = {
    Action.UID: Walk._mapped,  # noqa: SLF001 - a table of this module's own methods
    Action.SHIFT: Walk._shifted,  # noqa: SLF001
    Action.WORDS: Walk._cleaned,  # noqa: SLF001
}
