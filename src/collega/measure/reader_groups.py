"""Figures about readers: each sees the own, others see groups that are too large to point at one."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

Figure = TypeVar("Figure")
LEAST_READERS = 5


def own_figure(figures: Mapping[str, Figure], viewer: str) -> Figure | None:
    """Give the figure of the one who looks; None where there is none."""
    return figures.get(viewer)


def shown_groups(groups: Mapping[str, Sequence[str]]) -> dict[str, bool]:
    """Tell for each group whether its figure may be shown.

    A group is shown from `LEAST_READERS` different readers on. Where exactly one group, or groups of too few readers
    together, would have to be left out, the smallest one that could be shown is left out with them: else what is
    missing were the difference between the total and what is shown.

    Parameters
    ----------
    groups : Mapping
        Name of each group to its readers; a reader may stand in it several times.
    """
    sizes = {name: len(set(readers)) for name, readers in groups.items()}
    shown = {name: size >= LEAST_READERS for name, size in sizes.items()}
    left_out = {reader for name, readers in groups.items() if not shown[name] for reader in readers}
    if left_out and len(left_out) < LEAST_READERS:
        further = sorted((name for name in sizes if shown[name]), key=lambda name: (sizes[name], name))
        for name in further[:1]:
            shown[name] = False
    return shown
