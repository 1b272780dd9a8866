"""Thresholds as commands and pages ask for them, and the one way to move one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.decide.threshold import change
from collega.model.app import Manifest
from collega.model.audit import AuditEntry
from collega.model.job import Event
from collega.model.threshold import ThresholdChange, in_force


async def list_thresholds(transaction: PostgresTransaction, app: Manifest) -> dict[str, Any]:
    """Tell the thresholds of an app version: in force, of the maker, and the range that the maker allows."""
    changes = await transaction.threshold_changes(app.id, app.version)
    number = _latest(changes)
    moved = in_force(changes, number)
    return {
        "app": app.id,
        "version": app.version,
        "number": number,
        "thresholds": [
            {
                "finding": spec.id,
                "threshold": moved.get(spec.id, spec.threshold),
                "makers": spec.threshold,
                "allowed": list(spec.threshold_range) if spec.threshold_range else None,
                "scale": [spec.low, spec.high],
                "direction": spec.direction,
            }
            for spec in app.findings
        ],
    }


async def threshold_history(transaction: PostgresTransaction, app: Manifest) -> list[dict[str, Any]]:
    """List every change of an app version, oldest first."""
    changes = await transaction.threshold_changes(app.id, app.version)
    return [
        {
            "number": item.number,
            "finding": item.finding_id,
            "old": item.old,
            "new": item.new,
            "at": item.at,
            "actor": item.actor,
            "reason": item.reason,
        }
        for item in changes
    ]


async def set_threshold(  # noqa: PLR0913 - what a change is made of
    transaction: PostgresTransaction, app: Manifest, finding_id: str, value: float, *, actor: str, reason: str
) -> ThresholdChange:
    """Move a threshold; what runs from now on is given the new one, what was said before stands."""
    changes = await transaction.threshold_changes(app.id, app.version)
    made = change(app, changes, finding_id, value, at=datetime.now(UTC), actor=actor, reason=reason)
    await transaction.add_threshold(made)
    payload: dict[str, object] = {
        "app": app.id,
        "version": app.version,
        "finding": finding_id,
        "number": made.number,
        "old": made.old,
        "new": made.new,
        "reason": made.reason,
    }
    await transaction.add_event(Event(kind="threshold_changed", at=made.at, actor=actor, payload=payload))
    await transaction.add_audit(AuditEntry(event="threshold changed", responsible=actor, payload=payload))
    return made


async def app_in_force(transaction: PostgresTransaction, app: Manifest) -> tuple[Manifest, int]:
    """Give an app with the thresholds that this site has set, and the number of their set."""
    changes = await transaction.threshold_changes(app.id, app.version)
    number = _latest(changes)
    return app.held_against(in_force(changes, number)), number


def _latest(changes: Sequence[ThresholdChange]) -> int:
    return max((item.number for item in changes), default=0)
