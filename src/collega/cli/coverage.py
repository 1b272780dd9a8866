"""``collega coverage``: studies of the PACS that never arrived."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from collega.bootstrap.apps.trial import find_app
from collega.bootstrap.asker import command_line
from collega.bootstrap.site import database, opened_store
from collega.bootstrap.times.asking import need_of, round_now
from collega.bootstrap.times.covering import coverage_account
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of
from collega.config import Settings, load
from collega.model.audit import AuditEntry

Hours = Annotated[int, typer.Option("--since", min=1, max=87840, help="How many hours to look back.")]
FIGURES = ("app", "hours", "eligible", "received", "late", "fetched", "incomplete", "missing", "maybe")
ORDERS = ("at", "accession_number", "app", "fate", "why")
STUDIES = ("study_at", "state", "accession_number", "modalities", "study_instance_uid", "detail")


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, invoke_without_command=True)
    group.callback()(_alone)
    group.command("show")(show)
    group.command("now")(now)
    group.command("need")(need)
    app.add_typer(group, name="coverage")


def _alone(context: typer.Context, *, json: Json = False, since: Hours = 24) -> None:
    if context.invoked_subcommand is None:
        show(json=json, since=since)


def show(*, json: Json = False, since: Hours = 24) -> None:
    """Show the rounds, the studies that never arrived, and coverage by app and class of hours."""
    settings = load()
    told = in_transaction(
        settings,
        lambda transaction: coverage_account(transaction, settings, since),
        lambda found: AuditEntry(event="coverage viewed", studies=keys_of(found["studies"])),
    )
    if json:
        print_json(told)
    else:
        _print(told)


def now(*, json: Json = False) -> None:
    """Ask the PACS at once, then show the last hour."""
    settings = load()
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url:
        asyncio.run(_round(settings, url))
    show(json=json, since=1)


async def _round(settings: Settings, url: str) -> None:
    async with opened_store(settings, url, command_line) as store:
        await round_now(settings, store)


def need(
    app: Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app, or its folder.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days of the PACS to count.")] = 28,
    json: Json = False,
) -> None:
    """Count the studies of the PACS that an app would accept, before a pilot."""
    settings = load()
    told = need_of(settings, find_app(settings, app), days)
    if json:
        print_json(told)
        return
    title = f"{told['app']}, {told['from']} to {told['to']}: {told['studies']} studies in the PACS"
    rows = [(row["hours"], row["accepted"], row["maybe"], f"{row['accepted'] * 7 / days:.1f}") for row in told["hours"]]
    print_table(title, ("hours", "accepted", "maybe", "accepted a week"), rows)


def _print(told: Mapping[str, Any]) -> None:
    typer.echo(f"{told['state']}; {len(told['rounds'])} rounds")
    figures = [[*(row[name] for name in FIGURES), _share(row)] for row in told["figures"]]
    print_table("Coverage: received and late, of those eligible", (*FIGURES, "coverage (95 % interval)"), figures)
    print_table(
        f"{len(told['studies'])} studies that were missing or came in part",
        STUDIES,
        [[_plain(row[name]) for name in STUDIES] for row in told["studies"]],
    )
    orders = told["orders"]
    print_table(
        f"{orders['orders']} orders: what became of those that an app should have seen",
        ("app", "hours", "expected", "coverage (95 % interval)", "why not"),
        [(row["app"], row["hours"], row["expected"], _share(row), _why(row["fates"])) for row in orders["figures"]],
    )
    print_table(
        "Orders that an app did not see", ORDERS, [[row[name] for name in ORDERS] for row in orders["not_seen"]]
    )
    print_table(
        "Work of the running apps",
        ("app", "accepted", "of studies received", "last accepted"),
        [(row["app"], row["accepted"], row["received"], row["last_accepted_at"]) for row in told["apps"]],
    )


def _why(fates: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in fates.items() if count and name != "seen") or "-"


def _share(row: Mapping[str, Any]) -> str:
    if row["coverage"] is None:
        return "-"
    return f"{row['coverage']:.1%} ({row['low']:.1%} to {row['high']:.1%})"


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
