"""Feedback to makers; part of a `Store` transaction."""

from collections.abc import Collection, Sequence
from typing import Protocol

from collega.model.pack import Answer, Pack, PackStanding


class Packs(Protocol):
    """Packs with their cases, standings and answers."""

    async def judged(self, vendor: str, app_ids: Collection[str]) -> Sequence[str]:
        """List studies in which one of these apps is found wrong now, where no pack for this maker tells of it: keys.

        By a reader's disagreement, by a finding that was missed, or by a closed discrepancy in which the report is
        right. Studies of the packs of the last day may be among them: which cases are new, their versions tell.
        """
        ...

    async def packed(self, vendor: str, study_keys: Collection[str]) -> Collection[tuple[str, str]]:
        """Give thing and version of each case of these studies that a pack for this maker holds already."""
        ...

    async def add_pack(self, pack: Pack) -> None:
        """Keep a pack; `FencedError` where another has taken its number or one of its cases meanwhile."""
        ...

    async def pack(self, key: str) -> Pack | None:
        """Find a pack as it stands now, with every answer."""
        ...

    async def packs(self, vendor: str = "") -> Sequence[Pack]:
        """List packs as they stand now, the latest first; of one maker where it is named."""
        ...

    async def stand_pack(self, key: str, standing: PackStanding) -> None:
        """Keep another standing; `FencedError` where its revision is taken."""
        ...

    async def add_maker_answer(self, key: str, answer: Answer) -> None:
        """Keep an answer; `FencedError` where its number is taken."""
        ...
