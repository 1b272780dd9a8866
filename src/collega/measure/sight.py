"""Whether AI had been visible to whoever found something: worked out from a study's events."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from collega.model.app import Stage
from collega.model.feedback import Seen

# Stages in which readers meet what an app says.
HEARD = frozenset({Stage.PILOT, Stage.LIVE})
# What clocks of others may be off where nothing better is known.
MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageChange:
    """From when on an app version was in a stage."""

    app_id: str
    app_version: str
    stage: Stage
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoke:
    """When an app's word on a study was first to be had, whoever was allowed to see it."""

    app_id: str
    app_version: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Somebody opened the study, or saw it first; ``reader`` is empty where nobody is named."""

    at: datetime
    reader: str = ""


def heard_from(spoke: Spoke, changes: Collection[StageChange], default: Stage) -> datetime | None:
    """Tell from when on readers could meet an app's word; None where they never could.

    A word that was made in shadow counts from the moment at which its version was shown.
    """
    mine = sorted(
        (one for one in changes if (one.app_id, one.app_version) == (spoke.app_id, spoke.app_version)),
        key=lambda one: one.at,
    )
    before = [one.stage for one in mine if one.at <= spoke.at]
    if (before[-1] if before else default) in HEARD:
        return spoke.at
    return next((one.at for one in mine if one.at > spoke.at and one.stage in HEARD), None)


def seen_before(heard: Collection[datetime], looks: Collection[Look], span: tuple[datetime, datetime]) -> Seen:
    """Tell whether AI had been visible before something was found, at the earliest and the latest of ``span``.

    Parameters
    ----------
    heard : collection of datetime
        From when on readers could meet each app's word on the study.
    looks : collection of Look
        When the study was opened or seen, by those whom it concerns.
    span : tuple of datetime
        When it was found: a day is a span, and so is a time by another clock.

    Returns
    -------
    Seen
        ``no`` where no word was to be had; ``yes`` where the study was opened with a word to be had; else ``unknown``.
    """
    low, high = span
    first = min(heard, default=None)
    if first is None or first > high:
        return Seen.NO
    if any(first <= one.at <= low for one in looks):
        return Seen.YES
    return Seen.UNKNOWN


def by_another_clock(at: datetime) -> tuple[datetime, datetime]:
    """Give the span in which something happened of which another clock tells."""
    return at - MARGIN, at + MARGIN
