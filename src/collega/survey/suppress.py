"""Which counts are not told, so that nobody is found among few.

A count below five is hidden, and so is a group of fewer than five. What is hidden must not follow from what is shown:
where parts of a shown sum are hidden they are two at least and come to five or more, and the sums, solved as linear
equations, leave every small count more than one value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

FEWEST = 5
N, EVERYBODY, NO_GROUP = "n", "", "?"

ROUNDING = 1e-8

Cell = tuple[str, str]
# A sum and its parts.
Relation = tuple[Cell, list[Cell]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What is counted of a question: columns that add to all who answered, and sums of some of them.

    ``sums``: a sum, and the columns or other sums that it is made of.
    """

    question: str
    columns: tuple[str, ...]
    sums: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Counts by (group, column) with what is hidden of them; the group "" is everybody."""

    counts: Mapping[Cell, int]
    hidden: frozenset[Cell]

    def shown(self, group: str, column: str) -> int | None:
        """Give a count, or None where it is not told."""
        cell = (group, column)
        return None if cell in self.hidden or (group, N) in self.hidden else self.counts[cell]


def counted(
    sheet: Sheet, given: Iterable[tuple[Mapping[str, str], str]], groups: Mapping[str, tuple[str, ...]]
) -> Counted:
    """Count answers for everybody and for each group, and hide.

    Parameters
    ----------
    given : iterable of (groups, column)
        Of each person: to which group of each grouping, and the answer.
    groups : mapping
        Groups by grouping; a group's row is called ``grouping=group``.
    """
    base = [EVERYBODY, *(f"{name}={one}" for name, members in groups.items() for one in (*members, NO_GROUP))]
    counts = dict.fromkeys(((row, column) for row in base for column in (*sheet.columns, N)), 0)
    for membership, column in given:
        for row in (EVERYBODY, *(f"{name}={membership.get(name, NO_GROUP)}" for name in groups)):
            counts[row, column] += 1
            counts[row, N] += 1
    for row in base:
        for name, parts in sheet.sums.items():
            counts[row, name] = sum(counts[row, part] for part in parts)
    empty = {row for row in base if row.endswith(f"={NO_GROUP}") and not counts[row, N]}
    rows = [row for row in base if row not in empty]
    relations = [*_across(sheet, rows), *_down(sheet, groups, rows)]
    hidden = {cell for cell, count in counts.items() if count < FEWEST or cell[0].endswith(f"={NO_GROUP}")}
    return Counted(counts=counts, hidden=frozenset(_close(counts, hidden, relations)))


def _across(sheet: Sheet, rows: Iterable[str]) -> list[Relation]:
    """List the sums within a group."""
    found: list[Relation] = []
    for row in rows:
        found.append(((row, N), [(row, column) for column in sheet.columns]))
        found += [((row, name), [(row, part) for part in parts]) for name, parts in sheet.sums.items()]
        for name, parts in sheet.sums.items():
            inside = _columns(sheet, parts)
            rest = [(row, column) for column in sheet.columns if column not in inside]
            found.append(((row, N), [(row, name), *rest]))
    return found


def _columns(sheet: Sheet, parts: Iterable[str]) -> set[str]:
    return {one for part in parts for one in (_columns(sheet, sheet.sums[part]) if part in sheet.sums else {part})}


def _down(sheet: Sheet, groups: Mapping[str, tuple[str, ...]], rows: list[str]) -> list[Relation]:
    """List the sums over the groups of each grouping."""
    return [
        ((EVERYBODY, column), [(row, column) for row in rows if row.startswith(f"{name}=")])
        for name in groups
        for column in (N, *sheet.columns, *sheet.sums)
    ]


def _close(counts: Mapping[Cell, int], hidden: set[Cell], relations: list[Relation]) -> set[Cell]:
    """Hide more, the smallest first, until no small count follows from what is shown."""
    while (another := _another(counts, hidden, relations)) is not None:
        hidden.add(another)
        for row in {row for row, column in hidden if column == N}:
            hidden |= {cell for cell in counts if cell[0] == row}
    return hidden


def _another(counts: Mapping[Cell, int], hidden: set[Cell], relations: list[Relation]) -> Cell | None:
    """Choose what to hide next: where hidden parts of a shown sum are few, else where a small count is determined."""
    for total, parts in relations:
        gone = [part for part in parts if part in hidden]
        few = len(gone) == 1 or sum(counts[part] for part in gone) < FEWEST
        if total not in hidden and gone and few:
            return _smallest(counts, hidden, parts) or total
        if total in hidden and not gone:
            return _smallest(counts, hidden, parts)
    exposed = _determined(counts, hidden, relations)
    near = [[total, *parts] for total, parts in relations if exposed & {total, *parts}]
    touched = [[total, *parts] for total, parts in relations if hidden & {total, *parts}]
    for choice in (near, touched, [list(counts)]) if exposed else ():
        if (found := _smallest(counts, hidden, [cell for cells in choice for cell in cells])) is not None:
            return found
    return None


def _smallest(counts: Mapping[Cell, int], hidden: set[Cell], cells: Iterable[Cell]) -> Cell | None:
    return min((cell for cell in cells if cell not in hidden), key=lambda cell: (counts[cell], cell), default=None)


def _determined(counts: Mapping[Cell, int], hidden: set[Cell], relations: list[Relation]) -> set[Cell]:
    """Find small counts that have one value only, given all that is shown: no solution of the sums moves them."""
    unknown = sorted({cell for total, parts in relations for cell in (total, *parts)} & hidden)
    place = {cell: index for index, cell in enumerate(unknown)}
    sums = np.zeros((len(relations), len(unknown)))
    for line, (total, parts) in zip(sums, relations, strict=True):
        for cell, sign in ((total, -1.0), *((part, 1.0) for part in parts)):
            if cell in place:
                line[place[cell]] += sign
    _, sizes, directions = np.linalg.svd(sums)
    free = directions[int((sizes > ROUNDING).sum()) :]
    still = np.abs(free).sum(axis=0) < ROUNDING if len(free) else np.ones(len(unknown), dtype=bool)
    return {cell for cell, fixed in zip(unknown, still, strict=True) if fixed and counts[cell] < FEWEST}
