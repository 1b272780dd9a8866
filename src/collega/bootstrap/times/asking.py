"""Asking the PACS what it has: a round at once, and the need for an app before a pilot."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.pacs import pacs_query
from collega.bootstrap.site import SystemClock, catalogue, coverage_policy, policy
from collega.config import Settings
from collega.measure.coverage import need
from collega.model.app import Manifest
from collega.model.coverage import Certainty, PacsSeries, PacsStudy
from collega.model.ids import is_acceptance_uid
from collega.receive.coverage import told_by
from collega.receive.rounds import cover
from collega.route.foresee import foresee, foresight


async def round_now(settings: Settings, store: PostgresStore) -> None:
    """Run a round at once, also where ``coverage.every_minutes`` switches rounds off."""
    rules = replace(policy(settings), coverage=coverage_policy(settings))
    look_ahead = partial(foresight, catalogue(settings), rules)
    await cover(store, SystemClock(), rules, pacs_query(settings), look_ahead, forced=True)


def need_of(settings: Settings, app: Manifest, days: int) -> dict[str, Any]:
    """Count the studies of the last days that an app would accept, by class of hours.

    The guard on the age of a study is left out, since every study was new once.
    """
    reader = pacs_query(settings)
    zone = ZoneInfo(settings.site.timezone)
    last = datetime.now(UTC).astimezone(zone).date()
    first = last - timedelta(days=days - 1)
    studies = [one for one in reader.studies(first, last) if not is_acceptance_uid(one.study_instance_uid)]
    ageless = replace(app, max_study_age_days=None)
    possible = [study for study in studies if _judge(study, None, ageless, frozenset()) is not Certainty.NO]
    series = reader.series([study.study_instance_uid for study in possible])
    told = told_by(studies) | told_by(one for found in series.values() for one in found)
    judged = [
        (study.study_at, certainty)
        for study in possible
        if (certainty := _judge(study, series.get(study.study_instance_uid), ageless, told)) is not Certainty.NO
    ]
    return {
        "app": app.id,
        "version": app.version,
        "from": f"{first:%Y-%m-%d}",
        "to": f"{last:%Y-%m-%d}",
        "days": days,
        "studies": len(studies),
        "hours": [asdict(figure) for figure in need(judged, zone)],
        "told": sorted(told),
    }


def _judge(study: PacsStudy, series: Sequence[PacsSeries] | None, app: Manifest, told: frozenset[str]) -> Certainty:
    return foresee(study, series, app, told, now=datetime.now(UTC), max_study_age=None)
