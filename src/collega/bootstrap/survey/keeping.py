"""Questionnaires that the server keeps: saved as versions, opened again, asked in a survey.

Version 0 of a name is the questionnaire that comes along. Who saves says which version was changed, so that nobody
overwrites what somebody else has saved in between.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collega.adapters.postgres import questionnaires
from collega.adapters.postgres.store import PostgresTransaction
from collega.errors import ConfigurationError, InputError
from collega.model.audit import AuditEntry
from collega.survey.questionnaire import Questionnaire
from collega.survey.shipped import SHIPPED, shipped_text
from collega.survey.toml import read_questionnaire

LARGEST = 500_000
COMES_ALONG = 0
LONGEST_NUMBER = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A version of a questionnaire; the one that comes along has number 0, and nobody saved it."""

    name: str
    number: int
    text: str
    asked: Questionnaire
    saved: datetime | None = None
    responsible: str = ""


async def keep(transaction: PostgresTransaction, text: str, responsible: str = "", base: int | None = None) -> Kept:
    """Save a questionnaire as the next version of its name; what is saved already is not saved twice.

    Parameters
    ----------
    base : int or None
        The version that was changed; None: whatever is there, this comes after it.

    Raises
    ------
    ConfigurationError
        It is a bad questionnaire; the words name key and reason.
    InputError
        It is too large, or another version was saved since ``base``.
    """
    if len(text.encode()) > LARGEST:
        message = f"a questionnaire has at most {LARGEST} bytes"
        raise InputError(message)
    if "\0" in text:
        message = "questionnaire: a byte of nought is no text"
        raise ConfigurationError(message)
    asked = read_questionnaire(text, "questionnaire")
    await questionnaires.alone(transaction, asked.id)
    last = await questionnaires.latest(transaction, asked.id)
    if last and last["content"] == text:
        return _kept(last)
    number = last["number"] if last else COMES_ALONG
    if base is not None and base != number:
        message = f"{asked.id}: version {number} was saved since; open that one, or choose another short name"
        raise InputError(message)
    await questionnaires.add(transaction, asked.id, number + 1, text, responsible)
    payload = {"questionnaire": asked.id, "number": number + 1}
    await transaction.add_audit(AuditEntry(event="questionnaire saved", responsible=responsible, payload=payload))
    found = await questionnaires.one(transaction, asked.id, number + 1)
    if found is None:
        message = f"{asked.id}: the version that was just saved is not there"
        raise LookupError(message)
    return _kept(found)


async def kept(transaction: PostgresTransaction, name: str, number: int | None = None) -> Kept | None:
    """Give a version; without a number the latest one that was saved, else the one that comes along."""
    found = None
    if number is None:
        found = await questionnaires.latest(transaction, name)
    elif number != COMES_ALONG:
        found = await questionnaires.one(transaction, name, number)
    if found:
        return _kept(found)
    return _along(name) if name in SHIPPED and not number else None


async def kept_named(transaction: PostgresTransaction, named: str) -> Kept:
    """Give the version that ``NAME`` or ``NAME@NUMBER`` means.

    Raises
    ------
    InputError
        There is none.
    """
    name, mark, number = named.partition("@")
    is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER
    found = await kept(transaction, name, int(number) if is_number else None) if is_number or not mark else None
    if found is None:
        message = f"no questionnaire {named!r} is kept; there are those that `collega survey questionnaires` lists"
        raise InputError(message)
    return found


async def kept_all(transaction: PostgresTransaction) -> list[Kept]:
    """List all versions, the latest of each name first; those that come along last."""
    rows = await questionnaires.listed(transaction)
    # Many versions are much to read: phones must not wait for that.
    return await asyncio.to_thread(lambda: [*map(_kept, rows), *map(_along, SHIPPED)])


def _along(name: str) -> Kept:
    text = shipped_text(name)
    return Kept(name=name, number=COMES_ALONG, text=text, asked=read_questionnaire(text, name))


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        name=row["name"],
        number=row["number"],
        text=row["content"],
        asked=read_questionnaire(row["content"], row["name"]),
        saved=row["saved"],
        responsible=row["responsible"],
    )
