"""What phones ask: to look at a link, to begin, to go on, to have an answer kept.

A ticket lets somebody begin; from then on the phone shows a key that it alone holds, signed by the survey so that
nobody makes one up. Which ticket led to which key is told to the phone and kept nowhere.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.survey.crowd import Crowd
from collega.bootstrap.survey.figures import Library, figures
from collega.bootstrap.survey.saving import Begin, Save, write
from collega.bootstrap.survey.steering import TICKET_BYTES, is_closed
from collega.bootstrap.survey.tickets import Marker, is_signed, signed
from collega.survey.questionnaire import Questionnaire


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What a ticket leads to."""

    survey: str
    asked: Questionnaire
    until: date
    used: bool
    closed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """How far a phone has come; ``told`` holds the figures once the survey is closed."""

    asked: Questionnaire
    cells: Mapping[str, str]
    until: date
    closed: bool
    told: Mapping[str, Any] | None = None


class PhoneDesk:
    """What pages of phones ask.

    A crowd asks for a few connections and not for all: it must neither be refused nor keep the board from the database.
    """

    def __init__(self, *, store: PostgresStore, zone: ZoneInfo, marker: Marker) -> None:
        self._store, self._zone, self._marker = store, zone, marker
        self._library = Library()
        self._looks: Crowd[str] = Crowd(self._look)
        self._passes: Crowd[tuple[str, str]] = Crowd(self._pass)
        self._results: Crowd[str] = Crowd(self._result)
        self._writes: Crowd[Begin | Save] = Crowd(self._write)

    async def ticket(self, ticket: str) -> Ticket | None:
        """Look at a ticket; nothing is used up by it."""
        found, survey = await self._looks.ask(self._marker.of_link(ticket))
        if not found or not survey:
            return None
        return Ticket(
            survey=survey["survey_key"],
            asked=self._library.of(survey),
            until=survey["until"],
            used=found["used"],
            closed=is_closed(survey, self._zone),
        )

    async def begin(self, ticket: str) -> tuple[str, str] | None:
        """Use a ticket: the survey, and the key of the phone; None where that is not possible."""
        survey = await self._writes.ask(Begin(mark=self._marker.of_link(ticket)))
        if not survey:
            return None
        phone = secrets.token_hex(TICKET_BYTES)
        return survey["survey_key"], signed(bytes(survey["secret"]), phone)

    async def filled(self, key: str, phone: str) -> Filled | None:
        """Tell how far a phone has come, or the figures once the survey is closed; None for a key that is not ours."""
        mark = self._marker.of_phone(phone)
        survey, has_begun, sealed = await self._passes.ask((key, mark))
        if not survey or not is_signed(bytes(survey["secret"]), phone):
            return None
        closed, told = is_closed(survey, self._zone), None
        cells = self._marker.unseal(key, mark, sealed) if sealed and not closed else {}
        if survey["closed"] and has_begun:  # the figures are for those who took part
            told = await self._results.ask(key)
        return Filled(asked=self._library.of(survey), cells=cells, until=survey["until"], closed=closed, told=told)

    async def save(self, key: str, phone: str, question: str, form: Mapping[str, str]) -> bool:
        """Keep one answer; false where the key is not ours, the survey closed, or nothing of that name asked.

        Raises
        ------
        InputError
            It is no answer of that question.
        """
        mark = self._marker.of_phone(phone)
        return bool(await self._writes.ask(Save(key=key, phone=phone, mark=mark, question=question, form=form)))

    async def _look(self, marks: Sequence[str]) -> list[tuple[Any, Any]]:
        async with self._store.transaction() as transaction:
            found = await surveys.tickets(transaction, marks)
            of_key = await surveys.surveys(transaction, {one["survey_key"] for one in found.values()})
        return [(one := found.get(mark), of_key.get(one["survey_key"]) if one else None) for mark in marks]

    async def _pass(self, asks: Sequence[tuple[str, str]]) -> list[tuple[Any, bool, bytes | None]]:
        async with self._store.transaction() as transaction:
            of_key = await surveys.surveys(transaction, {key for key, _ in asks})
            found = {key: await surveys.sealed(transaction, key, [mark for _, mark in asks]) for key in of_key}
        return [(of_key.get(key), mark in found.get(key, {}), found.get(key, {}).get(mark)) for key, mark in asks]

    async def _result(self, keys: Sequence[str]) -> list[Any]:
        """Work out the figures once for all who come for them at one time."""
        async with self._store.transaction() as transaction:
            of_key = await surveys.surveys(transaction, set(keys))
            told = {key: await figures(transaction, survey) for key, survey in of_key.items()}
        return [told.get(key) for key in keys]

    async def _write(self, asks: Sequence[Begin | Save]) -> list[Any]:
        async with self._store.transaction() as transaction:
            return await write(transaction, asks, self._marker, self._open)

    def _open(self, survey: Mapping[str, Any]) -> Questionnaire | None:
        return None if is_closed(survey, self._zone) else self._library.of(survey)
