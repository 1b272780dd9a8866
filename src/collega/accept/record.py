"""A report as JSON and back, for the database and for `--json`."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from collega.model.acceptance import (
    AcceptanceReport,
    PersonAnswer,
    Question,
    Side,
    StepOutcome,
    StepResult,
    Surroundings,
)
from collega.model.code import Text


def to_json(report: AcceptanceReport) -> dict[str, Any]:
    """Everything but the answers, which are kept one by one."""
    content = asdict(report)
    del content["answers"]
    content["ended_at"] = report.ended_at.isoformat()
    content["surroundings"]["started_at"] = report.surroundings.started_at.isoformat()
    return content


def from_json(content: Mapping[str, Any], answers: tuple[PersonAnswer, ...]) -> AcceptanceReport:
    """Read a kept report, with the answers so far."""
    surroundings = dict(content["surroundings"])
    surroundings["started_at"] = datetime.fromisoformat(surroundings["started_at"])
    return AcceptanceReport(
        surroundings=Surroundings(**surroundings),
        ended_at=datetime.fromisoformat(content["ended_at"]),
        steps=tuple(_step(step) for step in content["steps"]),
        questions=tuple(Question(name=item["name"], text=Text(**item["text"])) for item in content["questions"]),
        answers=answers,
    )


def account(report: AcceptanceReport) -> dict[str, Any]:
    """Give the report as commands print it: with verdict, open questions and answers."""
    return {
        "verdict": report.verdict,
        "failed": [step.name for step in report.failed],
        "open": [question.name for question in report.open],
        "denied": [question.name for question in report.denied],
        **to_json(report),
        "answers": [asdict(item) for item in report.answers],
    }


def _step(content: Mapping[str, Any]) -> StepResult:
    return StepResult(
        name=content["name"],
        side=Side(content["side"]),
        title=Text(**content["title"]),
        outcome=StepOutcome(content["outcome"]),
        said=Text(**content["said"]),
        measured=content["measured"],
        limit=Text(**content["limit"]) if content["limit"] else None,
        advice=Text(**content["advice"]) if content["advice"] else None,
        seconds=content["seconds"],
    )
