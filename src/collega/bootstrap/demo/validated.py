"""A validation of the simulated day, so that its page has one to look at: planned before any film, kept at the end.

The films are drawn, and so is the truth: the figures say whether the page works, and nothing about the app.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from collega.bootstrap.asker import command_line
from collega.bootstrap.demo.day import Exam, Kind, part_of
from collega.bootstrap.demo.generate import is_bedside
from collega.bootstrap.evidence.validating import keep_validation
from collega.bootstrap.site import database, opened_store
from collega.config import Settings
from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.study_plan import StudyPlan
from collega.measure.validation_report import Reported, validation_report
from collega.model.app import Manifest
from collega.model.finding import Outcome

APP, FINDING = "chest-pneumonia", "pneumonia"
ACTOR = "demonstration"
# About so many of a department's films show one; of the films that are drawn it is every third.
PREVALENCE = 0.05
ENDED: Mapping[str, str] = {Outcome.FAILED: "failed", Outcome.NOT_SUITABLE: "not_suitable"}
Account = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """The plan, and the hash under which it was frozen before the first film was sent."""

    plan: StudyPlan
    frozen: str


def planned(apps: Iterable[Manifest], exams: Sequence[Exam]) -> Planned | None:
    """Plan a validation of the shipped app for films; None where it is not installed, or no film is made."""
    films = sum(exam.kind is Kind.FILM for exam in exams)
    manifest = next((one for one in apps if one.id == APP), None)
    spec = manifest.finding(FINDING) if manifest else None
    if manifest is None or spec is None or spec.threshold is None or not films:
        return None
    plan = StudyPlan(
        title=f"SIMULATED · GESIMULEERD: {APP}, drawn films",
        question="How often does the app call a film in which an opacity was drawn, and no other?",
        app=manifest.id,
        version=manifest.version,
        reference="What the generator of the films has drawn: an opacity, or none. Nobody has looked at the films.",
        primary="Sensitivity",
        threshold=spec.threshold,
        cases=films,
        subgroups=("view", "hour"),
        intended_use="To show what a validation looks like. Not for clinical use.",
        labels="strong",
        prevalence=PREVALENCE,
        items={
            "6": "Every film of the simulated day. They are drawn by a program: no patient, no hospital, no scanner.",
            "26": "Drawn films and a drawn truth: no figure here says anything about the app on films of people.",
        },
    )
    return Planned(plan=plan, frozen=plan.frozen())


def tables(accounts: Mapping[str, Account], exams: Mapping[str, Exam]) -> tuple[list[Row], list[Row]]:
    """Give scores and truths of the films, by study."""
    films = [(uid, exam) for uid, exam in exams.items() if exam.kind is Kind.FILM]
    runs = [(uid, _run_of(accounts.get(uid) or {})) for uid, _ in films]
    scores = [
        _row("scores of the demonstration", line, _said(uid, run)) for line, (uid, run) in enumerate(runs, 2) if run
    ]
    truths = [_row("films of the demonstration", line, _drawn(uid, exam)) for line, (uid, exam) in enumerate(films, 2)]
    return scores, truths


def _run_of(account: Account) -> Account | None:
    return next((job for job in account.get("jobs", ()) if job["app_id"] == APP and job["outcome"]), None)


def _said(uid: str, run: Account) -> dict[str, str]:
    score = next((one["score"] for one in run["findings"] if one["finding_id"] == FINDING), None)
    ended = ENDED.get(run["outcome"], "failed" if score is None else "analysed")
    written = repr(score) if ended == "analysed" else ""
    return {"case": uid, "score": written, "outcome": ended, "version": run["app_version"]}


def _drawn(uid: str, exam: Exam) -> dict[str, str]:
    return {
        "case": uid,
        "truth": "1" if exam.positive else "0",
        "label_source": "drawn by the generator",
        "label_strength": "strong",
        "ai_visible": "no",
        "view": "bedside" if is_bedside(exam) else "upright",
        "hour": str(part_of(exam.at)),
    }


def _row(table: str, line: int, cells: Mapping[str, str]) -> Row:
    return Row(table=table, line=line, cells=cells)


def told(what: Planned, accounts: Mapping[str, Account], exams: Mapping[str, Exam]) -> dict[str, Any] | None:
    """Make the report; None where the day had too few films for one, such as none with an opacity."""
    scores, truths = tables(accounts, exams)
    versions = sorted({row.cells["version"] for row in scores})
    reported = Reported(
        plan=what.plan, expected_hash=what.frozen, version=", ".join(versions), prevalence=what.plan.prevalence
    )
    try:
        return validation_report(scores, truths, reported) if scores else None
    except InputError:
        return None


def keep(settings: Settings, report: Mapping[str, Any]) -> str:
    """Keep a report in the database of a running server; its key."""

    async def ask(url: str) -> str:
        async with opened_store(settings, url, command_line) as store, store.transaction() as transaction:
            return await keep_validation(transaction, report, ACTOR)

    with database(settings, migrates=False) as url, ThreadPoolExecutor(1) as apart:
        # Whoever plays a demonstration may have a loop of its own in this thread.
        return apart.submit(asyncio.run, ask(url)).result()
