"""The pilot page of a site: one app's goal, what was measured of it, what its maker claims, what is not known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import coverage_views, pilots
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.apps.cataloguing import CatalogueDesk
from collega.bootstrap.times.timing import figures_account
from collega.config import Settings
from collega.errors import InputError
from collega.measure import coverage
from collega.measure.coverage import Seen as Sighted
from collega.measure.hours import hour_class
from collega.measure.pilot import ALL, PilotCase, PilotOpinion, pilot_figures
from collega.model.coverage import Certainty, SightingState
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation, Outcome
from collega.model.pilot import Kpi, PilotGoal, standing_goals
from collega.read.catalogue import Listed, studies

DEFAULT_DAYS = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class PilotDesk:
    """What the pilot page asks of the site.

    Parameters
    ----------
    settings : Settings
    store : PostgresStore
    """

    settings: Settings
    store: PostgresStore

    async def pilot(self, app_id: str, days: float, language: str) -> dict[str, Any] | None:
        """Tell all of an app's pilot; None where the site has no such app."""
        listed = await self._listed(app_id)
        if listed is None:
            return None
        until = datetime.now(UTC)
        since = until - timedelta(days=days)
        zone = ZoneInfo(self.settings.site.timezone)
        async with self.store.transaction() as transaction:
            jobs = await pilots.jobs(transaction, app_id, since)
            opinions = await pilots.opinions(transaction, app_id, since)
            goals = standing_goals(await transaction.goals_of(app_id))
            sighted = await coverage_views.sighted(transaction, since)
            told = await figures_account(transaction, self.settings, since, until)
        times = {row["hours"]: row for row in told["figures"] if row["app"] == app_id and row["exam"] == ALL}
        found = pilot_figures([_case(row, zone) for row in jobs], [_said(row, zone) for row in opinions])
        rows = [{**asdict(one), "times": times.get(one.hours)} for one in found]
        return {
            "app": app_id,
            "name": listed.manifest.name.in_language(language),
            "version": listed.manifest.version,
            "versions": sorted({row["app_version"] for row in jobs}),
            "stage": listed.stage,
            "clinical_use": listed.manifest.clinical_use,
            "since": since,
            "until": until,
            "figures": rows,
            "goals": [_goal(goal, rows[0]) for goal in goals.values()],
            "not_received": _not_received(sighted, app_id, zone),
            "causes": _causes(opinions),
            "claims": studies(listed.card, language) if listed.card else [],
        }

    async def set_goal(  # noqa: PLR0913 - the parts of a goal
        self, app_id: str, kpi: Kpi, *, target: float, by: date, guard: str, actor: str
    ) -> bool:
        """Set a goal, or change it; false where the site has no such app.

        Raises
        ------
        InputError
            It is none, such as a share above 1.
        """
        if await self._listed(app_id) is None:
            return False
        async with self.store.transaction() as transaction:
            earlier = [goal for goal in await transaction.goals_of(app_id) if goal.kpi is kpi]
            number = 1 + max((goal.number for goal in earlier), default=0)
            try:
                goal = PilotGoal(
                    app_id=app_id,
                    kpi=kpi,
                    number=number,
                    target=target,
                    by=by,
                    guard=guard,
                    actor=actor,
                    at=datetime.now(UTC),
                )
            except ValueError as error:
                raise InputError(str(error)) from None
            await transaction.add_goal(goal)
        return True

    async def _listed(self, app_id: str) -> Listed | None:
        apps = await CatalogueDesk(settings=self.settings, store=self.store).apps()
        return next((one for one in apps if one.manifest.id == app_id), None)


def _case(row: Mapping[str, Any], zone: ZoneInfo) -> PilotCase:
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    return PilotCase(hours=hour_class(row["at"], zone), outcome=outcome, viewed=row["viewed"])


def _said(row: Mapping[str, Any], zone: ZoneInfo) -> PilotOpinion:
    return PilotOpinion(
        job_key=row["job_key"],
        finding_id=row["finding_id"],
        hours=hour_class(row["at"], zone),
        said=Evaluation(row["evaluation"]),
        opinion=Opinion(row["opinion"]),
        ai_seen=Seen(row["ai_seen"]),
    )


def _goal(goal: PilotGoal, whole: Mapping[str, Any]) -> dict[str, Any]:
    """Put a goal beside what was measured; in time is what the figures of time say of all hours."""
    times = whole["times"] or {}
    measured = times.get("visible_before_opened") if goal.kpi is Kpi.IN_TIME else whole[goal.kpi.value]
    share = measured["share"] if measured else None
    low = measured["low"] if measured else None
    return {
        **asdict(goal),
        "measured": measured,
        # The lower end counts: a goal that chance may have met is not met yet.
        "met": None if share is None else low is not None and low >= goal.target,
    }


def _not_received(rows: list[dict[str, Any]], app_id: str, zone: ZoneInfo) -> dict[str, Any] | None:
    """Give the coverage of all hours; None where the PACS was never asked about this app."""
    seen = [
        Sighted(
            at=row["at"],
            state=SightingState(row["state"]),
            apps={app: Certainty(certainty) for app, certainty in row["apps"].items()},
        )
        for row in rows
        if app_id in row["apps"]
    ]
    mine = [figure for figure in coverage.figures(seen, zone) if figure.app == app_id]
    return {"figures": [asdict(figure) for figure in mine]} if mine else None


def _causes(opinions: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Count the causes that readers gave for their doubts, the most frequent first."""
    counts: dict[str, int] = {}
    for row in opinions:
        if row["cause"]:
            counts[row["cause"]] = counts.get(row["cause"], 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
