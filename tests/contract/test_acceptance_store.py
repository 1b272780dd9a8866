"""Runs, reports and answers in the database: kept, found again, never changed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from collega.accept.record import from_json, to_json
from collega.adapters.postgres import acceptance
from collega.adapters.postgres.store import PostgresTransaction
from collega.model.acceptance import Answer, PersonAnswer, StepOutcome
from collega.model.job import Event
from collega.testing import records
from tests.unit.accept.reports import report

pytestmark = pytest.mark.shows("R31", "R71")
AT = datetime(2026, 3, 2, 8, 30, 15, 123456, tzinfo=UTC)
Transactions = Callable[[], AbstractAsyncContextManager[PostgresTransaction]]


@pytest.fixture
def transactions(real: Any) -> Transactions:
    opened: Transactions = real.transaction
    return opened


async def begin(transaction: PostgresTransaction, at: datetime = AT) -> str:
    run = str(uuid4())
    await acceptance.begin_run(transaction, run=run, at=at, actor="root", accession="TEST1", pacs="PACS")
    return run


async def test_a_run_is_found_again_with_its_answers(transactions: Transactions) -> None:
    whole = report([StepOutcome.PASSED, StepOutcome.FAILED])
    first = PersonAnswer(step="removed", answer=Answer.NO, by="A", at=AT, remark="no <b>")
    later = PersonAnswer(step="removed", answer=Answer.YES, by="B", at=AT + timedelta(hours=1), remark="")
    async with transactions() as transaction:
        run = await begin(transaction)
        await acceptance.end_run(transaction, run=run, at=AT, report=to_json(whole))
        for answer in (first, later):
            await acceptance.add_answer(transaction, run, answer, "web")
    async with transactions() as transaction:
        for asked in ("", run):
            found = await acceptance.kept_report(transaction, asked)
            assert found is not None
            read = from_json(*found)
            assert read.steps == whole.steps
            assert read.answers == (first, later)
        assert await acceptance.kept_report(transaction, str(uuid4())) is None
        audited = await transaction.rows("SELECT responsible FROM audit WHERE event = 'site check answered' ORDER BY 1")
    assert [row["responsible"] for row in audited] == ["A", "B"]


async def test_the_latest_report_counts(transactions: Transactions) -> None:
    async with transactions() as transaction:
        for hours, site in ((2, "later"), (1, "earlier")):
            run = await begin(transaction)
            at = AT + timedelta(hours=hours)
            await acceptance.end_run(transaction, run=run, at=at, report=to_json(report([], site=site)))
        found = await acceptance.kept_report(transaction)
    assert found is not None
    assert from_json(*found).surroundings.site == "later"


async def test_a_run_that_was_cut_short_is_known_until_it_is_taken_back(transactions: Transactions) -> None:
    async with transactions() as transaction:
        cut, other = await begin(transaction), await begin(transaction, AT + timedelta(minutes=1))
        await acceptance.end_run(transaction, run=other, at=AT, report=to_json(report([])))
        current = await begin(transaction, AT + timedelta(minutes=2))
        facts = await acceptance.facts(transaction, run=current, embedded=True, now=datetime.now(UTC))
        assert [item[0] for item in facts.unended] == [cut]
        assert await acceptance.noted_run(transaction, cut) == (cut, AT)
        assert (await acceptance.noted_run(transaction, "") or ("",))[0] == current
        await transaction.add_event(Event(kind="test_taken_back", at=AT, payload={"run": cut}))
        facts = await acceptance.facts(transaction, run=current, embedded=True, now=datetime.now(UTC))
    assert facts.unended == ()
    assert abs(facts.offset_s) < 2
    assert facts.version.startswith("18")


@pytest.mark.parametrize("table", ["acceptance_run", "acceptance_report", "acceptance_answer"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET run_key = run_key", "TRUNCATE {} CASCADE"])
async def test_what_was_recorded_cannot_be_changed(transactions: Transactions, table: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        async with transactions() as transaction:
            await transaction.rows(statement.format(table))


@pytest.mark.parametrize(("answer", "by"), [("perhaps", "A"), ("yes", "")])
async def test_an_answer_without_a_name_or_a_meaning_is_refused(
    transactions: Transactions, answer: str, by: str
) -> None:
    async with transactions() as transaction:
        run = await begin(transaction)
        await acceptance.end_run(transaction, run=run, at=AT, report=to_json(report([])))
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transactions() as transaction:
            await transaction.rows(acceptance.ANSWER, (run, "removed", answer, by, "", AT))


async def test_the_clock_of_a_scanner_is_read_from_its_studies(transactions: Transactions) -> None:
    now = datetime.now(UTC)
    async with transactions() as transaction:
        for number, ahead in ((1, 40), (2, 90), (3, -600)):
            header = records.header(study=str(number), study_at=now + timedelta(seconds=ahead))
            study = await transaction.add_study(header, f"key-{number}", now)
            source = "CT1" if number < 3 else "CR2"
            await transaction.add_event(Event(kind="received", at=now, study_key=study.key, actor=source))
        facts = await acceptance.facts(transaction, run="", embedded=True, now=now)
    found = {row.caller: (row.studies, round(row.smallest_s)) for row in facts.scanners}
    assert found == {"CT1": (2, -90), "CR2": (1, 600)}


async def test_commitments_of_the_test_patient_are_heard(transactions: Transactions) -> None:
    async with transactions() as transaction:
        before = datetime.now(UTC) - timedelta(seconds=5)
        payload: dict[str, object] = {"committed": ["1.2.3"], "failed": ["1.2.4"]}
        await transaction.add_event(Event(kind="test_committed", at=AT, payload=payload))
        assert await acceptance.heard_commitments(transaction, before) == (frozenset({"1.2.3"}), frozenset({"1.2.4"}))
        later = datetime.now(UTC) + timedelta(seconds=5)
        assert await acceptance.heard_commitments(transaction, later) == (frozenset(), frozenset())
