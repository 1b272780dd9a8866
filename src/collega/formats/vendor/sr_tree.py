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
    return _item(dataset, 0, [0])


def _item(data: Dataset, depth: int, count: list[int]) -> Item:
    count[0] += 1
    if depth > DEEPEST:
        text = f"the content of the report is nested deeper than {DEEPEST} levels"
        raise QuarantineError("too-deep", text)
    if count[0] > MOST_ITEMS:
        text = f"the report has more than {MOST_ITEMS} content items"
        raise QuarantineError("too-much", text)
    return Item(
        data=data,
        kind=str(data.get("ValueType") or ""),
        relationship=str(data.get("RelationshipType") or ""),
        name=read_code(data, "ConceptNameCodeSequence"),
        children=tuple(_item(child, depth + 1, count) for child in data.get("ContentSequence") or ()),
    )
