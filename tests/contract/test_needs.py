"""The page of needs, from a database with studies: where an app could help, and what was measured before one."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.bootstrap.worth import baselines
from collega.bootstrap.worth.needs import NeedsDesk
from collega.config import Settings
from collega.formats.needs_view import KPIS, VERDICTS, needs_view
from collega.testing.fakes import FakeClock
from collega.value.baseline import KPIS as MEASURED
from collega.value.opportunity import Verdict
from collega.value.way import KPI
from tests.contract.test_digest import read
from tests.contract.test_site_validation import AT, fill

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.mark.shows("R6", "R44", "R70")
async def test_needs_are_shown_with_their_intervals_beside_the_baselines_in_both_languages(
    real: Any, tmp_path: Path
) -> None:
    assert {str(verdict) for verdict in Verdict} < set(VERDICTS)
    assert set(KPIS) == {*MEASURED, KPI}
    settings, clock = Settings(data=tmp_path), FakeClock(AT + timedelta(days=1))
    desk = NeedsDesk(store=real, settings=settings, clock=clock)
    empty = await desk.needs()
    assert (empty["needs"], empty["baselines"]) == ([], [])
    async with real.transaction() as transaction:
        await fill(transaction)
        await read(transaction)
        for name in ("before", "open"):
            await baselines.start(transaction, settings, name, exam="", days=14, precision=0.1)
        await baselines.freeze(transaction, settings, "before", "kim")
    (tmp_path / "baselines" / "torn.json").write_text("{", encoding="utf-8")
    assert await desk.needs() is empty, "what was counted is kept for minutes"
    told = await NeedsDesk(store=real, settings=settings, clock=clock).needs()
    assert sum(one["studies"] for one in told["needs"]) == told["studies"] > 30
    for language, is_frozen, problem in (
        ("en", "frozen on", "not enough studies"),
        ("nl", "vastgelegd op", "te weinig onderzoeken"),
    ):
        view = needs_view(told, language, ZONE)
        assert all(len(row) == len(view["heads"]) for row in view["rows"])
        assert view["note"], "the label's error is not known here"
        frozen, under_way, torn = view["baselines"]
        assert frozen["said"].startswith(is_frozen)
        assert {row[5] for row in frozen["rows"]} == {problem}
        assert len(under_way["rows"]) == len(KPIS)
        assert (torn["name"], torn["rows"]) == ("torn", [])
