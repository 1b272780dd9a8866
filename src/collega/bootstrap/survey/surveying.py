"""Surveys: opened by a command, filled in on phones, told once they are closed.

A ticket lets somebody begin; from then on the phone shows a key that it alone holds, signed by the survey so that
nobody makes one up. Which ticket led to which key is told to the phone and kept nowhere.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.survey.analysis import analyse
from collega.survey.answers import Answers, read_answers
from collega.survey.filling import cell_of, next_question
from collega.survey.questionnaire import Questionnaire
from collega.survey.toml import read_questionnaire

KEY_BYTES, TICKET_BYTES = 8, 16


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
    """What pages ask."""

    store: PostgresStore
    zone: ZoneInfo

    async def ticket(self, ticket: str) -> Ticket | None:
        """Look at a ticket; nothing is used up by it."""
        async with self.store.transaction() as transaction:
            found = await surveys.ticket(transaction, _hash(ticket))
            survey = await surveys.survey(transaction, found["survey_key"]) if found else None
        if not found or not survey:
            return None
        return Ticket(
            survey=survey["survey_key"],
            asked=_asked(survey),
            until=survey["until"],
            used=found["used"],
            closed=self._is_closed(survey),
        )

    async def begin(self, ticket: str) -> tuple[str, str] | None:
        """Use a ticket: the survey, and the key of the phone; None where that is not possible."""
        async with self.store.transaction() as transaction:
            found = await surveys.ticket(transaction, _hash(ticket))
            survey = await surveys.survey(transaction, found["survey_key"]) if found else None
            if not survey or self._is_closed(survey):
                return None
            if not await surveys.use(transaction, _hash(ticket), survey["survey_key"]):
                return None
        phone = secrets.token_hex(TICKET_BYTES)
        return survey["survey_key"], f"{phone}.{_sign(survey, phone)}"

    async def filled(self, key: str, phone: str) -> Filled | None:
        """Tell how far a phone has come, or the figures once the survey is closed; None for a key that is not ours."""
        async with self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not _is_ours(survey, phone):
                return None
            cells = await surveys.cells(transaction, key, _hash(phone))
            closed = self._is_closed(survey)
            # The figures are for those who took part.
            told = await _told(transaction, survey) if closed and cells else None
        return Filled(asked=_asked(survey), cells=cells or {}, until=survey["until"], closed=closed, told=told)

    async def save(self, key: str, phone: str, question: str, form: Mapping[str, str]) -> bool:
        """Keep one answer; false where the key is not ours, the survey closed, or nothing of that name asked.

        Raises
        ------
        InputError
            It is no answer of that question.
        """
        async with self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not _is_ours(survey, phone) or self._is_closed(survey):
                return False
            asked = _asked(survey)
            if (found := asked.question(question)) is None:
                return False
            answer = {question: cell_of(found, form)}
            before = await surveys.cells(transaction, key, _hash(phone)) or {}
            done = next_question(asked, before | answer) is None
            await surveys.save(transaction, key, _hash(phone), answer, done=done)
        return True

    async def listed(self) -> list[dict[str, Any]]:
        """List surveys with how many have begun and are done, the latest first."""
        async with self.store.transaction() as transaction:
            rows = await surveys.listed(transaction)
        return [
            {**row, "asked": _asked(row), "is_closed": self._is_closed(row), "key": row["survey_key"]} for row in rows
        ]

    async def told(self, key: str) -> tuple[Questionnaire, Mapping[str, Any]] | None:
        """Give the figures of a survey that is closed."""
        async with self.store.transaction() as transaction:
            survey = await surveys.survey(transaction, key)
            if not survey or not self._is_closed(survey):
                return None
            told = await _told(transaction, survey)
        return (_asked(survey), told) if told else None

    def _is_closed(self, survey: Mapping[str, Any]) -> bool:
        return bool(survey["closed"]) or _today(self.zone) > survey["until"]


async def open_survey(
    transaction: PostgresTransaction, text: str, until: date, tickets: int, zone: ZoneInfo
) -> tuple[str, list[str]]:
    """Open a survey: its key, and tickets of which hashes alone are kept.

    Raises
    ------
    InputError
        The last day has passed.
    """
    today = _today(zone)
    if until < today:
        message = f"{until} has passed: nobody could answer"
        raise InputError(message)
    key, made = secrets.token_hex(KEY_BYTES), [secrets.token_urlsafe(TICKET_BYTES) for _ in range(tickets)]
    await surveys.add(
        transaction,
        key=key,
        questionnaire=text,
        opened=today,
        until=until,
        secret=secrets.token_bytes(32),
        tickets=sorted(_hash(one) for one in made),
    )
    return key, made


async def close_survey(transaction: PostgresTransaction, key: str) -> None:
    """Close a survey; `InputError` where there is none."""
    if not await surveys.close(transaction, key):
        message = f"there is no survey {key}"
        raise InputError(message)


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
    if survey is None or not (survey["closed"] or _today(zone) > survey["until"]):
        message = f"there is no survey {key} that is closed"
        raise InputError(message)
    return _asked(survey), await surveys.answers(transaction, key)


async def _told(transaction: PostgresTransaction, survey: Mapping[str, Any]) -> dict[str, Any] | None:
    asked = _asked(survey)
    cells = await surveys.answers(transaction, survey["survey_key"])
    rows = [
        Row(table="answers", line=line, cells={one.id: given.get(one.id, "") for one in asked.questions})
        for line, given in enumerate(cells, start=2)
    ]
    given: Answers | None = read_answers(rows, asked) if rows else None
    return analyse(asked, given) if given else None


def _asked(survey: Mapping[str, Any]) -> Questionnaire:
    return read_questionnaire(survey["questionnaire"], "questionnaire")


def _today(zone: ZoneInfo) -> date:
    return datetime.now(zone).date()


def _hash(word: str) -> str:
    return sha256(word.encode()).hexdigest()


def _sign(survey: Mapping[str, Any], phone: str) -> str:
    return hmac.new(bytes(survey["secret"]), phone.encode(), "sha256").hexdigest()


def _is_ours(survey: Mapping[str, Any], phone: str) -> bool:
    name, _, mark = phone.partition(".")
    return hmac.compare_digest(mark.encode(), _sign(survey, name).encode())
