"""Kept validations in the database: found again as they were, never changed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from collega.adapters.postgres import validations
from collega.adapters.postgres.store import PostgresTransaction

pytestmark = pytest.mark.shows("R35", "R68")
REPORT: dict[str, Any] = {
    "plan": {"title": "Bleeds <at> night", "app": "bleed"},
    "hash": "0" * 64,
    "deviations": [{"kind": "no_hash"}],
    "flow": {"analysed": 2},
    "comparison": None,
    "validation": {"figures": {"sensitivity": {"value": 0.1 + 0.2}}, "auc": {}, "subgroups": []},
}


async def test_a_kept_report_is_found_as_it_was_and_cannot_be_changed(real: Any) -> None:
    transactions: Callable[[], AbstractAsyncContextManager[PostgresTransaction]] = real.transaction
    key = str(uuid4())
    async with transactions() as transaction:
        at = datetime.now(UTC)
        await validations.keep(transaction, key=key, at=at, actor="Physicist", version="2", report=REPORT)
    async with transactions() as transaction:
        assert await validations.told(transaction, key) == REPORT
        assert await validations.told(transaction, "' OR true --") is None
        line = next(row for row in await validations.listed(transaction, 5) if row["key"] == key)
    assert (line["title"], line["app_version"], line["deviations"], line["compares"]) == (
        "Bleeds <at> night",
        "2",
        1,
        False,
    )
    assert line["figures"] == REPORT["validation"]["figures"]
    for change in ("DELETE FROM validation RETURNING 1", "UPDATE validation SET report = '{}' RETURNING 1"):
        with pytest.raises(psycopg.errors.RaiseException):
            async with transactions() as transaction:
                await transaction.rows(change, ())
