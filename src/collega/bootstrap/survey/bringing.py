"""Answers that another survey tool has gathered become a survey that is closed: page, paper, actions and next wave."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.survey.steering import KEY_BYTES, check_after, today_in
from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.model.audit import AuditEntry
from collega.survey.answers import as_cells, read_answers
from collega.survey.questionnaire import Questionnaire


async def bring_answers(  # noqa: PLR0913 - what such a survey is made of
    transaction: PostgresTransaction,
    text: str,
    asked: Questionnaire,
    rows: Sequence[Row],
    on: date,
    zone: ZoneInfo,
    *,
    after: str | None = None,
    responsible: str = "",
) -> tuple[str, int]:
    """Keep a table of answers: the key of the survey, and how many people.

    What is no question of the questionnaire is left out, so that times and names are not kept.

    Parameters
    ----------
    on : date
        The last day on which people were asked; names the wave.
    after : str or None
        The survey before, of the same questions.

    Raises
    ------
    InputError
        A cell holds no answer, the table holds several waves, the day is still to come, or it cannot follow ``after``.
    """
    if on > today_in(zone):
        message = f"{on} is still to come: what was answered is known once people were asked"
        raise InputError(message)
    people = (await asyncio.to_thread(read_answers, rows, asked)).people
    waves = sorted({one.wave for one in people})
    if len(waves) > 1:
        message = f"wave: there are {len(waves)}, {', '.join(waves)}; bring in each by itself, one after the other"
        raise InputError(message)
    if after is not None:
        await check_after(transaction, text, after, zone)
    key = secrets.token_hex(KEY_BYTES)
    secret = secrets.token_bytes(32)
    await surveys.add(
        transaction, key=key, questionnaire=text, opened=on, until=on, secret=secret, tickets=(), after=after
    )
    await surveys.close(transaction, key)
    await surveys.say(transaction, key, [as_cells(one.answers) for one in people])
    payload = {"survey": key, "people": len(people)}
    await transaction.add_audit(AuditEntry(event="survey brought in", responsible=responsible, payload=payload))
    return key, len(people)
