"""``collega timeline``: when what happened to a study, and what it took."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.site import Asked
from collega.bootstrap.times.timing import (
    Export,
    as_json,
    export_rows,
    figures_account,
    timeline_of,
    write_csv,
    write_sole,
)
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, study_viewed
from collega.config import Settings, load
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.ids import storage_key
from collega.model.timeline import Timeline

From = Annotated[str, typer.Option("--from", help="First day (2026-11-01), or moment; else 28 days back.")]
To = Annotated[str, typer.Option("--to", help="Day or moment before which to stop; else now.")]
DAYS = 28
MOMENTS = ("corrected_at", "kind", "app", "clock_owner", "clock", "at", "is_corrected")
CLOCKS = ("clock_owner", "clock", "pairs", "ahead_s", "low_s", "high_s")
WAITS = ("app", "begin", "end", "how", "minutes")
FIGURES = (
    *("app", "exam", "hours", "n", "last image to visible (min)", "p95", "visible before opened"),
    *("before signed", "reader first", "waited (min)", "calls"),
)


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("show")(show)
    group.command("export")(export)
    group.command("figures")(figures)
    app.add_typer(group, name="timeline")


def show(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Study Instance UID.")], *, json: Json = False
) -> None:
    """Show the way of one study, with the clock of each moment."""
    settings = load()

    async def ask(transaction: Asked) -> Timeline | None:
        return await timeline_of(transaction, settings, study, datetime.now(UTC))

    found = in_transaction(settings, ask, lambda told: study_viewed(study, told.records if told else ()))
    if found is None:
        message = f"{study}: no such study was received"
        raise InputError(message)
    told = as_json(study, found)
    if json:
        print_json(told)
        return
    for title, columns, rows in (
        ("Moments, corrected where the clock is known", MOMENTS, told["moments"]),
        ("Clocks against that of collega", CLOCKS, told["clocks"]),
        ("Readers who waited", WAITS, told["waits"]),
    ):
        print_table(title, columns, [[row[name] for name in columns] for row in rows])


def export(
    *,
    since: From = "",
    until: To = "",
    csv: Annotated[Path | None, typer.Option("--csv", help="File for one row of each event.")] = None,
    sole: Annotated[Path | None, typer.Option("--sole", help="File for IHE SOLE events, one on a line.")] = None,
    named: Annotated[bool, typer.Option("--named", help="Name studies by their UID, not by a pseudonym.")] = False,
) -> None:
    """Write the events of a span; pseudonymous unless it is asked otherwise."""
    if csv is None and sole is None:
        message = "say where to write: --csv OUT, --sole OUT, or both"
        raise InputError(message)
    settings = load()
    begin, end = span(settings, since, until)
    wish = Export(settings=settings, since=begin, until=end, is_named=named)
    found = in_transaction(settings, wish.timelines, lambda told: _exported(told, named=named))
    for path, count in (
        (csv, write_csv(export_rows(found), csv) if csv else 0),
        (sole, write_sole(found, settings, sole) if sole else 0),
    ):
        if path is not None:
            typer.echo(f"{path}: {count} events of {len(found)} studies")


def _exported(told: Sequence[tuple[str, Timeline]], *, named: bool) -> AuditEntry:
    studies = tuple(storage_key(uid) for uid, _ in told) if named else ()
    return AuditEntry(event="timeline exported", studies=studies, payload={"named": named, "studies": len(told)})


def figures(*, since: From = "", until: To = "", json: Json = False) -> None:
    """Count latencies, results in time, waits and calls, by app, exam type and class of hours."""
    settings = load()
    begin, end = span(settings, since, until)
    told = in_transaction(settings, lambda transaction: figures_account(transaction, settings, begin, end))
    if json:
        print_json(told)
        return
    typer.echo(f"{told['studies']} studies from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC")
    print_table("Time, with 95 % intervals", FIGURES, [_row(row) for row in told["figures"]])


def span(settings: Settings, since: str, until: str) -> tuple[datetime, datetime]:
    """Read a span in the zone of the site."""
    zone = ZoneInfo(settings.site.timezone)
    end = _moment(until, zone) if until else datetime.now(UTC)
    begin = _moment(since, zone) if since else end - timedelta(days=DAYS)
    if begin >= end:
        message = "--from must be before --to"
        raise InputError(message)
    return begin, end


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"a day or moment such as 2026-11-01 or 2026-11-01T08:00, not {text!r}"
        raise InputError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _row(row: Mapping[str, Any]) -> list[object]:
    latency, waited = row["image_to_visible"], row["waited"]
    return [
        *(row[name] for name in ("app", "exam", "hours", "n")),
        *(_quantile(latency[name]) for name in ("median", "p95")),
        *(_share(share) for share in (row["visible_before_opened"], row["visible_before_signed"])),
        _share(row["first"]["reader_share"]),
        "no data" if waited["minutes"] is None else f"{waited['minutes']:.0f} by {waited['n']}",
        "not logged" if row["calls"]["calls"] is None else f"{row['calls']['calls']} in {row['calls']['n']}",
    ]


def _quantile(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "no data"
    low, high = ("?" if limit is None else f"{limit:.1f}" for limit in (found["low"], found["high"]))
    return f"{found['value']:.1f} ({low} to {high})"


def _share(found: Mapping[str, Any]) -> str:
    if found["share"] is None:
        return "no data"
    return f"{found['share']:.0%} ({found['low']:.0%} to {found['high']:.0%}) of {found['n']}"
