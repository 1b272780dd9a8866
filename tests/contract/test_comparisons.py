"""Comparisons in the database: what has ended is written once, and no table of the line knows of it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collega.adapters.postgres import comparisons
from collega.adapters.postgres.store import PostgresTransaction
from collega.model.code import Code, Text
from collega.model.comparison import Contender, Item, ItemState, Said, Side
from collega.model.finding import Evaluation
from collega.model.study import Role
from collega.testing import records
from collega.testing.records import AT, PNEUMONIA

pytestmark = pytest.mark.shows("R8", "R15")
Transactions = Callable[[], AbstractAsyncContextManager[PostgresTransaction]]
A = Contender(app_id="finder", version="1.0.0", name=Text(en="F", nl="V"), folder="/a b/'finder'", thresholds=0)
B = replace(A, version="2.0.0", thresholds=3)
SAID = Said(
    code=PNEUMONIA,
    site=Code(scheme="SCT", value="39607008", meaning="Lung"),
    name=Text(en="opacity", nl="verdichting"),
    evaluation=Evaluation.PRESENT,
    score_percent=81.25,
)


@pytest.fixture
def transactions(real: Any) -> Transactions:
    opened: Transactions = real.transaction
    return opened


async def test_a_comparison_is_found_again_and_its_name_is_taken_once(transactions: Transactions) -> None:
    async with transactions() as transaction:
        made = await comparisons.add(transaction, "v1 against v2", A, B, AT, "AI lead")
        assert await comparisons.add(transaction, "v1 against v2", B, A, AT, "AI lead") is None
    assert made is not None
    async with transactions() as transaction:
        assert await comparisons.named(transaction, "v1 against v2") == made
        assert await comparisons.named(transaction, "other") is None
    assert (made.a, made.b, made.side(Side.B)) == (A, B, B)


async def test_what_has_ended_is_written_once(transactions: Transactions) -> None:
    async with transactions() as transaction:
        made = await comparisons.add(transaction, "c", A, B, AT, "AI lead")
        assert made is not None
        await comparisons.add_studies(transaction, made.key, ["1.1", "1.2"])
        await comparisons.add_studies(transaction, made.key, ["1.2", "1.3"])
    done = Item(study_instance_uid="1.2", side=Side.A, state=ItemState.ANALYSED, findings=(SAID,), seconds=1.5)
    async with transactions() as transaction:
        assert len(await comparisons.to_do(transaction, made.key)) == 6
        await comparisons.end(transaction, made.key, done, AT)
        await comparisons.end(transaction, made.key, replace(done, state=ItemState.FAILED, findings=()), AT)
        await comparisons.add_studies(transaction, made.key, ["1.2"])
    async with transactions() as transaction:
        left = await comparisons.to_do(transaction, made.key)
        assert [(item.study_instance_uid, item.side) for item in left] == [
            ("1.1", Side.A), ("1.1", Side.B), ("1.2", Side.B), ("1.3", Side.A), ("1.3", Side.B),
        ]  # fmt: skip
        assert done in await comparisons.items(transaction, made.key)
        (row,) = await comparisons.overview(transaction)
        assert (row["studies"], row["runs"], row["to_do"], row["last_at"]) == (3, 6, 5, AT)
        assert await comparisons.count(transaction, made.key) == 6
        assert await transaction.rows("SELECT 1 FROM event UNION ALL SELECT 1 FROM job") == []


@pytest.mark.parametrize("state", [state for state in ItemState if state is not ItemState.TO_DO])
async def test_every_end_can_be_kept(transactions: Transactions, state: ItemState) -> None:
    item = Item(study_instance_uid="1", side=Side.B, state=state, reason="why")
    async with transactions() as transaction:
        made = await comparisons.add(transaction, "c", A, B, AT, "AI lead")
        assert made is not None
        await comparisons.add_studies(transaction, made.key, ["1"])
        await comparisons.end(transaction, made.key, item, AT)
        assert (await comparisons.items(transaction, made.key))[1] == item


async def test_studies_with_images_since_a_moment(transactions: Transactions) -> None:
    headers = [records.header(study=name) for name in "ABC"]
    async with transactions() as transaction:
        for number, header in enumerate(headers):
            at = AT + timedelta(hours=number)
            await transaction.add_study(header, records.study(header).key, at)
            if number != 1:
                await transaction.add_instances([records.instance(replace(header, role=Role.IMAGE), at=at)])
        found = await comparisons.studies_since(transaction, AT)
        assert found == [headers[0].study_instance_uid, headers[2].study_instance_uid]
        assert await comparisons.studies_since(transaction, AT + timedelta(hours=1)) == found[1:]
