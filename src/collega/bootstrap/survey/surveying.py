"""Surveys: opened by a command, filled in on phones, told once they are closed.

A ticket lets somebody begin; from then on the phone shows a key that it alone holds, signed by the survey so that
nobody makes one up. Which ticket led to which key is told to the phone and kept nowhere.
"""

import asyncio
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.survey import steering
from collega.bootstrap.survey.figures import asked_in, figures
from collega.bootstrap.survey.steering import TICKET_BYTES, Reminder, today_in
from collega.bootstrap.survey.tickets import Marker
from collega.errors import InputError
from collega.survey.filling import cell_of, next_question
from collega.survey.questionnaire import Questionnaire

# Whoever uses a link or is done waits for the rest anyway, since all rows are written anew.
PHONES_AT_ONCE = 2


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


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyDesk:
    """What pages ask.

    Attributes
    ----------
    turns : asyncio.Semaphore
        Phones wait here and not for a connection: a crowd must neither be refused nor keep the board from the database.
    """

    store: PostgresStore
    zone: ZoneInfo
    marker: Marker
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PHONES_AT_ONCE))

    async def ticket(self, ticket: str) -> Ticket | None:
        """Look at a ticket; nothing is used up by it."""
        async with self.turns, self.store.transaction() as transaction:
            found = await surveys.ticket(transaction, self.marker.of_link(ticket))
            survey = await surveys.survey(transaction, found["survey_key"]) if found else None
        if not found or not survey:
            return None
        return Ticket(
            survey=survey["survey_key"],
            asked=asked_in(survey),
            until=survey["until"],
            used=found["used"],
            closed=self._is_closed(survey),
        )

    async def begin(self, ticket: str) -> tuple[str, str] | None:
        """Use a ticket: the survey, and the key of the phone; None where that is not possible."""
        async with self.turns, self.store.transaction() as transaction:
            found = await surveys.ticket(transaction, self.marker.of_link(ticket))
            survey = await surveys.survey(transaction, found["survey_key"]) if found else None
            if not survey or self._is_closed(survey):
                return None
            if not await surveys.use(transaction, self.marker.of_link(ticket), survey["survey_key"]):
                return None
        phone = secrets.token_hex(TICKET_BYTES)
        return survey["survey_key"], f"{phone}.{_sign(survey, phone)}"

    async def filled(self, key: str, phone: str) -> Filled | None:
        """Tell how far a phone has come, or the figures once the survey is closed; None for a key that is not ours."""
        async with self.turns, self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not _is_ours(survey, phone):
                return None
            cells = await surveys.cells(transaction, key, self.marker.of_phone(phone))
            closed = self._is_closed(survey)
            # The figures are for those who took part.
            told = await figures(transaction, survey) if closed and cells else None
        return Filled(asked=asked_in(survey), cells=cells or {}, until=survey["until"], closed=closed, told=told)

    async def save(self, key: str, phone: str, question: str, form: Mapping[str, str]) -> bool:
        """Keep one answer; false where the key is not ours, the survey closed, or nothing of that name asked.

        Raises
        ------
        InputError
            It is no answer of that question.
        """
        async with self.turns, self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not _is_ours(survey, phone) or self._is_closed(survey):
                return False
            asked = asked_in(survey)
            if (found := asked.question(question)) is None:
                return False
            answer = {question: cell_of(found, form)}
            before = await surveys.cells(transaction, key, self.marker.of_phone(phone)) or {}
            done = next_question(asked, before | answer) is None
            return await surveys.save(transaction, key, self.marker.of_phone(phone), answer, done=done)

    async def listed(self) -> list[dict[str, Any]]:
        """List surveys with how many have begun and are done, the latest first."""
        async with self.store.transaction() as transaction:
            rows = await surveys.listed(transaction)
        return [
            {**row, "asked": asked_in(row), "is_closed": self._is_closed(row), "key": row["survey_key"]} for row in rows
        ]

    async def told(self, key: str) -> tuple[Questionnaire, Mapping[str, Any]] | None:
        """Give the figures of a survey that is closed."""
        async with self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not self._is_closed(survey):
                return None
            told = await figures(transaction, survey)
        return (asked_in(survey), told) if told else None

    async def one(self, key: str) -> dict[str, Any] | None:
        """Give a survey with its counts."""
        return next((row for row in await self.listed() if row["key"] == key), None)

    async def remind(self, key: str, lines: Sequence[str], by: str) -> Reminder:
        """Pick the links that were not used; `InputError` with the reason where that is refused."""
        async with self.store.transaction() as transaction:
            return await steering.remind(transaction, key, lines, self.zone, self.marker, by)

    async def set_action(self, key: str, sent: Mapping[str, str], by: str) -> None:
        """Note who does what about a barrier; `InputError` with the reason where that is refused."""
        async with self.store.transaction() as transaction:
            await steering.set_action(transaction, key, sent, by)

    def _is_closed(self, survey: Mapping[str, Any]) -> bool:
        return bool(survey["closed"]) or today_in(self.zone) > survey["until"]


async def report_of(
    transaction: PostgresTransaction, key: str, zone: ZoneInfo
) -> tuple[Questionnaire, Mapping[str, Any]]:
    """Give the figures of a closed survey, as its page does.

    Raises
    ------
    InputError
        There is no such survey, it is open, or nobody answered.
    """
    survey = await surveys.survey(transaction, key)
    is_closed = survey is not None and (survey["closed"] or today_in(zone) > survey["until"])
    told = await figures(transaction, survey) if survey and is_closed else None
    if survey is None or told is None:
        message = f"there is no survey {key} that is closed and was answered"
        raise InputError(message)
    return asked_in(survey), told


async def answers_of(
    transaction: PostgresTransaction, key: str, zone: ZoneInfo
) -> tuple[Questionnaire, list[dict[str, str]]]:
    """Give the answers of a closed survey, in an order that tells nothing.

    Raises
    ------
    InputError
        There is no such survey, or it is open: two tables of an open survey would tell by their difference who answered
        in between.
    """
    survey = await surveys.survey(transaction, key)
    if survey is None or not (survey["closed"] or today_in(zone) > survey["until"]):
        message = f"there is no survey {key} that is closed"
        raise InputError(message)
    return asked_in(survey), await surveys.answers(transaction, key)


def _sign(survey: Mapping[str, Any], phone: str) -> str:
    return hmac.new(bytes(survey["secret"]), phone.encode(), "sha256").hexdigest()


def _is_ours(survey: Mapping[str, Any], phone: str) -> bool:
    name, _, mark = phone.partition(".")
    return hmac.compare_digest(mark.encode(), _sign(survey, name).encode())
