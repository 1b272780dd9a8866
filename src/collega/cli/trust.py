"""``collega apps``, the part on trust: stage, rights, the switch, and who decided what."""

import getpass
from typing import Annotated

import typer

from collega.bootstrap.leave import leaving
from collega.bootstrap.reading import queries, trusting
from collega.bootstrap.site import catalogue
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError
from collega.model.app import Manifest, Stage
from collega.model.trust import Right
from collega.run.outside import is_outside

AppId = Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app.")]
Reason = Annotated[str, typer.Option(help="Why; kept on record.")]
By = Annotated[str, typer.Option("--by", help="Who decides it, else the login name; kept on record.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    for name, command in (("stage", stage), ("stop", stop), ("resume", resume), ("allow", allow), ("history", history)):
        group.command(name)(command)


def stage(
    app: AppId,
    to: Annotated[Stage, typer.Argument(metavar="STAGE", help="off, shadow, pilot, live or suspended.")],
    reason: Reason = "no reason given",
    by: By = "",
) -> None:
    """Change how far an app is trusted; `collega apps stop` silences all its versions at once."""
    settings = load()
    found = _installed(app)
    who = by or getpass.getuser()
    in_transaction(
        settings, lambda transaction: trusting.change_stage(transaction, app, found.version, to, who, reason)
    )
    typer.echo(f"{app} {found.version}: {to}")
    if is_outside(found):
        (row,) = in_transaction(settings, lambda transaction: leaving.list_cloud(transaction, [found]))
        under = f"under {row['agreement']} of {row['agreed_on']}"
        typer.echo(f"  outside the house, {row['to']}: {under if row['permitted'] else 'not permitted, sent nothing'}")


def stop(app: AppId, reason: Annotated[str, typer.Option(help="Why; kept on record.")], by: By = "") -> None:
    """Silence an app at once, all its versions: nothing of it is shown, sent or begun until it is resumed."""
    settings = load()
    installed = catalogue(settings).get(app)
    who = by or getpass.getuser()
    stopped = in_transaction(settings, lambda transaction: trusting.stop(transaction, app, installed, who, reason))
    typer.echo(f"{app}: stopped, {stopped} versions")


def resume(app: AppId, reason: Annotated[str, typer.Option(help="Why; kept on record.")], by: By = "") -> None:
    """Give each stopped version of an app the stage that it had before; the work that was held begins."""
    settings = load()
    installed = catalogue(settings).get(app)
    who = by or getpass.getuser()
    given = in_transaction(
        settings,
        lambda transaction: trusting.resume(
            transaction, app, installed, who, reason, default_stage=settings.default_stage
        ),
    )
    for version, now in given.items():
        typer.echo(f"{app} {version}: {now}")
    if not given:
        typer.echo(f"{app}: no version of it was stopped")


def allow(  # noqa: PLR0913 - a switch for each right
    app: AppId,
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    *,
    prioritise: Annotated[bool | None, typer.Option(help="May raise a study in the worklist.")] = None,
    rule_out: Annotated[bool | None, typer.Option(help="May say that it found nothing.")] = None,
    localise: Annotated[bool | None, typer.Option(help="May show where.")] = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Narrow what a version may do with its word, within the maker's intended use; anything beyond is refused."""
    settings = load()
    found = _installed(app)
    asked = {Right.PRIORITISE: prioritise, Right.RULE_OUT: rule_out, Right.LOCALISE: localise}
    wishes = {right: wish for right, wish in asked.items() if wish is not None}
    if not wishes:
        message = "name a right: --[no-]prioritise, --[no-]rule-out or --[no-]localise"
        raise InputError(message)
    who = by or getpass.getuser()
    may = in_transaction(settings, lambda transaction: trusting.allow(transaction, found, wishes, who, reason))
    told = {str(right): may.has(right) for right in Right}
    if json:
        print_json({"app": app, "version": found.version, **told})
        return
    words = ", ".join(f"{name} {'yes' if has else 'no'}" for name, has in told.items())
    typer.echo(f"{app} {found.version}: {words}")


def history(app: AppId, *, json: Json = False) -> None:
    """List every decision on an app: its stages and rights, who took it and why."""
    rows = in_transaction(load(), lambda transaction: queries.app_history(transaction, app))
    if json:
        print_json(rows)
        return
    columns = ("at", "version", "what", "value", "actor", "reason")
    print_table(f"{len(rows)} decisions on {app}", columns, [[row[name] for name in columns] for row in rows])


def _installed(app: str) -> Manifest:
    manifest = catalogue(load()).get(app)
    if manifest is None:
        message = f"{app}: no such app is installed; see `collega apps list`"
        raise InputError(message)
    return manifest
