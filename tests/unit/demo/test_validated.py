"""The validation that a demonstration keeps: planned before its films, simulated by name, with failures as results."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collega.bootstrap.demo.day import Exam, Kind
from collega.bootstrap.demo.validated import planned, tables, told
from collega.bootstrap.site import shipped_apps
from collega.formats.validation_view import validation_view
from collega.run.manifest import find_apps

pytestmark = pytest.mark.shows("R35", "R39", "R68")
FIRST = Exam(kind=Kind.FILM, seed=1, at=datetime(2026, 3, 2, 11, tzinfo=UTC), due_s=0, positive=False, urgent=False)


def account(outcome: str, score: float | None) -> dict[str, Any]:
    """Say what collega has on record of a film, as `/api/studies` does."""
    findings = [] if score is None else [{"finding_id": "pneumonia", "score": score}]
    job = {"app_id": "chest-pneumonia", "app_version": "1.0.0", "outcome": outcome, "findings": findings}
    return {"jobs": [{"app_id": "other", "app_version": "1", "outcome": "found", "findings": []}, job]}


EXAMS = {str(n): replace(FIRST, seed=n, positive=n % 3 == 0) for n in range(1, 13)}
EXAMS["ct"] = replace(FIRST, kind=Kind.HEAD_CT)
ACCOUNTS = {uid: account("found", 0.4 + exam.seed / 100 + exam.positive / 5) for uid, exam in EXAMS.items()}
ACCOUNTS |= {"5": account("failed", None), "7": account("not_suitable", None), "8": {}}


def test_a_day_gives_a_validation_that_is_called_simulated_wherever_it_is_shown() -> None:
    apps = find_apps(shipped_apps()).values()
    plan = planned(apps, list(EXAMS.values()))
    assert plan is not None
    report = told(plan, ACCOUNTS, EXAMS)
    assert report is not None
    flow = report["flow"]
    assert [flow[name] for name in ("eligible", "analysed", "failed", "not_suitable", "not_run")] == [12, 9, 1, 1, 1]
    assert report["hash"] == report["expected_hash"]
    assert {group["column"] for group in report["validation"]["subgroups"]} == {"view", "hour"}
    assert report["validation"]["at_prevalence"]["prevalence"] == 0.05
    for language in ("en", "nl"):
        view = validation_view(report, language)
        assert view.title.startswith("SIMULATED")
        assert any("no figure here says anything about the app" in part.text for part in view.parts)


def test_a_day_of_too_few_films_or_without_the_app_has_none() -> None:
    apps = find_apps(shipped_apps())
    plan = planned(apps.values(), [FIRST])
    assert plan is not None
    assert told(plan, {"1": ACCOUNTS["1"]}, {"1": FIRST}) is None
    assert told(plan, {}, {"1": FIRST}) is None
    assert planned([], [FIRST]) is None
    assert planned(apps.values(), [EXAMS["ct"]]) is None
    assert tables({}, {"ct": EXAMS["ct"]}) == ([], [])
