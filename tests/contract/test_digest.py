"""The digest of a month, from a database with studies, a stage, reports and readers."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.worth.case_ways import approval_figure, note_step
from collega.bootstrap.worth.digesting import digest
from collega.config import Settings
from collega.config.value import Value
from collega.errors import InputError
from collega.formats.digest_view import digest_view
from collega.model.job import Event
from collega.value.way import Step
from tests.contract.test_site_validation import APP, AT, fill
from tests.unit.value.cases import written

BEGUN = datetime(2026, 11, 10, tzinfo=UTC)
STAGE = """INSERT INTO app_stage (app_id, app_version, stage, at, actor, reason)
    VALUES (%s, %s, 'pilot', %s, 'lead', 'trial') RETURNING 1 AS n"""
JOBS = "SELECT study_key, job_key::text AS job_key FROM job ORDER BY study_key LIMIT 30"
CASE = {"population": {"volume_per_year": 4000}, "price": {"eur_per_study": 2}, "costs": {"eur_other_once": 100}}


async def read(transaction: PostgresTransaction) -> None:
    """Let 20 studies be opened after the result, and 10 a minute before it."""
    for place, row in enumerate(await transaction.rows(JOBS)):
        for kind, at in (("confirmed", 2), ("opened", 1 if place >= 20 else 5)):
            job = row["job_key"] if kind == "confirmed" else None
            event = Event(kind=kind, at=AT + timedelta(minutes=at), study_key=row["study_key"], job_key=job, payload={})
            await transaction.add_event(event)


@pytest.mark.shows("R4", "R18", "R33", "R62", "R74")
async def test_a_digest_tells_use_waits_accuracy_cost_and_what_is_not_known(real: Any, tmp_path: Path) -> None:
    head = {"app": APP[0], "finding": "pneumonia"}
    (tmp_path / "finder.toml").write_text(written(CASE, head), encoding="utf-8")
    (tmp_path / "torn.toml").write_text("[case]\n", encoding="utf-8")
    settings = Settings(value=Value(cases=str(tmp_path)))
    async with real.transaction() as transaction:
        await transaction.rows(STAGE, (*APP, BEGUN))
        await fill(transaction)
        await read(transaction)
        told = await digest(transaction, settings, "2026-11")
        early = await digest(transaction, settings, "2026-09")
        step = partial(note_step, transaction, settings, "finder", by="kim", note="")
        await step(Step.IDEA, on=date(2026, 10, 1))
        await step(Step.APPROVED, on=date(2026, 11, 6))
        await step(Step.APPROVED, on=date(2026, 11, 5))
        approved = (await digest(transaction, settings, "2026-11"))["approval"]
        open_still = (await digest(transaction, settings, "2026-10"))["approval"]
        after = await approval_figure(transaction, settings, since=datetime(2026, 11, 10, tzinfo=UTC))
        for wrong in (
            {"on": date(2999, 1, 1)},
            {"on": date(1, 1, 1)},
            {"by": " "},
            {"note": "\0"},
            {"case": "no/name"},
        ):
            said = {"case": "finder", "step": Step.GOAL, "on": None, "by": "kim", "note": ""} | wrong
            with pytest.raises(InputError):
                await note_step(transaction, settings, **said)
    (app,) = [one for one in told["apps"] if one["app"] == APP[0]]
    assert (app["studies"], app["studies_before"], app["stage"]) == (40, 0, "pilot")
    assert (app["in_time"]["k"], app["in_time"]["n"]) == (20, 30)
    assert (app["waited"]["n"], app["waited"]["minutes"]) == (10, pytest.approx(10))
    groups = {group["group"]: group for group in app["accuracy"]}
    assert len(groups) > 1, "labels that were given in sight of the app are counted apart"
    assert sum(group["studies"] for group in groups.values()) == 40
    for group in groups.values():
        assert group["specificity"]["low"] < group["specificity"]["value"] <= group["specificity"]["high"] <= 1
    (case,) = app["cases"]
    assert case["cost"]["studies"] == 40
    assert case["cost"]["so_far"] == pytest.approx(100 + 40 * 2)
    assert case["cost"]["planned"] == pytest.approx(100 + 2 * case["cost"]["planned_studies"])
    assert [one["value"] for one in app["changes"]] == ["pilot"]
    assert [one["what"] for one in app["due"]] == ["does_not_pay"]
    assert {one["what"] for one in app["unknown"]} == {"assumed"}
    (fault,) = told["faults"]
    assert "torn.toml" in fault
    (before,) = [one for one in early["apps"] if one["app"] == APP[0]]
    assert "no_studies" in {one["what"] for one in before["unknown"]}
    assert (before["cases"][0]["cost"], before["changes"]) == (None, [])
    assert (approved["duration"]["median"], approved["duration"]["approved"]) == (35, 1)
    (way,) = open_still["ways"]
    assert (way["days"], way["is_approved"], way["unsigned"]) == (30, False, ("legal", "security", "safety"))
    assert (after.kpi, after.n, after.value) == ("days_idea_to_approval", 0, None)
    view = digest_view(told, "nl", ZoneInfo("Europe/Amsterdam"))
    (shown,) = [one for one in view["apps"] if one["id"] == APP[0]]
    assert ("€\u00a0180 voor 40 onderzoeken") in {row[1] for row in shown["rows"]}
    assert shown["changes"] == ["10-11-2026: versie 1.0.0, fase pilot (lead: trial)"]
