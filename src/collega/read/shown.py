"""A line of the board as plain values, in the words of one language: what pages, JSON and commands show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collega.formats.together import Agreement
from collega.formats.wording import finding_words
from collega.model.finding import Evaluation, Finding
from collega.model.study import Priority
from collega.read import words
from collega.read.board import AppLine, Entry
from collega.read.together import shown_together
from collega.read.worklist import BY_PRIORITY

MOST_UNFOLDED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """For whom words are written: language, zone of the clock, and the present moment."""

    language: str
    zone: ZoneInfo
    now: datetime

    def clock(self, moment: datetime | None) -> str:
        """Hours and minutes at the site, empty for no moment."""
        return words.clock(moment, self.zone, self.now, self.language) if moment else ""


def waited_s(entry: Entry, now: datetime) -> int:
    """Seconds for which a study has waited."""
    return round(max((now - entry.order.waiting_since).total_seconds(), 0.0))


def same_until(entry: Entry, reader: Reader) -> datetime:
    """Tell until when `shown` gives the same, but for the seconds waited: an answer gets late, a new day begins."""
    day = reader.now.astimezone(reader.zone).date() + timedelta(days=1)
    midnight = datetime.combine(day, time(), reader.zone).astimezone(UTC)
    return min([midnight, *(app.expected_at for app in entry.apps if app.expected_at >= reader.now)])


def shown(entry: Entry, reader: Reader) -> dict[str, Any]:
    """Everything that the board says of a study."""
    order = entry.order
    raised = order.place < BY_PRIORITY[order.priority]
    urgency = Priority[order.place.name] if raised else order.priority
    return {
        "study_key": order.key,
        "study_instance_uid": entry.study_instance_uid,
        "accession_number": entry.accession_number,
        "patient_id": entry.patient_id,
        "study_at": entry.study_at,
        "revision": entry.revision,
        "description": entry.description,
        "modality": entry.modality,
        "age": entry.age,
        "sex": entry.sex,
        "state": entry.study_state,
        "state_word": words.study_word(entry, reader.language),
        "received_at": order.received_at,
        "complete_at": entry.complete_at,
        "priority": order.priority,
        "priority_word": words.PRIORITIES[order.priority].in_language(reader.language),
        "priority_source": entry.priority_source,
        "urgency": urgency,
        "urgency_word": words.PRIORITIES[urgency].in_language(reader.language),
        "raised_by_ai": raised,
        "waiting_s": waited_s(entry, reader.now),
        "target_s": entry.target_s,
        "opened_at": order.opened_at,
        "signed_at": order.signed_at,
        "opened_clock": reader.clock(order.opened_at),
        "signed_clock": reader.clock(order.signed_at),
        "received_clock": reader.clock(order.received_at),
        "complete_clock": reader.clock(entry.complete_at),
        "is_signed": order.is_signed,
        "reopened_at": order.reopened_at,
        "found_after_signing": order.found_after_signing,
        "apps": [shown_app(app, reader) for app in entry.apps],
        "location": entry.location,
        "order_standing": entry.order_standing,
        "order_word": words.order_word(entry.order_standing, reader.language),
        "report_status": entry.report_status,
        "report_word": words.report_word(entry.report_status, reader.language),
        "together": shown_together(entry.shared, reader.language),
    }


def shown_app(app: AppLine, reader: Reader) -> dict[str, Any]:
    """Everything that the board says of one app's work on a study."""
    return {
        "app": app.app_id,
        "version": app.version,
        "stage": app.stage,
        "name": app.name.in_language(reader.language),
        "clinical_use": app.clinical_use,
        "state": app.job_state,
        "outcome": app.outcome,
        "reason": app.reason_code,
        "shown_as": app.state(reader.now),
        "word": words.app_word(app, reader.language, reader.zone, reader.now),
        "expected_at": app.expected_at if app.outcome is None else None,
        "way": app.way,
        "action": "ask" if app.can_be_asked else "open" if app.has_screen else "",
        "ended_at": app.ended_at,
        "ended_clock": reader.clock(app.ended_at),
        "findings": [_finding(name.in_language(reader.language), item) for name, item in app.findings],
        "kept": [{"kind": item.kind, "title": item.title} for item in app.kept],
        "rule_words": [said.in_language(reader.language) for said in app.rule_words],
        "sought_words": words.sought_words(app, reader.language),
        "finding_words": [finding_words(name, item).in_language(reader.language) for name, item in app.findings],
    }


def folded(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put findings that are not there behind the others, and mark them as to be folded where they are many.

    Those of which the reader, another app or the signed report says otherwise stay in sight.
    """
    quiet = [item for item in findings if _is_quiet(item)]
    many = len(quiet) > MOST_UNFOLDED
    seen = [item for item in findings if not (many and item in quiet)]
    return [*({**item, "folded": False} for item in seen), *({**item, "folded": True} for item in quiet if many)]


def _is_quiet(finding: dict[str, Any]) -> bool:
    is_told = finding["mine"] or finding["differ"] or finding["agreement"] == Agreement.DISAGREE
    return finding["evaluation"] == Evaluation.ABSENT and not is_told


def _finding(name: str, item: Finding) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": name,
        "evaluation": item.evaluation,
        "score_percent": round(item.score.presence_percent, 4),
        "calibrated": item.score.calibrated,
        "measurements": [
            {"name": measurement.name.meaning, "value": measurement.value, "unit": measurement.unit}
            for measurement in item.measurements
        ],
    }
