"""Business cases changed on a page: tried without a trace, saved with who and when beside the case that was."""

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collega.bootstrap.worth.value_desk import text_of
from collega.config import Settings
from collega.errors import InputError
from collega.value.answer import answer, as_json
from collega.value.edit import Edit, edited, numbers_of, parts_of
from collega.value.read_case import read_case

HISTORY = "history"
PORTFOLIO = "portfolio"
STALE = "stale"
UNCHANGED = "unchanged"


@dataclass(kw_only=True, slots=True)
class EditDesk:
    """What the editor of cases asks of the site's folder.

    Parameters
    ----------
    settings : Settings
    """

    settings: Settings
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def opened(self, name: str) -> dict[str, Any] | None:
        """Give the fields of a case, and what tells whether its file has changed since; None where there is none."""
        path = self._path(name)
        return await asyncio.to_thread(_opened, path) if path else None

    async def tried(self, name: str, sent: Mapping[str, str]) -> dict[str, Any] | None:
        """Work out a case with other numbers; nothing is stored."""
        path = self._path(name)
        return await asyncio.to_thread(_tried, path, sent) if path else None

    async def saved(self, name: str, sent: Mapping[str, str], base: str, by: str) -> dict[str, Any] | None:
        """Save a case, unless its file is another one than was opened, or something is wrong."""
        path = self._path(name)
        if path is None:
            return None
        async with self._one:
            return await asyncio.to_thread(_saved, path, sent, base, by)

    def _path(self, name: str) -> Path | None:
        if not self.settings.value.cases:
            return None
        found = {path.stem: path for path in Path(self.settings.value.cases).glob("*.toml") if path.stem != PORTFOLIO}
        return found.get(name)


def _opened(path: Path) -> dict[str, Any]:
    try:
        text = text_of(path)
        case = read_case(text, path.name)
    except InputError as error:
        return {"inputs": [], "base": "", "faults": {"": str(error)}}
    inputs = [
        {"key": item.key, "name": item.name, "counts": item.counts, **parts_of(item)} for item in numbers_of(case, text)
    ]
    return {"inputs": inputs, "base": _digest(text), "faults": {}}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _edit(path: Path, text: str, sent: Mapping[str, str]) -> Edit:
    try:
        return edited(text, path.name, sent)
    except InputError as error:
        return Edit(text=text, case=None, faults={"": str(error)}, changed=())


def _tried(path: Path, sent: Mapping[str, str]) -> dict[str, Any]:
    try:
        text = text_of(path)
    except InputError as error:
        return {"told": None, "faults": {"": str(error)}, "changed": ()}
    found = _edit(path, text, sent)
    told = as_json(answer(found.case)) if found.case else None
    return {"told": told, "faults": dict(found.faults), "changed": found.changed}


def _saved(path: Path, sent: Mapping[str, str], base: str, by: str) -> dict[str, Any]:
    try:
        text = text_of(path)
    except InputError as error:
        return {"faults": {"": str(error)}}
    if _digest(text) != base:
        return {"faults": {"": STALE}}
    found = _edit(path, text, sent)
    if found.case is None:
        return {"faults": dict(found.faults)}
    if not found.changed:
        return {"faults": {"": UNCHANGED}}
    now = datetime.now(UTC)
    kept = path.parent / HISTORY / path.stem / f"{now:%Y%m%dT%H%M%S.%fZ}.toml"
    kept.parent.mkdir(parents=True, exist_ok=True)
    _write(kept, text)
    said = f"# {now:%Y-%m-%dT%H:%M:%SZ}, {by}: {', '.join(found.changed)}; before: {kept.relative_to(path.parent)}\n"
    _write(path, said + found.text)
    return {"faults": {}}


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
