"""What commands and pages ask about coverage and availability."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import coverage_views, outage_views
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.site import Asked, catalogue
from collega.bootstrap.times.covering_orders import orders_account
from collega.config import Settings
from collega.deliver.database_watch import DatabaseWatch
from collega.measure.coverage import Seen, figures
from collega.measure.uptime import uptime
from collega.model.app import RUNNING_STAGES
from collega.model.coverage import Certainty, SightingState


async def coverage_account(transaction: Asked, settings: Settings, hours: float) -> dict[str, Any]:
    """Tell what never arrived, and how well that is known."""
    since = datetime.now(UTC) - timedelta(hours=hours)
    seen = [
        Seen(
            at=row["at"],
            state=SightingState(row["state"]),
            apps={app: Certainty(certainty) for app, certainty in row["apps"].items()},
        )
        for row in await coverage_views.sighted(transaction, since)
    ]
    apps = [
        manifest.id
        for manifest in catalogue(settings).values()
        if await transaction.stage_of(manifest.id, manifest.version) in RUNNING_STAGES
    ]
    done = await coverage_views.rounds(transaction, since)
    answered_at = await coverage_views.last_answered(transaction)
    is_on = bool(settings.pacs.is_named and settings.coverage.every_minutes)
    return {
        "on": is_on,
        "state": _state(is_on=is_on, rounds=done, answered_at=answered_at, zone=ZoneInfo(settings.site.timezone)),
        "last_answered_at": answered_at,
        "figures": [asdict(figure) for figure in figures(seen, ZoneInfo(settings.site.timezone))],
        "apps": await coverage_views.accepted_since(transaction, apps, since),
        "studies": await coverage_views.not_here(transaction, since),
        "rounds": done,
        "orders": await orders_account(transaction, apps, since, ZoneInfo(settings.site.timezone)),
    }


def _state(*, is_on: bool, rounds: Sequence[Mapping[str, Any]], answered_at: datetime | None, zone: ZoneInfo) -> str:
    """Say in words how well it is known what never arrived: silence is never shown as a zero."""
    if not is_on:
        return "the PACS is not asked: coverage.every_minutes is 0, or pacs.host and pacs.dicomweb_url are empty"
    if answered_at is None:
        return "the PACS has never answered"
    if rounds and rounds[0]["answered"]:
        return f"the PACS answered at {answered_at.astimezone(zone):%Y-%m-%d %H:%M}"
    why = f": {rounds[0]['reason']}" if rounds else ""
    return f"PACS not asked since {answered_at.astimezone(zone):%Y-%m-%d %H:%M}{why}"


async def outage_account(transaction: Asked, hours: float) -> dict[str, Any]:
    """List the outages of the last hours, and sum them up by part."""
    now = datetime.now(UTC)
    since = now - timedelta(hours=hours)
    rows = await outage_views.outages_since(transaction, since, now)
    spans = [
        (row["part"], row["name"], row["down_since"], row["up_since"] if row["ended_at"] else None) for row in rows
    ]
    return {"outages": rows, "uptime": [asdict(item) for item in uptime(spans, since, now)]}


@dataclass(frozen=True, kw_only=True, slots=True)
class CoveragePages:
    """The questions that pages ask about coverage and availability."""

    store: PostgresStore
    settings: Settings
    database: DatabaseWatch

    async def coverage(self, hours: float) -> dict[str, Any]:
        """Tell what never arrived."""
        async with self.store.transaction() as transaction:
            return await coverage_account(transaction, self.settings, hours)

    async def availability(self) -> list[dict[str, Any]]:
        """List what is not available; where the database is out, that is what there is to say."""
        out = self.database.declared
        now = datetime.now(UTC)
        if out is not None:
            row = {"part": out.subject.part, "name": "", "cause": out.cause, "down_since": out.down_since}
            return [{**row, "noticed_at": out.noticed_at, "seconds": (now - out.down_since).total_seconds()}]
        async with self.store.transaction() as transaction:
            return await outage_views.availability(transaction, now)
