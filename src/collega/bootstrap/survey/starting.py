"""The desk of questionnaires: what its pages ask, from saving one to the links of a survey that asks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.survey import keeping, steering
from collega.bootstrap.survey.bringing import bring_answers
from collega.bootstrap.survey.figures import asked_in
from collega.bootstrap.survey.keeping import Kept
from collega.bootstrap.survey.steering import is_closed
from collega.bootstrap.survey.tickets import Marker
from collega.config import Settings
from collega.errors import InputError
from collega.formats.csv_table import read_table
from collega.survey.questionnaire import Questionnaire

MOST_TICKETS = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A survey that was just opened; its links are kept nowhere."""

    key: str
    asked: Questionnaire
    until: date
    links: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptDesk:
    """What pages ask.

    Attributes
    ----------
    address : str
        What links begin with.
    """

    store: PostgresStore
    zone: ZoneInfo
    marker: Marker
    address: str

    async def every(self) -> list[Kept]:
        """List all versions."""
        async with self.store.transaction() as transaction:
            return await keeping.kept_all(transaction)

    async def one(self, name: str, number: int | None) -> Kept | None:
        """Give a version; without a number the latest."""
        async with self.store.transaction() as transaction:
            return await keeping.kept(transaction, name, number)

    async def keep(self, text: str, by: str, base: int | None = None) -> Kept:
        """Save a questionnaire; refused with the reason where it is bad, or another was saved since ``base``."""
        async with self.store.transaction() as transaction:
            return await keeping.keep(transaction, text, by, base)

    async def before(self, name: str) -> list[dict[str, Any]]:
        """List closed surveys that a new one of this name may follow, the latest first."""
        async with self.store.transaction() as transaction:
            rows = await surveys.listed(transaction)
        return [row for row in rows if is_closed(row, self.zone) and asked_in(row).id == name]

    async def start(self, kept: Kept, sent: Mapping[str, str], by: str) -> Started:
        """Open a survey; `InputError` names the field that is wrong."""
        until, people = _day("until", sent.get("until", "")), _people(sent.get("tickets", ""))
        async with self.store.transaction() as transaction:
            key, made = await steering.open_survey(
                transaction,
                kept.text,
                until,
                people,
                self.zone,
                self.marker,
                after=sent.get("after") or None,
                responsible=by,
            )
        links = tuple(f"{self.address}/s/{one}" for one in made)
        return Started(key=key, asked=kept.asked, until=until, links=links)

    async def bring(self, kept: Kept, sent: Mapping[str, str], by: str) -> str:
        """Keep answers that another tool has gathered as a closed survey; `InputError` names line and column."""
        on = _day("on", sent.get("on", ""))
        rows = read_table(sent.get("csv", "").replace("\r\n", "\n"), "answers", ())
        async with self.store.transaction() as transaction:
            key, _ = await bring_answers(
                transaction,
                kept.text,
                kept.asked,
                rows,
                on,
                self.zone,
                after=sent.get("after") or None,
                responsible=by,
            )
        return key

    async def sheet(self, key: str, lines: Sequence[str]) -> tuple[Questionnaire, list[str]]:
        """Give those lines that are links of a survey, for a sheet of codes.

        Raises
        ------
        InputError
            None of them is.
        """
        links = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[:MOST_TICKETS]
        marks = {one: self.marker.of_link(one) for one in links}
        async with self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            known = await surveys.is_used(transaction, key, list(marks.values())) if survey else {}
        found = [one for one in links if marks[one] in known]
        if survey is None or not found:
            message = "none of these is a link of this survey"
            raise InputError(message)
        return asked_in(survey), found


def address_of(settings: Settings) -> str:
    """Say what links begin with."""
    web = settings.web
    scheme = "https" if web.tls_certificate else "http"
    return web.address or f"{scheme}://{web.host}:{web.port}"


def _day(name: str, day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        message = f"{name}: {day!r} is no day, YYYY-MM-DD"
        raise InputError(message) from error


def _people(number: str) -> int:
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number[:9]) <= MOST_TICKETS:
        message = f"tickets: {number!r} is no number from 1 to {MOST_TICKETS}"
        raise InputError(message)
    return int(number)
