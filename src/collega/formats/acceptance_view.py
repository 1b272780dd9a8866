"""An acceptance report as plain words in one language, for paper and for the page."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.formats.acceptance_words import (
    ANSWERS,
    FACTS,
    LABELS,
    OUTCOMES,
    PROMISE,
    SIDES,
    SIGNERS,
    VERDICTS,
    counted,
)
from collega.formats.local import measured, minute
from collega.model.acceptance import AcceptanceReport, Question, Side, StepOutcome, StepResult
from collega.model.code import Text

UNEASY = frozenset({StepOutcome.WARNING, StepOutcome.NOT_OFFERED, StepOutcome.NOT_TRIED})
SHORT_KEY = 8


def view(report: AcceptanceReport, language: str) -> dict[str, Any]:
    """Strings and lists alone, everything in one language."""
    return {
        "language": language,
        "labels": {key: text.in_language(language) for key, text in LABELS.items()},
        "verdict": report.verdict.value,
        "verdict_word": VERDICTS[report.verdict].in_language(language),
        "verdict_detail": _detail(report).in_language(language),
        "promise": PROMISE.in_language(language),
        "facts": _facts(report, language),
        "parts": [
            {
                "title": SIDES[side].in_language(language),
                "steps": [_step(step, language) for step in report.steps if step.side is side],
            }
            for side in Side
        ],
        "questions": [_question(report, question, language) for question in report.questions],
        "signers": [text.in_language(language) for text in SIGNERS],
        "run": report.surroundings.run[:SHORT_KEY],
        "version": report.surroundings.version,
    }


def _detail(report: AcceptanceReport) -> Text:
    warnings = sum(step.outcome in UNEASY for step in report.steps)
    return counted(len(report.failed), len(report.denied), len(report.open), warnings)


def _facts(report: AcceptanceReport, language: str) -> list[list[str]]:
    where = report.surroundings
    values = {
        "site": where.site or "-",
        "date": _moment(where.started_at, report, language) + f" ({where.timezone})",
        "by": where.by,
        "host": where.host,
        "version": where.version,
        "own": where.calling_aet,
        "pacs": f"{where.pacs_aet}, {where.pacs_address}",
        "patient": f"{where.patient_name}, {where.patient_id}",
        "accession": where.accession_number,
        "run": where.run,
    }
    return [[FACTS[key].in_language(language), value] for key, value in values.items()]


def _step(step: StepResult, language: str) -> dict[str, str]:
    return {
        "name": step.name,
        "outcome": step.outcome.value,
        "word": OUTCOMES[step.outcome].in_language(language),
        "title": step.title.in_language(language),
        "said": step.said.in_language(language),
        "advice": step.advice.in_language(language) if step.advice else "",
        "measured": measured(step.measured, language),
        "limit": step.limit.in_language(language) if step.limit else "",
    }


def _question(report: AcceptanceReport, question: Question, language: str) -> dict[str, Any]:
    latest = report.answer_to(question.name)
    given = [answer for answer in report.answers if answer.step == question.name]
    return {
        "name": question.name,
        "text": question.text.in_language(language),
        "answer": latest.answer.value if latest else "open",
        "word": ANSWERS[latest.answer if latest else None].in_language(language),
        "by": latest.by if latest else "",
        "at": _moment(latest.at, report, language) if latest else "",
        "remark": latest.remark if latest else "",
        "earlier": [
            f"{ANSWERS[answer.answer].in_language(language)}, {answer.by}, {_moment(answer.at, report, language)}"
            for answer in given[:-1]
        ],
    }


def _moment(at: datetime, report: AcceptanceReport, language: str) -> str:
    return minute(at.astimezone(ZoneInfo(report.surroundings.timezone)), language)
