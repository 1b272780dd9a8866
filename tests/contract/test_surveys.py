"""Surveys in the database: closed by their date, held against the one before, reminded of without naming anybody."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from collega.adapters.postgres.migrate import migrate
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.survey import steering
from collega.bootstrap.survey.phones import PhoneDesk
from collega.bootstrap.survey.steering import today_in
from collega.bootstrap.survey.surveying import SurveyDesk
from collega.bootstrap.survey.tickets import Marker
from collega.errors import InputError
from collega.survey.export import figures_csv

pytestmark = pytest.mark.shows("R11", "R29", "R77", "R82")
ZONE = ZoneInfo("Europe/Amsterdam")
MARKER = Marker(key=b"k" * 32)
QUESTIONS = """
id = "q"
version = "1"
title = { en = "T", nl = "T" }
source = { en = "S", nl = "S" }
[[question]]
id = "level"
kind = "single"
group = true
en = "Level?"
nl = "Niveau?"
options = [ { id = "s", en = "Second", nl = "Tweede" }, { id = "t", en = "Third", nl = "Derde" } ]
[[question]]
id = "likes"
kind = "single"
en = "Likes?"
nl = "Leuk?"
options = [ { id = "yes", en = "Yes", nl = "Ja" }, { id = "no", en = "No", nl = "Nee" } ]
[[action]]
question = "likes"
option = "no"
step = "sandbox"
en = "Try it."
nl = "Probeer het."
"""
Transactions = Callable[[], AbstractAsyncContextManager[PostgresTransaction]]


def desks(real: Any) -> tuple[SurveyDesk, PhoneDesk]:
    values: Any = {"store": real.store, "zone": ZONE, "marker": MARKER}
    return SurveyDesk(**values), PhoneDesk(**values)


async def opened(transactions: Transactions, people: int, **more: Any) -> tuple[str, list[str]]:
    async with transactions() as transaction:
        until = today_in(ZONE) + timedelta(days=9)
        return await steering.open_survey(transaction, QUESTIONS, until, people, ZONE, MARKER, **more)


async def answer(desk: PhoneDesk, ticket: str, level: str, likes: str) -> str:
    begun = await desk.begin(ticket)
    assert begun is not None
    key, phone = begun
    for question, said in (("level", level), ("likes", likes)):
        if said:
            assert await desk.save(key, phone, question, {"answer": said})
    return phone


async def ask(transactions: Transactions, query: str, *values: object) -> list[dict[str, Any]]:
    async with transactions() as transaction:
        return await transaction.rows(query, values)


async def test_a_survey_whose_last_day_has_passed_is_closed_and_mixed_once(real: Any) -> None:
    transactions: Transactions = real.transaction
    _, phones = desks(real)
    key, tickets = await opened(transactions, 8)
    kept_by = [await answer(phones, one, "s", "" if place == 3 else "yes") for place, one in enumerate(tickets[:7])]
    one_by_one = "SELECT count(DISTINCT xmin::text) AS n FROM survey_answer WHERE survey_key = %s"
    assert (await ask(transactions, one_by_one, key))[0]["n"] == 1  # the last one is done, so all were mixed
    late = await answer(phones, tickets[7], "t", "")
    assert (await ask(transactions, one_by_one, key))[0]["n"] == 2  # who leaves off half-way stands out
    await ask(transactions, "UPDATE survey SET until = opened - 1 WHERE survey_key = %s RETURNING 1", key)
    closed = await asyncio.gather(*(steering.close_due(real.store, ZONE, MARKER) for _ in range(4)))
    assert [one for some in closed for one in some] == [key]
    assert (await ask(transactions, one_by_one, key))[0]["n"] == 1
    # Even where the day is moved again nothing is written past the mixing.
    await ask(transactions, "UPDATE survey SET until = opened + 9 WHERE survey_key = %s RETURNING 1", key)
    assert not await phones.save(key, late, "likes", {"answer": "yes"})
    assert not await phones.save(key, kept_by[3], "likes", {"answer": "no"})
    lines = await ask(transactions, "SELECT event, payload FROM audit WHERE payload->>'survey' = %s ORDER BY at", key)
    told = [(line["event"], line["payload"]) for line in lines]
    assert told == [
        ("survey opened", {"survey": key, "invited": 8}),
        ("survey closed", {"survey": key, "invited": 8, "begun": 8, "done": 6}),
    ]


async def test_the_next_wave_tells_whether_an_action_worked_and_hides_what_the_first_report_hid(real: Any) -> None:
    transactions: Transactions = real.transaction
    desk, phones = desks(real)
    before, tickets = await opened(transactions, 33)
    with pytest.raises(InputError, match=r"no survey .* that is closed"):
        await opened(transactions, 5, after=before)
    said = [*[("s", "no")] * 18, *[("s", "yes")] * 12, *[("t", "no")] * 2, ("t", "yes")]
    for ticket, (level, likes) in zip(tickets, said, strict=True):
        await answer(phones, ticket, level, likes)
    assert await desk.told(before) is None  # open: a count alone
    async with transactions() as transaction:
        await steering.close_survey(transaction, before, MARKER)
    sent = {"question": "likes", "option": "no", "owner": "=AI lead", "by": "2027-03-01", "state": "done"}
    await desk.set_action(before, sent, "lead")
    for fault, words in (
        ({"state": "soon"}, "state: 'soon'"),
        ({"by": "3/1"}, "by: '3/1'"),
        ({"option": "x"}, "no such"),
    ):
        with pytest.raises(InputError, match=words):
            await desk.set_action(before, {**sent, **fault}, "lead")
    first = await desk.told(before)
    async with transactions() as transaction:
        changed = QUESTIONS.replace('id = "no"', 'id = "nope"').replace('option = "no"', 'option = "nope"')
        with pytest.raises(InputError, match=r"question\[likes\]\.options: not as in the survey before"):
            await steering.open_survey(transaction, changed, today_in(ZONE), 5, ZONE, MARKER, after=before)
    after, tickets = await opened(transactions, 40, after=before)
    for place, ticket in enumerate(tickets):
        await answer(phones, ticket, "st"[place % 2], "no" if place < 6 else "yes")
    async with transactions() as transaction:
        await steering.close_survey(transaction, after, MARKER)
    second = await desk.told(after)
    assert first is not None
    assert second is not None
    action = second[1]["readiness"][0]
    assert (action["owner"], action["by"], action["state"], action["worked"]) == (
        "=AI lead",
        "2027-03-01",
        "done",
        "yes",
    )
    assert (action["change"]["before"]["count"], action["change"]["after"]["count"]) == (20, 6)
    assert action["change"]["high"] < 0
    # Three of the third level answered in the first wave: no form of either report tells what.
    table = figures_csv(first[1])
    assert "group,likes,yes,level=t,,," in table
    assert "group,likes,yes,level=s,,," in table
    assert "level=t,1," not in table + figures_csv(second[1])
    assert {one["from"] for one in second[1]["trends"]} == {first[1]["waves"][-1]["wave"]}
    own = {(one["id"]): one["count"] for item in first[1]["items"] for one in item["options"]}
    assert all(one["before"]["count"] == own[one["option"]] for one in second[1]["trends"])
    assert "worked,likes,no,done: =AI lead" in figures_csv(second[1])


async def test_a_reminder_gives_the_unused_links_that_the_sender_has_and_no_more(real: Any) -> None:
    transactions: Transactions = real.transaction
    desk, phones = desks(real)
    key, tickets = await opened(transactions, 9)
    links = [f"https://collega.example/s/{one}" for one in tickets]
    for ticket in tickets[:4]:
        await answer(phones, ticket, "s", "yes")
    with pytest.raises(InputError, match="fewer than 5 have begun"):
        await desk.remind(key, links, "lead")
    await answer(phones, tickets[4], "s", "yes")
    with pytest.raises(InputError, match="none of these"):
        await desk.remind(key, ["https://collega.example/s/other"], "lead")
    found = await desk.remind(key, [*links, "", "https://collega.example/s/other", links[0]], "lead")
    assert (list(found.links), found.used, found.unknown) == (links[5:], 5, 1)
    with pytest.raises(InputError, match="given today"):
        await desk.remind(key, links, "lead")
    (line,) = await ask(transactions, "SELECT responsible, payload FROM audit WHERE event = 'survey reminded'")
    assert line == {"responsible": "lead", "payload": {"survey": key, "given": 9, "unused": 4}}
    async with transactions() as transaction:
        await steering.close_survey(transaction, key, MARKER)
    with pytest.raises(InputError, match="that is open"):
        await desk.remind(key, links, "lead")


async def test_who_took_part_comes_for_the_result_at_one_time_and_it_is_worked_out_for_all_together(real: Any) -> None:
    _, phones = desks(real)
    key, tickets = await opened(real.transaction, 30)
    kept_by = [await answer(phones, ticket, "s", "yes") for ticket in tickets]
    assert not any(one is None or one.told for one in [await phones.filled(key, kept_by[0])])
    async with real.transaction() as transaction:
        await steering.close_survey(transaction, key, MARKER)
    found = await asyncio.gather(*(phones.filled(key, one) for one in kept_by))
    told = [one.told for one in found if one is not None and one.told is not None]
    assert [one["n"] for one in told] == [30] * 30
    assert len({id(one) for one in told}) <= 2
    stranger = await phones.filled(key, f"{'0' * 32}.{'0' * 64}")
    assert stranger is None


BEFORE = """DROP TABLE survey_said, questionnaire; ALTER TABLE survey_answer DROP COLUMN sealed, ADD COLUMN cells jsonb;
    DELETE FROM schema_version WHERE name LIKE '0049%';
    INSERT INTO survey (survey_key, questionnaire, opened, until, closed, secret)
    SELECT key, text, '2026-01-01', until::date, key = 'old', 's'
    FROM (VALUES ('old', '2026-01-31'), ('running', '2099-12-31')) AS given (key, until),
    (SELECT {questions} AS text) AS asked;
    INSERT INTO survey_answer (phone_hash, survey_key, cells, done)
    SELECT key || number, key, '{{"level": "s", "likes": "yes"}}', true
    FROM (VALUES ('old'), ('running')) AS given (key), generate_series(1, 6) AS number"""


async def test_answers_of_before_are_kept_when_the_database_is_brought_to_this_version(real: Any) -> None:
    url = real.store.url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(BEFORE).format(questions=sql.Literal(QUESTIONS)))
    migrate(url)
    desk, _ = desks(real)
    old = await desk.told("old")
    assert old is not None
    assert old[1]["n"] == 6
    async with real.transaction() as transaction:
        assert await steering.close_survey(transaction, "running", MARKER)
    running = await desk.told("running")
    assert running is not None
    assert running[1]["n"] == 6


async def test_two_phones_with_one_link_give_one_answer_and_the_second_is_told(real: Any) -> None:
    _, phones = desks(real)
    key, (ticket,) = await opened(real.transaction, 1)
    begun = await asyncio.gather(*(phones.begin(ticket) for _ in range(12)))
    assert sum(one is not None for one in begun) == 1
    told = await phones.ticket(ticket)
    assert told is not None
    assert told.used
    assert (await ask(real.transaction, "SELECT count(*) AS n FROM survey_answer WHERE survey_key = %s", key)) == [
        {"n": 0}
    ]
