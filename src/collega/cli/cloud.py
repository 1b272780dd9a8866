"""``collega cloud``: which apps outside the house may be sent studies, and the keys of pseudonyms."""

import getpass
from datetime import date
from typing import Annotated

import typer

from collega.bootstrap.leave import leaving
from collega.bootstrap.site import catalogue
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, with_store
from collega.config import load
from collega.errors import InputError

AppId = Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app.")]
Reason = Annotated[str, typer.Option(help="Why; kept on record.")]
By = Annotated[str, typer.Option("--by", help="Who decides it, else the login name; kept on record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("permit", permit), ("forbid", forbid), ("list", list_all), ("renew-keys", renew_keys)):
        group.command(name)(command)
    app.add_typer(group, name="cloud")


def permit(  # noqa: PLR0913 - what a permission is made of
    app: AppId,
    agreement: Annotated[str, typer.Option(help="Where the data processing agreement with its maker is found.")],
    signed: Annotated[str, typer.Option(help="Day of that agreement, such as 2026-09-01.")],
    reason: Reason,
    *,
    free_text: Annotated[
        bool, typer.Option("--free-text", help="Reports go too, where the app asks for them.")
    ] = False,
    by: By = "",
) -> None:
    """Let an app outside the house be sent studies, about nobody; the first permission makes the site's keys."""
    settings = load()
    manifest = catalogue(settings).get(app)
    if manifest is None:
        message = f"{app}: no such app is installed; see `collega apps list`"
        raise InputError(message)
    try:
        day = date.fromisoformat(signed)
    except ValueError:
        message = f"--signed {signed}: a day such as 2026-09-01"
        raise InputError(message) from None
    if not agreement.strip() or day > date.today():  # noqa: DTZ011 - the day of whoever types it
        message = "an agreement that is found somewhere and is signed already"
        raise InputError(message)
    in_transaction(
        settings,
        lambda transaction: leaving.permit(
            transaction,
            settings,
            manifest,
            agreement=agreement.strip(),
            agreed_on=day,
            sends_free_text=free_text,
            actor=by or getpass.getuser(),
            reason=reason,
        ),
    )
    typer.echo(f"{app}: may be sent studies, under {agreement} of {day}")
    typer.echo(
        f"keep a copy of {leaving.key_file(settings)} apart from the backups: without it no pseudonym is read back"
    )


def forbid(app: AppId, reason: Reason, by: By = "") -> None:
    """Let an app be sent nothing any more; what has left is shown by `collega audit show`."""
    actor = by or getpass.getuser()
    in_transaction(load(), lambda transaction: leaving.forbid(transaction, app, actor, reason))
    typer.echo(f"{app}: is sent nothing any more")


def list_all(*, json: Json = False) -> None:
    """List the apps outside the house, and whether each is permitted."""
    settings = load()
    apps = list(catalogue(settings).values())
    rows = in_transaction(settings, lambda transaction: leaving.list_cloud(transaction, apps))
    if json:
        print_json(rows)
        return
    columns = ("id", "version", "stage", "to", "permitted", "agreement", "agreed_on", "free_text", "actor", "reason")
    print_table(f"{len(rows)} apps outside the house", columns, [[row[name] for name in columns] for row in rows])


def renew_keys() -> None:
    """Seal every pseudonym with a new key and forget the old one; pseudonyms themselves stay as they are."""
    settings = load()
    count = with_store(settings, lambda store: leaving.renew_keys(store, settings))
    typer.echo(
        f"{count} pseudonyms are sealed anew; put a copy of {leaving.key_file(settings)} in the place of the old one"
    )
