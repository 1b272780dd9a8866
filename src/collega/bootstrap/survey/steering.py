"""Those who steer surveys: open, close, remind, and note what is done; each leaves a line in the audit record.

The lines hold counts and the moment of the steering alone. Of whoever answers there is no line.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from collega.adapters.postgres import surveys
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.survey.figures import asked_in
from collega.bootstrap.survey.tickets import Marker
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.survey.suppress import FEWEST
from collega.survey.toml import read_questionnaire
from collega.survey.waves import STATES, difference

KEY_BYTES, TICKET_BYTES = 8, 16
EVERY_S = 60.0
LONGEST_OWNER = 200
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """Links that were not used, of those that were given; ``unknown`` counts those that are no links of the survey."""

    links: tuple[str, ...]
    used: int
    unknown: int
    until: date


def today_in(zone: ZoneInfo) -> date:
    """Give the day by the clock of the site."""
    return datetime.now(zone).date()


def is_closed(survey: Mapping[str, Any], zone: ZoneInfo) -> bool:
    """Tell whether nobody may answer any more: it was closed, or its last day has passed."""
    return bool(survey["closed"]) or today_in(zone) > survey["until"]


async def open_survey(  # noqa: PLR0913 - what a survey is made of
    transaction: PostgresTransaction,
    text: str,
    until: date,
    tickets: int,
    zone: ZoneInfo,
    marker: Marker,
    *,
    after: str | None = None,
    responsible: str = "",
) -> tuple[str, list[str]]:
    """Open a survey: its key, and tickets of which marks alone are kept.

    Raises
    ------
    InputError
        The last day has passed; the survey before is not closed, or asked something else.
    """
    today = today_in(zone)
    if until < today:
        message = f"{until} has passed: nobody could answer"
        raise InputError(message)
    if after is not None:
        await check_after(transaction, text, after, zone)
    key, made = secrets.token_hex(KEY_BYTES), [secrets.token_urlsafe(TICKET_BYTES) for _ in range(tickets)]
    await surveys.add(
        transaction,
        key=key,
        questionnaire=text,
        opened=today,
        until=until,
        secret=secrets.token_bytes(32),
        tickets=sorted(marker.of_link(one) for one in made),
        after=after,
    )
    payload = {"survey": key, "invited": tickets}
    await transaction.add_audit(AuditEntry(event="survey opened", responsible=responsible, payload=payload))
    return key, made


async def check_after(transaction: PostgresTransaction, text: str, after: str, zone: ZoneInfo) -> None:
    """Refuse a questionnaire that cannot be held against an earlier survey; `InputError` names key and reason."""
    before = await surveys.survey(transaction, after)
    if before is None or not is_closed(before, zone):
        message = f"there is no survey {after} that is closed"
        raise InputError(message)
    if reason := difference(asked_in(before), read_questionnaire(text, "questionnaire")):
        message = f"it cannot follow {after}: {reason}"
        raise InputError(message)


async def close_survey(transaction: PostgresTransaction, key: str, marker: Marker) -> bool:
    """Close a survey and open what was answered, all at once; false where it was closed before.

    What cannot be opened stays sealed, and is counted in the audit record.

    Raises
    ------
    InputError
        There is none, or nothing that was answered can be opened: the key is another one, and it stays open.
    """
    if await surveys.survey(transaction, key) is None:
        message = f"there is no survey {key}"
        raise InputError(message)
    if not await surveys.close(transaction, key):
        return False
    sealed = await surveys.all_sealed(transaction, key)
    opened, fault = _opened(key, sealed, marker)
    if fault and not opened:
        raise fault
    await surveys.say(transaction, key, list(opened.values()))
    await surveys.wipe(transaction, key, list(opened))
    payload = {"survey": key, **await surveys.counts(transaction, key)}
    if fault:
        payload["not_opened"] = len(sealed) - len(opened)
    await transaction.add_audit(AuditEntry(event="survey closed", payload=payload))
    return True


def _opened(
    key: str, sealed: Mapping[str, bytes], marker: Marker
) -> tuple[dict[str, dict[str, str]], InputError | None]:
    opened, fault = {}, None
    for mark, one in sealed.items():
        try:
            opened[mark] = marker.unseal(key, mark, one)
        except InputError as error:
            fault = error
    return opened, fault


async def closed_survey(
    transaction: PostgresTransaction, key: str, zone: ZoneInfo, marker: Marker
) -> Mapping[str, Any] | None:
    """Give a survey that is closed, closing one whose last day has passed; None for one that is open, or none."""
    survey = await surveys.survey(transaction, key)
    if survey is None or not is_closed(survey, zone):
        return None
    if not survey["closed"]:
        await close_survey(transaction, key, marker)
    return survey


async def remind(  # noqa: PLR0913 - what a reminder is picked from
    transaction: PostgresTransaction,
    key: str,
    lines: Sequence[str],
    zone: ZoneInfo,
    marker: Marker,
    responsible: str = "",
) -> Reminder:
    """Pick from the links that the sender has those which were not used, at most once a day.

    Only used or not is known of a link, and only by its mark: the list is the sender's. Twice a day would tell who
    began in between; a list of few who began would name them.

    Raises
    ------
    InputError
        There is no open survey of that key, fewer than five have begun, or a list was given today.
    """
    today = today_in(zone)
    survey = await surveys.survey(transaction, key)
    if survey is None or is_closed(survey, zone):
        message = f"there is no survey {key} that is open"
        raise InputError(message)
    links = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    known = await surveys.is_used(transaction, key, [marker.of_link(one) for one in links])
    if not known:
        message = "none of these is a link of this survey"
        raise InputError(message)
    if (await surveys.counts(transaction, key))["begun"] < FEWEST:
        message = f"fewer than {FEWEST} have begun, and the list would tell who: remind everybody"
        raise InputError(message)
    if not await surveys.remind(transaction, key, today):
        message = "a list was given today; two on one day would tell who began in between"
        raise InputError(message)
    unused = tuple(one for one in links if known.get(marker.of_link(one)) is False)
    payload = {"survey": key, "given": len(known), "unused": len(unused)}
    await transaction.add_audit(AuditEntry(event="survey reminded", responsible=responsible, payload=payload))
    return Reminder(links=unused, used=sum(known.values()), unknown=len(links) - len(known), until=survey["until"])


async def set_action(
    transaction: PostgresTransaction, key: str, sent: Mapping[str, str], responsible: str = ""
) -> None:
    """Note who does what about a barrier, by when, and how far it is.

    Raises
    ------
    InputError
        There is no such survey or action, or a value makes no sense.
    """
    survey = await surveys.survey(transaction, key)
    named = (sent.get("question", ""), sent.get("option", ""))
    if survey is None or named not in {(one.question, one.option) for one in asked_in(survey).actions}:
        message = "there is no such action"
        raise InputError(message)
    owner, state, day = sent.get("owner", "").strip(), sent.get("state", ""), sent.get("by", "").strip()
    if len(owner) > LONGEST_OWNER or not all(letter.isprintable() for letter in owner):
        message = f"owner: at most {LONGEST_OWNER} letters in one line"
        raise InputError(message)
    if state not in STATES:
        message = f"state: {state!r} is none of {', '.join(STATES)}"
        raise InputError(message)
    try:
        by = date.fromisoformat(day) if day else None
    except ValueError as error:
        message = f"by: {day!r} is no day, YYYY-MM-DD"
        raise InputError(message) from error
    question, option = named
    await surveys.set_action(transaction, key, question=question, option=option, owner=owner, by=by, state=state)
    payload = {"survey": key, "question": question, "option": option, "owner": owner, "by": day, "state": state}
    await transaction.add_audit(AuditEntry(event="survey action set", responsible=responsible, payload=payload))


async def close_due(store: PostgresStore, zone: ZoneInfo, marker: Marker) -> list[str]:
    """Close surveys whose last day has passed, and mix their rows; gives those that this call has closed."""
    async with store.transaction() as transaction:
        due = await surveys.due(transaction, today_in(zone))
    closed = []
    for key in due:  # one transaction each: a survey that fails keeps no other open
        try:
            async with store.transaction() as transaction:
                if await close_survey(transaction, key, marker):
                    closed.append(key)
        except InputError as error:
            _log.warning("a survey whose last day has passed was not closed", survey=key, reason=str(error))
    return closed


async def keep_surveys(store: PostgresStore, zone: ZoneInfo, marker: Marker, stop: asyncio.Event) -> None:
    """Close what is due until ``stop`` is set."""
    while not stop.is_set():
        try:
            await close_due(store, zone, marker)
        except Exception:  # noqa: BLE001 - the edge of this work: what is due stays due
            _log.exception("surveys whose last day has passed were not closed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)
