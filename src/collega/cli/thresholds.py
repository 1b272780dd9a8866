"""``collega thresholds``: where an app's findings begin at this site, and who moved that."""

import getpass
from typing import Annotated

import typer

from collega.bootstrap.apps.thresholds import list_thresholds, set_threshold, threshold_history
from collega.bootstrap.site import catalogue
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import Settings, load
from collega.errors import InputError
from collega.model.app import Manifest

AppId = Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("list", list_all), ("set", set_one), ("history", history)):
        group.command(name)(command)
    app.add_typer(group, name="thresholds")


def list_all(app: AppId, *, json: Json = False) -> None:
    """Show the thresholds in force, those of the maker, and the range that the maker allows."""
    settings = load()
    manifest = installed(settings, app)
    found = in_transaction(settings, lambda transaction: list_thresholds(transaction, manifest))
    if json:
        print_json(found)
        return
    columns = ("finding", "threshold", "makers", "allowed", "scale", "direction")
    title = f"{found['app']} {found['version']}, set {found['number']}"
    print_table(title, columns, [[row[name] for name in columns] for row in found["thresholds"]])


def set_one(  # noqa: PLR0913 - the options of one command
    app: AppId,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Id of the finding.")],
    value: Annotated[float, typer.Argument(metavar="VALUE", help="The new threshold, on the scale of the finding.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    by: Annotated[str, typer.Option("--by", help="Who decides it, else the login name; kept on record.")] = "",
    json: Json = False,
) -> None:
    """Move a threshold within the range that the maker allows; outside it the change is refused."""
    settings = load()
    manifest = installed(settings, app)
    who = by or getpass.getuser()
    made = in_transaction(
        settings,
        lambda transaction: set_threshold(transaction, manifest, finding, value, actor=who, reason=reason),
    )
    if json:
        print_json({"app": app, "finding": finding, "old": made.old, "new": made.new, "number": made.number})
        return
    typer.echo(f"{app} {manifest.version} {finding}: {made.old:g} -> {made.new:g}, set {made.number}")


def history(app: AppId, *, json: Json = False) -> None:
    """List every change of an app version's thresholds: who, when, why."""
    settings = load()
    manifest = installed(settings, app)
    rows = in_transaction(settings, lambda transaction: threshold_history(transaction, manifest))
    if json:
        print_json(rows)
        return
    columns = ("number", "at", "finding", "old", "new", "actor", "reason")
    print_table(f"{len(rows)} changes", columns, [[row[name] for name in columns] for row in rows])


def installed(settings: Settings, app: str) -> Manifest:
    """Find an installed app."""
    manifest = catalogue(settings).get(app)
    if manifest is None:
        message = f"{app}: no such app is installed; see `collega apps list`"
        raise InputError(message)
    return manifest
