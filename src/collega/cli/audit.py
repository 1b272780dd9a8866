"""``collega audit``: who did or saw what, and whether the record is whole."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collega.bootstrap.asker import command_line
from collega.bootstrap.site import database, opened_store
from collega.bootstrap.upkeep import auditing
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import Settings, load
from collega.errors import InputError

Heads = Annotated[
    list[Path] | None,
    typer.Option("--heads", help="A file with heads that were kept elsewhere, such as the repository's log."),
]
Patient = Annotated[str, typer.Option(help="Patient ID: what was done with or seen of this patient.")]
Actor = Annotated[str, typer.Option(help="An address, an account, an AE title or a name: what was done by this one.")]
Since = Annotated[str, typer.Option(help="From this day or moment on, such as 2026-11-01 or 2026-11-01T08:00.")]
FOUND = 1


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for command in (verify, show):
        group.command()(command)
    app.add_typer(group, name="audit")


def verify(*, heads: Heads = None, json: Json = False) -> None:
    """Compute the chain of the record anew: a changed, missing, inserted or moved line and a cut tail are told."""
    settings = load()
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url:
        with shown_progress(json) as progress:
            account = auditing.check_chain(settings, url, heads or (), progress)
        asyncio.run(_note(settings, url, account))
    if json:
        print_json(account)
    else:
        _print(account)
    if account["faults"]:
        raise typer.Exit(FOUND)


async def _note(settings: Settings, url: str, account: dict[str, Any]) -> None:
    async with opened_store(settings, url, command_line) as store, store.transaction() as transaction:
        await auditing.note_check(transaction, account)


def show(
    *,
    patient: Patient = "",
    actor: Actor = "",
    since: Since = "",
    limit: Annotated[int, typer.Option(min=1, max=100000, help="How many lines.")] = 200,
    json: Json = False,
) -> None:
    """List lines of the record, the latest first; that you read it is a line too."""
    settings = load()
    moment = _moment(settings, since)
    rows = in_transaction(
        settings,
        lambda transaction: auditing.read_audit(transaction, patient=patient, actor=actor, since=moment, limit=limit),
    )
    if json:
        print_json(rows)
        return
    columns = ("at", "event", "actor", "address", "responsible", "source", "patients", "studies", "outcome")
    print_table(f"{len(rows)} lines", columns, [[_cell(row, name) for name in columns] for row in rows])


def _cell(row: dict[str, Any], name: str) -> object:
    match name:
        case "patients":
            return sorted({one["patient_id"] for one in row["subjects"]})
        case "studies":
            return [one["study_instance_uid"] for one in row["subjects"]]
        case _:
            return row[name]


def _moment(settings: Settings, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"--since {text}: a day or a moment such as 2026-11-01T08:00"
        raise InputError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=auditing.zone(settings))).astimezone(UTC)


def _print(account: dict[str, Any]) -> None:
    if not account["faults"]:
        typer.echo(f"{account['lines']} lines, whole; {account['heads']} heads from outside fit")
        return
    columns = ("wrong", "number", "key", "text")
    rows = [[row[name] for name in columns] for row in account["wrong"]]
    print_table(f"{account['lines']} lines, {account['faults']} faults", columns, rows)


@contextmanager
def shown_progress(quiet: bool) -> Iterator[auditing.Progress]:  # noqa: FBT001 - JSON or not
    """Show on standard error how many lines have been checked."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("lines", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
