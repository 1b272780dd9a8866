"""Surveys for those who steer them: counts while one is open, figures once it is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.survey import steering
from collega.bootstrap.survey.figures import Library, asked_in, figures
from collega.bootstrap.survey.steering import Reminder, closed_survey, is_closed
from collega.bootstrap.survey.tickets import Marker
from collega.errors import InputError
from collega.survey.questionnaire import Questionnaire
from collega.survey.suppress import FEWEST


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyDesk:
    """What pages ask."""

    store: PostgresStore
    zone: ZoneInfo
    marker: Marker
    library: Library = field(default_factory=Library)

    async def listed(self) -> list[dict[str, Any]]:
        """List surveys with how many have begun and are done, the latest first."""
        async with self.store.transaction() as transaction:
            rows = await surveys.listed(transaction)
        return [
            {**row, "asked": self.library.of(row), "is_closed": is_closed(row, self.zone), "key": row["survey_key"]}
            for row in rows
        ]

    async def told(self, key: str) -> tuple[Questionnaire, Mapping[str, Any]] | None:
        """Give the figures of a survey that is closed."""
        async with self.store.transaction() as transaction:
            survey = await closed_survey(transaction, key, self.zone, self.marker)
            told = await figures(transaction, survey) if survey else None
        return (asked_in(survey), told) if survey and told else None

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


async def report_of(
    transaction: PostgresTransaction, key: str, zone: ZoneInfo, marker: Marker
) -> tuple[Questionnaire, Mapping[str, Any]]:
    """Give the figures of a closed survey, as its page does.

    Raises
    ------
    InputError
        There is no such survey, it is open, or nobody answered.
    """
    survey = await closed_survey(transaction, key, zone, marker)
    told = await figures(transaction, survey) if survey else None
    if survey is None or told is None:
        message = f"there is no survey {key} that is closed and was answered"
        raise InputError(message)
    return asked_in(survey), told


async def answers_of(
    transaction: PostgresTransaction, key: str, zone: ZoneInfo, marker: Marker
) -> tuple[Questionnaire, list[dict[str, str]]]:
    """Give the answers of a closed survey, in an order that tells nothing.

    Raises
    ------
    InputError
        There is no such survey, or it is open: two tables of an open survey would tell by their difference who answered
        in between. Or fewer than five have answered: their lines would be theirs.
    """
    survey = await closed_survey(transaction, key, zone, marker)
    if survey is None:
        message = f"there is no survey {key} that is closed"
        raise InputError(message)
    given = await surveys.answers(transaction, key)
    if len(given) < FEWEST:
        message = f"fewer than {FEWEST} have answered: nobody is shown among so few"
        raise InputError(message)
    return asked_in(survey), given
