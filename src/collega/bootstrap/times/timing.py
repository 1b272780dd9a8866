"""What commands and pages ask about the time that studies take."""

import asyncio
import csv
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collega.adapters.files.secret import site_secret
from collega.adapters.postgres import study_times, timelines
from collega.adapters.postgres.store import PostgresStore
from collega.adapters.postgres.study_times import TimeColumns
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.formats.dicom_acquired import dicom_moment
from collega.formats.sole import sole_events
from collega.measure.clocks import IMAGE_FLOOR_S, Clocks, Heard, Pair
from collega.measure.timeline import timeline
from collega.measure.times import Cases, time_figures
from collega.model.app import Stage
from collega.model.timeline import ClockName, ClockOwner, Moment, MomentKind, Timeline

BESIDE = timedelta(days=1)
# Stages in which readers meet what an app says.
SHOWN = frozenset({Stage.PILOT, Stage.LIVE})
KEY_FILE = "pseudonym.key"
COLUMNS = (
    *("study", "kind", "app", "clock_owner", "clock", "at", "corrected_at", "corrected_low", "corrected_high"),
    "is_corrected",
)
IMAGES = "images"


async def timeline_of(
    transaction: Asked, settings: Settings, study_instance_uid: str, now: datetime
) -> Timeline | None:
    """Make the timeline of a study; None where it was never received."""
    zone = ZoneInfo(settings.site.timezone)
    moments = moments_of_rows(await timelines.moments_of(transaction, study_instance_uid), zone)
    if not moments:
        return None
    clocks = await _clocks(transaction, zone, min(item.at for item in moments), max(item.at for item in moments))
    return timeline(moments, clocks, now)


async def figures_account(transaction: Asked, settings: Settings, since: datetime, until: datetime) -> dict[str, Any]:
    """Count the studies whose first object came in a span."""
    zone = ZoneInfo(settings.site.timezone)
    columns = await study_times.read(transaction, since, until, is_shown=settings.default_stage in SHOWN)
    said = await timelines.ris_pairs(transaction, since - BESIDE, until + BESIDE)
    # Hundreds of thousands of numbers: the loop goes on meanwhile.
    return await asyncio.to_thread(_figures, columns, said, zone, (since, until))


def _figures(
    columns: TimeColumns,
    said: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    zone: ZoneInfo,
    span: tuple[datetime, datetime],
) -> dict[str, Any]:
    clocks = Clocks([], zone, clock_columns(said))
    latest = min(span[1], datetime.now(UTC))
    senders = sorted({str(name) for column in ("order_clock", "report_clock") for name in columns.names(column)} - {""})
    return {
        "from": span[0],
        "to": span[1],
        "studies": columns.studies,
        "clocks": [{"latest_day": latest, **_offset(clocks.offset(_ris(name), latest))} for name in senders],
        "figures": [asdict(figure) for figure in time_figures(cases_of(columns, clocks), zone)],
    }


def clock_columns(said: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> list[Heard]:
    """Name the columns of each RIS."""
    return [Heard(clock=_ris(name), said=pair[0], heard=pair[1]) for name, pair in said.items()]


def _ris(name: str) -> ClockName:
    return ClockName(owner=ClockOwner.RIS, name=name)


def cases_of(columns: TimeColumns, clocks: Clocks) -> Cases:
    """Bring columns to the clock of collega."""
    moments = columns.moments
    ordered, _, _ = corrected(moments["ordered"], columns.labels["order_clock"], clocks)
    signed, low, high = corrected(moments["signed"], columns.labels["report_clock"], clocks)
    # A signature that a reader has posted stands as it was told.
    reader = moments["signed_by_reader"]
    is_first = ~(signed <= reader)
    return Cases(
        app=columns.labels["app_id"],
        exam=columns.labels["exam"],
        shown=columns.labels["shown"],
        signed=np.where(is_first & ~np.isnan(reader), reader, signed),
        signed_low=np.where(is_first & ~np.isnan(reader), reader, low),
        signed_high=np.where(is_first & ~np.isnan(reader), reader, high),
        ordered=ordered,
        calls=moments["calls"].astype(np.int64),
        **{name: moments[name] for name in ("made", "received", "visible", "opened", "closed")},
    )


def corrected(
    moments: NDArray[np.float64], names: NDArray[np.str_], clocks: Clocks
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Bring times of the RIS to the clock of collega: at best, at the earliest, at the latest."""
    found = np.array([moments, moments, moments])
    is_told = ~np.isnan(moments)
    for name in np.unique(names[is_told]):
        rows = np.flatnonzero(is_told & (names == name))
        middle, low, high = clocks.offsets(_ris(str(name)), moments[rows])
        found[:, rows] -= np.array([middle, high, low])
    return found[0], found[1], found[2]


async def _clocks(transaction: Asked, zone: ZoneInfo, since: datetime, until: datetime) -> Clocks:
    owners = [str(owner) for owner in ClockOwner] + [IMAGES]
    return Clocks(read_pairs(await timelines.pairs(transaction, owners, since - BESIDE, until + BESIDE), zone), zone)


def read_pairs(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Pair]:
    """Read pairs; images tell of a scanner's clock only where its steps do not."""
    found = [dict(row) for row in rows]
    told = {row["clock"] for row in found if row["owner"] == ClockOwner.SCANNER}
    pairs = []
    for row in found:
        said_at = row.get("said_at") or dicom_moment(row["said"], zone)
        if said_at is None or (row["owner"] == IMAGES and row["clock"] in told):
            continue
        is_image = row["owner"] == IMAGES
        owner = ClockOwner.SCANNER if is_image else ClockOwner(row["owner"])
        clock = ClockName(owner=owner, name=row["clock"])
        floor = IMAGE_FLOOR_S if is_image else None
        pairs.append(Pair(clock=clock, said_at=said_at, heard_at=row["heard_at"], floor_s=floor))
    return pairs


def moments_of_rows(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Moment]:
    """Read moments as the database gives them."""
    return [
        Moment(
            kind=MomentKind(row["kind"]),
            at=at,
            clock=ClockName(owner=ClockOwner(row["owner"]), name=row["clock"]),
            app=row["app"],
        )
        for row in rows
        if (at := row["at"] or dicom_moment(row["said"], zone)) is not None
    ]


def as_json(study_instance_uid: str, found: Timeline) -> dict[str, Any]:
    """Write a timeline for programs: every moment as it was told, and by the clock of collega."""
    return {
        "study_instance_uid": study_instance_uid,
        "moments": [_moment(item) for item in found.placed],
        "clocks": [_offset(offset) for offset in found.offsets],
        "gaps": [asdict(gap) for gap in found.gaps],
        "waits": [{**asdict(wait), "minutes": wait.minutes} for wait in found.waits],
        "first": dict(found.first),
    }


def _moment(item: Any) -> dict[str, Any]:  # noqa: ANN401 - a record
    moment = item.moment
    return {
        "kind": moment.kind,
        "app": moment.app,
        "clock_owner": moment.clock.owner,
        "clock": moment.clock.name,
        "at": moment.at,
        "corrected_at": item.at,
        "corrected_low": item.low,
        "corrected_high": item.high,
        "is_corrected": item.is_known,
    }


def _offset(offset: Any) -> dict[str, Any]:  # noqa: ANN401 - a record
    return {
        "clock_owner": offset.clock.owner,
        "clock": offset.clock.name,
        "pairs": offset.pairs,
        "ahead_s": None if offset.low is None else offset.middle,
        "low_s": offset.low,
        "high_s": offset.high,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """Rows for a file: a study is a pseudonym, the same in every export of this site, unless it is to be named."""

    settings: Settings
    since: datetime
    until: datetime
    is_named: bool = False

    async def timelines(self, transaction: Asked) -> list[tuple[str, Timeline]]:
        """Make the timelines of a span."""
        zone = ZoneInfo(self.settings.site.timezone)
        rows = await timelines.moments_between(transaction, self.since, self.until)
        clocks = await _clocks(transaction, zone, self.since, self.until)
        now = datetime.now(UTC)
        secret = b"" if self.is_named else site_secret(self.settings.data / "secrets", KEY_FILE)
        return [
            (uid if self.is_named else pseudonym(uid, secret), timeline(moments_of_rows(part, zone), clocks, now))
            for uid, part in groupby(rows, key=lambda row: str(row["study_instance_uid"]))
        ]


def pseudonym(study_instance_uid: str, secret: bytes) -> str:
    """Name a study so that only this site can tell which it is."""
    return hmac.new(secret, study_instance_uid.encode(), hashlib.sha256).hexdigest()[:16]


def export_rows(found: Iterable[tuple[str, Timeline]]) -> Iterator[dict[str, Any]]:
    """One row for each event."""
    for study, one in found:
        for item in one.placed:
            yield {"study": study, **{name: _plain(value) for name, value in _moment(item).items()}}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write the rows; returns how many."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        for count, row in enumerate(rows, 1):  # noqa: B007 - counted
            writer.writerow(row)
    return count


def write_sole(found: Iterable[tuple[str, Timeline]], settings: Settings, path: Path) -> int:
    """Write the events as IHE SOLE has them, a syslog message on each line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for study, one in found:
            for line in sole_events(study, one, settings.timeline.sole_codes, settings.site.name or "collega"):
                out.write(line + "\n")
                count += 1
    return count


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelinePages:
    """The questions that pages ask about time."""

    store: PostgresStore
    settings: Settings

    async def timeline(self, study_instance_uid: str) -> Timeline | None:
        """Give the timeline of a study."""
        async with self.store.transaction() as transaction:
            return await timeline_of(transaction, self.settings, study_instance_uid, datetime.now(UTC))

    async def figures(self, days: float) -> dict[str, Any]:
        """Count the studies of the last days."""
        until = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            return await figures_account(transaction, self.settings, until - timedelta(days=days), until)
