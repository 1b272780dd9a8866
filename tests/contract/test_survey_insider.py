"""Somebody inside, with the database and the list of links, looks for who answered what: in rows, times and files."""

import hmac
import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from hashlib import blake2b, md5, sha1, sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from scipy.stats import mannwhitneyu

from collega.bootstrap.survey import steering
from collega.bootstrap.survey.phones import PhoneDesk
from collega.bootstrap.survey.steering import today_in
from collega.bootstrap.survey.surveying import SurveyDesk, answers_of
from collega.bootstrap.survey.tickets import Marker
from collega.errors import InputError
from collega.survey.sealing import unseal

pytestmark = pytest.mark.shows("R11", "R29", "R30", "R77")
ZONE, MARKER = ZoneInfo("Europe/Amsterdam"), Marker(key=b"k" * 32)
CROWD = 30
# Of thirty, one stands in its own place by chance; nine or more do once in a million times.
MOST_GUESSED, ONCE_IN_A_MILLION = 8, 1e-6
QUESTIONS = """
id = "q"
version = "1"
title = { en = "T", nl = "T" }
source = { en = "S", nl = "S" }
[[question]]
id = "likes"
kind = "single"
en = "Likes?"
nl = "Leuk?"
options = [ { id = "yes", en = "Yes", nl = "Ja" }, { id = "no", en = "No", nl = "Nee" } ]
[[question]]
id = "years"
kind = "number"
low = 0
high = 9999
en = "Years?"
nl = "Jaren?"
"""
TABLES = ("survey_ticket", "survey_answer", "survey_said")


async def opened(real: Any, people: int) -> tuple[str, list[str], PhoneDesk]:
    async with real.transaction() as transaction:
        until = today_in(ZONE) + timedelta(days=9)
        key, tickets = await steering.open_survey(transaction, QUESTIONS, until, people, ZONE, MARKER)
    return key, tickets, PhoneDesk(store=real.store, zone=ZONE, marker=MARKER)


async def answer(phones: PhoneDesk, ticket: str, number: int) -> str:
    begun = await phones.begin(ticket)
    assert begun is not None
    key, phone = begun
    assert await phones.save(key, phone, "likes", {"answer": "yes" if number % 2 else "no"})
    assert await phones.save(key, phone, "years", {"answer": str(number)})
    return phone


async def ask(real: Any, query: str, *values: object) -> list[dict[str, Any]]:
    async with real.transaction() as transaction:
        found: list[dict[str, Any]] = await transaction.rows(query, values)
        return found


def guesses(word: bytes, known: list[bytes]) -> Iterator[str]:
    """Hash a link as somebody would who knows every value of the database, but not the key beside it."""
    for hashing in (sha256, md5, sha1, blake2b):
        yield hashing(word).hexdigest()
        for key in known:
            yield hmac.new(key, word, hashing).hexdigest()
            yield hmac.new(key, b"ticket " + word, hashing).hexdigest()


async def test_the_list_of_links_and_the_database_do_not_tell_who_has_answered(real: Any) -> None:
    key, tickets, phones = await opened(real, 6)
    for number, ticket in enumerate(tickets[:3]):
        await answer(phones, ticket, number)
    (survey,) = await ask(real, "SELECT * FROM survey")
    known = [value if isinstance(value, bytes) else str(value).encode() for value in survey.values()]
    marks = {row["ticket_hash"] for row in await ask(real, "SELECT * FROM survey_ticket")}
    for ticket, place in itertools.product(tickets, ("{}", "/s/{}", "https://collega.example/s/{}")):
        assert marks.isdisjoint(guesses(place.format(ticket).encode(), known))
    for row in await ask(real, "SELECT * FROM survey_answer"):
        for secret in [one for one in known if len(one) in {16, 24, 32}]:
            with pytest.raises(InputError, match="cannot be opened"):
                unseal(secret, f"{key} {row['phone_hash']}", bytes(row["sealed"]))


async def test_who_looks_at_every_row_after_every_answer_knows_no_answer_of_anybody(real: Any) -> None:
    key, tickets, phones = await opened(real, CROWD)
    desk = SurveyDesk(store=real.store, zone=ZONE, marker=MARKER)
    traces = "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM audit) AS n"
    before, done = await ask(real, traces), []
    appeared: list[str] = []
    for number, ticket in enumerate(tickets):  # one by one, each seen by the attacker
        await answer(phones, ticket, number)
        rows = await ask(real, "SELECT *, xmin::text AS x FROM survey_answer")
        appeared += [row["phone_hash"] for row in rows if row["phone_hash"] not in appeared]
        assert {len(row["sealed"]) for row in rows} == {len(rows[0]["sealed"])}
        assert len({row["x"] for row in rows}) == 1
        found = await desk.one(key)
        assert found is not None
        done.append((found["begun"], found["done"]))
        assert await desk.told(key) is None
    # The count says that somebody answered, and when somebody looks, and nothing else.
    assert done == [(number, number) for number in range(1, CROWD + 1)]
    assert await ask(real, traces) == before
    assert await ask(real, "SELECT * FROM survey_said") == []
    async with real.transaction() as transaction:
        assert await steering.close_survey(transaction, key, MARKER)
    said = await ask(real, "SELECT *, xmin::text AS x, ctid::text AS place FROM survey_said ORDER BY ctid")
    assert [row["sealed"] for row in await ask(real, "SELECT sealed FROM survey_answer")] == [None] * CROWD
    assert {*said[0]} - {"x", "place"} == {"survey_key", "cells"}
    assert len({row["x"] for row in said}) == 1
    # The order in which people came, in which rows lie, and in which the table is given, have nothing in common.
    async with real.transaction() as transaction:
        _, given = await answers_of(transaction, key, ZONE, MARKER)
    by_mark = await ask(real, "SELECT phone_hash FROM survey_answer ORDER BY ctid")
    places = [row["phone_hash"] for row in by_mark]
    for order in ([int(row["cells"]["years"]) for row in said], [appeared.index(mark) for mark in places]):
        assert sorted(order) == list(range(CROWD))
        assert sum(place == number for place, number in enumerate(order)) <= MOST_GUESSED
    assert given == sorted(given, key=str)
    # The server keeps no time of a transaction, and writes no statement into its log; nothing counts up.
    for name, kept_off in (
        ("track_commit_timestamp", "off"),
        ("log_statement", "none"),
        ("log_min_duration_statement", "-1"),
        ("log_connections", ""),
    ):
        assert await ask(real, "SELECT current_setting(%s) AS kept", name) == [{"kept": kept_off}]
    kinds = "SELECT data_type FROM information_schema.columns WHERE table_name = ANY(%s)"
    found_kinds = {row["data_type"] for row in await ask(real, kinds, list(TABLES))}
    assert found_kinds == {"text", "boolean", "jsonb", "bytea"}


async def test_an_answer_takes_as_long_whoever_holds_the_link_and_whatever_it_says(real: Any) -> None:
    _, tickets, phones = await opened(real, 60)
    seconds: dict[tuple[str, int], list[float]] = {}
    for number, ticket in enumerate(tickets):
        begin = time.perf_counter()
        begun = await phones.begin(ticket)
        assert begun is not None
        middle = time.perf_counter()
        await phones.save(*begun, "likes", {"answer": "yes" if number % 4 < 2 else "no"})
        end = time.perf_counter()
        # In turn, so that whatever else this machine does falls on both alike.
        seconds.setdefault(("begin", number % 2), []).append(middle - begin)
        seconds.setdefault(("holder", number % 2), []).append(end - middle)
        seconds.setdefault(("said", number % 4 // 2), []).append(end - middle)
    for what in ("begin", "holder", "said"):
        p = mannwhitneyu(seconds[what, 0], seconds[what, 1]).pvalue
        assert p > ONCE_IN_A_MILLION, (what, p)


async def test_times_of_files_tell_that_somebody_answered_and_not_who_or_what(real: Any) -> None:
    _, tickets, phones = await opened(real, 8)
    ((folder,),) = [row.values() for row in await ask(real, "SELECT current_setting('data_directory')")]
    paths = """SELECT c.relname, pg_relation_filepath(c.oid) AS path FROM pg_class AS c
        WHERE c.relname LIKE 'survey%%' AND c.relkind IN ('r', 'i')"""
    files = {row["relname"]: Path(folder) / row["path"] for row in await ask(real, paths)}
    touched = []
    for number, ticket in enumerate(tickets):
        before = {name: path.stat().st_mtime_ns for name, path in files.items()}
        await answer(phones, ticket, number)
        await checkpoint(real.store.url)  # the server writes files when it likes; this is the worst case
        touched.append(frozenset(name for name, path in files.items() if path.stat().st_mtime_ns != before[name]))
    assert len(set(touched[1:])) == 1, touched
    assert {"survey_ticket", "survey_answer"} <= touched[-1]


async def checkpoint(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CHECKPOINT")


async def test_of_fewer_than_five_no_line_is_given_and_a_wrong_key_closes_nothing(real: Any) -> None:
    key, tickets, phones = await opened(real, 6)
    for number, ticket in enumerate(tickets[:4]):
        await answer(phones, ticket, number)
    with pytest.raises(InputError, match=r"secrets/survey\.key is not that of this survey"):
        async with real.transaction() as transaction:
            await steering.close_survey(transaction, key, Marker(key=b"x" * 32))
    # One row that was changed takes nobody along: it stays sealed, and is counted.
    change = """UPDATE survey_answer SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE phone_hash =
        (SELECT min(phone_hash) FROM survey_answer) RETURNING 1"""
    await ask(real, change)
    async with real.transaction() as transaction:
        assert await steering.close_survey(transaction, key, MARKER)
        with pytest.raises(InputError, match="fewer than 5 have answered"):
            await answers_of(transaction, key, ZONE, MARKER)
    assert await ask(real, "SELECT count(*) AS n FROM survey_said") == [{"n": 3}]
    assert await ask(real, "SELECT count(*) AS n FROM survey_answer WHERE sealed IS NOT NULL") == [{"n": 1}]
    (line,) = await ask(real, "SELECT payload FROM audit WHERE event = 'survey closed'")
    assert line["payload"]["not_opened"] == 1
