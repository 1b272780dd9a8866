"""The digest of a month: what each app did here, by what the site has measured, beside what its case had planned."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as daytime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from collega.adapters.postgres import study_times, trust
from collega.adapters.postgres.study_times import TimeColumns
from collega.bootstrap.evidence.referencing import accuracy
from collega.bootstrap.reading.queries import list_apps
from collega.bootstrap.site import Asked, OpenStore, catalogue
from collega.bootstrap.times.timing import SHOWN, figures_account
from collega.bootstrap.worth.case_ways import told_ways
from collega.bootstrap.worth.value_desk import PORTFOLIO, text_of
from collega.config import Settings
from collega.errors import InputError
from collega.measure.reference_cases import Question
from collega.measure.times import ALL
from collega.value.case import Case
from collega.value.digest import Month, Standing, due, month_of, unknown
from collega.value.figures import figures
from collega.value.flows import flows
from collega.value.house import YEAR_DAYS
from collega.value.read_case import read_case
from collega.value.spent import spent, years_of_use

STAGE = "stage"
SHOWN_FIGURES = ("sensitivity", "specificity")


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestDesk:
    """What the page asks for the digest.

    Parameters
    ----------
    store : OpenStore
    settings : Settings
    """

    store: OpenStore
    settings: Settings

    async def digest(self, month: str) -> dict[str, Any]:
        """Give the digest of a month; the last whole one where none is named."""
        async with self.store.transaction() as transaction:
            return await digest(transaction, self.settings, month)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """A month in the zone of the site, and the end of what may count: now, while the month lasts."""

    month: Month
    zone: ZoneInfo
    until: datetime

    def of(self, month: Month) -> tuple[datetime, datetime]:
        """Give where a month begins and ends."""
        return self.moment(month.begins), self.moment(month.ends)

    def moment(self, day: date) -> datetime:
        """Give the beginning of a day."""
        return datetime.combine(day, daytime.min, self.zone).astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """Give the day of a moment."""
        return moment.astimezone(self.zone).date()


async def digest(transaction: Asked, settings: Settings, month: str) -> dict[str, Any]:
    """Put the digest of a month together, as JSON."""
    zone, now = ZoneInfo(settings.site.timezone), datetime.now(UTC)
    chosen = month_of(month, now.astimezone(zone).date())
    span = _Span(month=chosen, zone=zone, until=now)
    span = _Span(month=chosen, zone=zone, until=min(now, span.moment(chosen.ends)))
    cases, faults = await asyncio.to_thread(_cases, settings)
    this, before = [await _times(transaction, settings, span, one) for one in (chosen, chosen.before)]
    here = await asyncio.to_thread(catalogue, settings)
    installed = {row["id"]: row for row in await list_apps(transaction, settings) if row["id"]}
    names = sorted({*installed, *this, *before, *(case.app for case in cases.values() if case.app)})
    told = []
    for name in names:
        history = [row for row in await trust.history(transaction, name) if row["at"] < span.until]
        listed = installed.get(name, {"name": name, "stage": "", "version": ""})
        account = _App(name=name, listed=listed, history=history, this=this.get(name), before=before.get(name))
        mine = {key: case for key, case in cases.items() if case.app == name}
        said = {"en": here[name].name.en, "nl": here[name].name.nl} if name in here else {}
        told.append({**await _app(transaction, settings, span, account, mine), "names": said})
    return {
        "month": chosen.name,
        "from": chosen.begins,
        "to": span.day(span.until - timedelta(microseconds=1)),
        "is_whole": span.until >= span.moment(chosen.ends),
        "apps": told,
        "approval": await told_ways(transaction, settings, span.until - timedelta(microseconds=1)),
        "faults": faults,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _App:
    """What is on record of an app."""

    name: str
    listed: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    this: Mapping[str, Any] | None
    before: Mapping[str, Any] | None


async def _times(transaction: Asked, settings: Settings, span: _Span, month: Month) -> dict[str, dict[str, Any]]:
    """Give the figures of time of a month, by app."""
    found = await figures_account(transaction, settings, *span.of(month))
    return {row["app"]: row for row in found["figures"] if row["exam"] == ALL and row["hours"] == ALL}


async def _app(
    transaction: Asked, settings: Settings, span: _Span, app: _App, cases: Mapping[str, Case]
) -> dict[str, Any]:
    every = [row for row in app.history if row["what"] == STAGE]
    # A decision on another version says nothing of the one that is installed.
    version = app.listed["version"]
    stages = [row for row in every if not version or row["version"] == version]
    first = next((row["at"] for row in every if row["value"] in SHOWN), None)
    case = next(iter(cases.values()), None)
    found = await _accuracy(transaction, settings, app.name, case)
    standing = Standing(
        stage=stages[-1]["value"] if stages else str(app.listed["stage"]),
        stage_since=span.day(stages[-1]["at"]) if stages else None,
        used_since=span.day(first) if first else None,
        times=app.this,
        has_accuracy=bool(found),
    )
    today = span.day(span.until)
    told = [await _case(transaction, settings, span, key, one, first) for key, one in cases.items()]
    begins = span.moment(span.month.begins)
    return {
        "app": app.name,
        "name": app.listed["name"],
        "stage": standing.stage,
        "version": version,
        "changes": [dict(row) for row in app.history if row["at"] >= begins],
        "studies": _part(app.this, "n", 0),
        "studies_before": _part(app.before, "n", 0),
        "in_time": _part(app.this, "visible_before_opened", None),
        "in_time_before": _part(app.before, "visible_before_opened", None),
        "waited": _part(app.this, "waited", None),
        "waited_before": _part(app.before, "waited", None),
        "accuracy": found,
        "cases": told,
        "due": [*due(standing, case, told[0]["npv"] if told else None, today)],
        "unknown": [*unknown(standing, case)],
    }


def _part(row: Mapping[str, Any] | None, name: str, otherwise: Any) -> Any:  # noqa: ANN401 - figures of any form
    return otherwise if row is None else row[name]


async def _accuracy(transaction: Asked, settings: Settings, app: str, case: Case | None) -> list[dict[str, Any]]:
    """Hold the app against every label there is of the finding of its case: a month alone has too few."""
    if case is None or not case.finding:
        return []
    try:
        told = await accuracy(transaction, settings, (app, ""), Question(finding=case.finding))
    except InputError:
        return []
    return [
        {
            "group": group["group"],
            "studies": group["studies"],
            **{name: group["figures"][name] for name in SHOWN_FIGURES},
            "label_error": group["label_error"],
        }
        for group in told["groups"]
    ]


async def _case(  # noqa: PLR0913 - one case of one app
    transaction: Asked, settings: Settings, span: _Span, name: str, case: Case, first: datetime | None
) -> dict[str, Any]:
    npv = figures(flows(case, case.values())).npv
    told = {"name": name, "title": asdict(case.title), "currency": case.currency, "npv": npv, "cost": None}
    if first is None:
        return told
    years = (span.until - first).total_seconds() / 86400 / YEAR_DAYS
    columns = await study_times.read(transaction, first, span.until, is_shown=settings.default_stage in SHOWN)
    counts = _by_year(columns, case.app, first, years_of_use(case, years))
    return {**told, "cost": asdict(spent(case, years, counts))}


def _by_year(columns: TimeColumns, app: str, first: datetime, years: int) -> list[float]:
    """Count the studies on which the app was used, by year of use; those beyond the last are left out."""
    mine = (columns.labels["app_id"] == app) & columns.labels["shown"]
    since = (columns.moments["received"][mine] - first.timestamp()) / 86400 / YEAR_DAYS
    return [float(count) for count in np.histogram(since, bins=np.arange(years + 1))[0]]


def _cases(settings: Settings) -> tuple[dict[str, Case], list[str]]:
    """Read the cases of the site, and tell which cannot be read."""
    if not settings.value.cases:
        return {}, []
    found: dict[str, Case] = {}
    faults = []
    for path in sorted(Path(settings.value.cases).glob("*.toml")):
        if path.stem == PORTFOLIO:
            continue
        try:
            found[path.stem] = read_case(text_of(path), path.name)
        except InputError as error:
            faults.append(str(error))
    return found, faults
