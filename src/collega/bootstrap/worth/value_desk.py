"""The business cases in a site's folder, worked out for the value board."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from collega.bootstrap.site import OpenStore
from collega.bootstrap.worth.case_ways import note_step, told_ways
from collega.config import Settings
from collega.errors import InputError
from collega.value.answer import answer, as_json
from collega.value.case import Case
from collega.value.portfolio import rank, read_portfolio
from collega.value.read_case import read_case
from collega.value.vendor import markets
from collega.value.way import Step

PORTFOLIO = "portfolio"


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueDesk:
    """What the value board asks of the site; files are read anew each time, so that what people change is shown."""

    settings: Settings
    store: OpenStore

    async def ways(self) -> dict[str, Any]:
        """Tell how far each case has come from idea to approval, and how long that takes."""
        async with self.store.transaction() as transaction:
            return await told_ways(transaction, self.settings)

    async def noted(self, name: str, step: Step, on: date, by: str, note: str) -> bool:
        """Note a step of a case that has a file; False where there is none."""
        if name not in self._names():
            return False
        async with self.store.transaction() as transaction:
            await note_step(transaction, self.settings, name, step, on=on, by=by, note=note)
        return True

    async def cases(self) -> list[dict[str, Any]]:
        """Work out every case: its name, and what it comes to or what is wrong with its file."""
        return await asyncio.to_thread(self._cases)

    async def case(self, name: str) -> dict[str, Any] | None:
        """Work out one case; None where there is none of that name."""
        if name not in self._names():
            return None
        return await asyncio.to_thread(self._told, name, is_whole=True)

    async def portfolio(self) -> dict[str, Any] | None:
        """Rank the cases of ``portfolio.toml``; None where there is no such file."""
        path = self._folder() / f"{PORTFOLIO}.toml"
        return await asyncio.to_thread(_ranked, path) if self.settings.value.cases and path.is_file() else None

    def _folder(self) -> Path:
        return Path(self.settings.value.cases)

    def _names(self) -> list[str]:
        if not self.settings.value.cases:
            return []
        return sorted(path.stem for path in self._folder().glob("*.toml") if path.stem != PORTFOLIO)

    def _cases(self) -> list[dict[str, Any]]:
        return [self._told(name) for name in self._names()]

    def _told(self, name: str, *, is_whole: bool = False) -> dict[str, Any]:
        path = self._folder() / f"{name}.toml"
        try:
            case = read_case(text_of(path), path.name)
            return {
                "name": name,
                "told": as_json(answer(case)),
                "markets": _markets(case) if is_whole else [],
                "faults": "",
            }
        except InputError as error:
            return {"name": name, "told": None, "markets": [], "faults": str(error)}


def _markets(case: Case) -> list[dict[str, Any]]:
    """See the case as its vendor does; nothing where nobody has said what it costs the vendor."""
    if not any(key.startswith("vendor.") for key in case.inputs):
        return []
    return [{**asdict(one), "is_possible": one.is_possible} for one in markets(case)]


def text_of(path: Path) -> str:
    """Read a case's file.

    Raises
    ------
    InputError
        It cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name}: {type(error).__name__}"
        raise InputError(message) from None


def _ranked(path: Path) -> dict[str, Any]:
    try:
        asked = read_portfolio(text_of(path), path.name)
        found = rank(asked, {Path(name).stem: _case(path.parent / Path(name).name) for name in asked.cases})
    except InputError as error:
        return {"faults": str(error)}
    places = [{**asdict(one), "npv": one.npv} for one in found.places]
    return {**asdict(found), "faults": "", "title": asdict(asked.title), "currency": asked.currency, "places": places}


def _case(path: Path) -> Any:  # noqa: ANN401 - a case of the room of value
    return read_case(text_of(path), path.name)
