"""Feedback to makers, as its pages ask for it."""

import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from collega.adapters.files.archive import FileArchive
from collega.bootstrap.packs.pack_export import PackTaker
from collega.bootstrap.packs.packing import AnswerSaid, PackDesk
from collega.decide.pack import Choice
from collega.model.audit import AuditEntry
from collega.model.pack import AnswerStatus

# A file that was made for a page is removed once it is sent; one of which the sending was cut off, after so long.
LEFT_OVER_S = 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PackPages:
    """What the pages ask; see `collega.web.packs.PackPages`."""

    desk: PackDesk
    archive: FileArchive

    async def listed(self) -> dict[str, Any]:
        """List packs, and the figures of each maker; that they were looked at is logged."""
        told = await self.desk.listed()
        async with self.desk.store.transaction() as transaction:
            entry = AuditEntry(event="feedback packs viewed", payload={"lines": len(told["packs"])})
            await transaction.add_audit(entry)
        return told

    async def told(self, key: str) -> dict[str, Any] | None:
        """Tell of a pack with its cases."""
        return await self.desk.told(key)

    async def prepare(self, by: str) -> None:
        """Make a pack of what is new for each maker."""
        await self.desk.prepare(by)

    async def approve(self, key: str, by: str, reason: str, choice: Choice) -> None:
        """Let a pack leave."""
        await self.desk.approve(key, by, reason, choice)

    async def refuse(self, key: str, by: str, reason: str) -> None:
        """Keep a pack here."""
        await self.desk.refuse(key, by, reason)

    async def take(self, key: str, by: str) -> Path:
        """Make the file of a pack, in a folder of its own."""
        taker = PackTaker(desk=self.desk, archive=self.archive)
        for old in taker.folder.glob("out-*"):
            if time.time() - old.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(old, ignore_errors=True)
        path, _ = await taker.take(key, taker.folder / f"out-{uuid4().hex}", by)
        return path

    async def answer(  # noqa: PLR0913 - what an answer is made of
        self, key: str, case: int, by: str, *, status: AnswerStatus, fixed_in: str, answered_on: date, writer: str
    ) -> None:
        """Note what the maker says of a case."""
        said = AnswerSaid(status=status, fixed_in=fixed_in, answered_on=answered_on, writer=writer)
        await self.desk.answer(key, case, said, by)
