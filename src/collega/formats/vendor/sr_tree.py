"""The content tree of a structured report, bounded in depth and size (PS3.3 C.17.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.formats.vendor.codes import read_code, words
from collega.model.code import Code
from collega.model.results import Concept

# The templates of PS3.16 that are read go nine levels deep; CAD reports of a whole study hold a few thousand items.
DEEPEST = 32
MOST_ITEMS = 200_000


@dataclass(frozen=True, slots=True)
class Item:
    """One content item; ``name`` is None where it has none, or one that names nothing."""

    data: Dataset
    kind: str
    relationship: str
    name: Code | None
    children: tuple["Item", ...]

    def named(self, *concepts: Concept) -> Iterator["Item"]:
        """Children of these names."""
        return (item for item in self.children if item.name and (item.name.scheme, item.name.value) in concepts)

    def walk(self) -> Iterator["Item"]:
        """Itself and all below it, in the order of the document."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))

    @property
    def code(self) -> Code | None:
        """The value of a CODE item."""
        return read_code(self.data, "ConceptCodeSequence")

    @property
    def text(self) -> str:
        """The value of a TEXT or UIDREF item."""
        return words(self.data.get("TextValue") or self.data.get("UID"))


def read_tree(dataset: Dataset) -> Item:
    """Read the root of a document with all below it.

    Raises
    ------
    QuarantineError
        ``too-deep`` or ``too-much``.
    """
    return _Reader(dataset).item(dataset, 0)


class _Reader:
    """Counts what it reads of one document."""

    def __init__(self, document: Dataset) -> None:
        self._document = document
        self._count = 0

    def item(self, data: Dataset, depth: int) -> Item:
        self._count += 1
        if depth > DEEPEST:
            text = f"the content of the report is nested deeper than {DEEPEST} levels"
            raise QuarantineError("too-deep", text)
        if self._count > MOST_ITEMS:
            text = f"the report has more than {MOST_ITEMS} content items"
            raise QuarantineError("too-much", text)
        relationship = str(data.get("RelationshipType") or "")
        children: tuple[Item, ...] = ()
        if "ReferencedContentItemIdentifier" in data:
            # By reference (C.17.3.2.5), as CAD reports name their images: what it is, and nothing below it, which
            # stands in its own place and could lead back here.
            data = self._referenced(data)
        else:
            children = tuple(self.item(child, depth + 1) for child in data.get("ContentSequence") or ())
        return Item(
            data=data,
            kind=str(data.get("ValueType") or ""),
            relationship=relationship,
            name=read_code(data, "ConceptNameCodeSequence"),
            children=children,
        )

    def _referenced(self, data: Dataset) -> Dataset:
        """Follow the places of items, from 1, the root being the first (C.17.3.2.5); an empty item where they end."""
        identifier = data.ReferencedContentItemIdentifier
        places = [identifier] if isinstance(identifier, int) else list(identifier)
        found = self._document
        for place in places[1:]:
            items = found.get("ContentSequence") or ()
            if not 1 <= int(place) <= len(items):
                return Dataset()
            found = items[int(place) - 1]
        return found
