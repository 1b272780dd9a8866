"""``collega apps``: what is installed, whether it keeps the contract, how far it is trusted."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap import queries, trial
from collega.bootstrap.remarks import remarks
from collega.bootstrap.site import catalogue
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError, ManifestError
from collega.model.app import Stage

AppName = Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app, or the folder of one.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("list", list_apps), ("check", check), ("run", run), ("stage", stage)):
        group.command(name)(command)
    app.add_typer(group, name="apps")


def list_apps(*, json: Json = False) -> None:
    """List the installed apps with their stage."""
    settings = load()
    rows = in_transaction(settings, lambda transaction: queries.list_apps(transaction, settings))
    if json:
        print_json(rows)
        return
    columns = ("id", "version", "stage", "runtime", "clinical_use", "purpose", "folder")
    sound = [row for row in rows if not row["problems"]]
    print_table(f"{len(sound)} apps", columns, [[row[name] for name in columns] for row in sound])
    for problem in (problem for row in rows for problem in row["problems"]):
        typer.echo(problem, err=True)


def check(app: AppName, *, json: Json = False) -> None:
    """Test the folder of an app against the contract: manifest, entry, a run on images that it must refuse."""
    settings = load()
    problems, found = trial.check_app(settings, app), remarks(settings, app)
    if json:
        print_json({"app": app, "problems": problems, "remarks": found, "ok": not problems})
    elif not problems:
        typer.echo(f"{app}: keeps the contract")
    if not json:
        typer.echo("".join(f"  {line}\n" for line in found), nl=False)
    if problems and not json:
        raise ManifestError("\n".join(problems))
    if problems:
        raise typer.Exit(2)


def run(
    app: AppName,
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="DICOM files or folders of one study.")],
    *,
    json: Json = False,
    output: Annotated[Path | None, typer.Option(help="Keep what the app writes in this folder.")] = None,
) -> None:
    """Run an app on files, without a server: what it answers, and what it used."""
    answer = trial.run_app(load(), app, files, output)
    if json:
        print_json(answer)
        return
    typer.echo(f"{answer['app']['id']} {answer['app']['version']}: {answer['status']}")
    if answer.get("reason"):
        typer.echo(f"  {answer['reason']['code']}: {answer['reason']['text']['en']}")
    for finding in answer.get("findings", ()):
        typer.echo(f"  {finding['id']}: {finding['evaluation']}, score {finding['score']['value']:.4f}")


def stage(
    app: Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app.")],
    to: Annotated[Stage, typer.Argument(metavar="STAGE", help="off, shadow, pilot, live or suspended.")],
    reason: Annotated[str, typer.Option(help="Why; kept on record.")] = "no reason given",
    by: Annotated[str, typer.Option("--by", help="Who decides it, else the login name; kept on record.")] = "",
) -> None:
    """Change how far an app is trusted; ``suspended`` is the switch that silences it at once."""
    settings = load()
    manifest = catalogue(settings).get(app)
    if manifest is None:
        message = f"{app}: no such app is installed; see `collega apps list`"
        raise InputError(message)
    who = by or getpass.getuser()
    in_transaction(settings, lambda transaction: queries.change_stage(transaction, manifest, to, who, reason))
    typer.echo(f"{app} {manifest.version}: {to}")
