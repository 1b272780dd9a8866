"""Barriers that people name become actions; the next wave shows whether they worked."""

from collections.abc import Sequence
from typing import Any

from collega.survey.compare import Counts, change, pair
from collega.survey.questionnaire import Questionnaire
from collega.survey.share import share
from collega.survey.suppress import EVERYBODY, Counted


def readiness(asked: Questionnaire, waves: Sequence[Counts], confidence: float) -> list[dict[str, Any]]:
    """Tell each action with the share that calls for it, the most called for first, and the change since the last wave.

    ``worked`` is yes where the whole interval of the change lies below nought, no where it lies above; unclear
    between, and null without an earlier wave.
    """
    told = []
    for action in asked.actions:
        tables = [_table(wave, action.question, action.option) for wave in waves]
        found, n = pair(tables[-1], EVERYBODY, action.option) or (None, None)
        since = change(tables[-2], tables[-1], action.option, confidence) if len(tables) > 1 else None
        told.append(
            {
                "barrier": {"item": action.question, **share(action.option, found, n, confidence)},
                "step": action.step,
                "action": {"en": action.text.en, "nl": action.text.nl},
                "owner": action.owner or None,
                "by": action.by.isoformat() if action.by else None,
                "state": action.state,
                "change": since,
                "worked": None if since is None else _worked(since["low"], since["high"]),
            }
        )
    return sorted(told, key=lambda one: -(one["barrier"]["share"] or 0))


def _worked(low: float, high: float) -> str:
    return "yes" if high < 0 else "no" if low > 0 else "unclear"


def _table(wave: Counts, question: str, option: str) -> Counted:
    return next(table for one, sheet, table in wave.counted if one.id == question and option in sheet.columns)
