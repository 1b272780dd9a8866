"""``collega apps``: what is installed, whether it keeps the contract, how far it is trusted."""

from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap.apps import cataloguing, trial
from collega.bootstrap.apps.remarks import remarks
from collega.bootstrap.reading import queries
from collega.cli import trust
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import ManifestError
from collega.model.runtime import Runtime

AppName = Annotated[str, typer.Argument(metavar="APP", help="Id of an installed app, or the folder of one.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("list", list_apps), ("check", check), ("card", card), ("new", new), ("run", run)):
        group.command(name)(command)
    trust.register(group)
    app.add_typer(group, name="apps")


def list_apps(*, json: Json = False) -> None:
    """List the installed apps with their stage."""
    settings = load()
    rows = in_transaction(settings, lambda transaction: queries.list_apps(transaction, settings))
    if json:
        print_json(rows)
        return
    columns = ("id", "version", "stage", "way", "may", "runtime", "what")
    sound = [row for row in rows if not row["problems"]]
    shown = [
        {
            **row,
            "may": ", ".join(item.removeprefix("may_").replace("_", " ") for item in row["may"]) or "-",
            "what": row["name"] if row["clinical_use"] else f"{row['name']} (demonstration)",
        }
        for row in sound
    ]
    print_table(f"{len(shown)} apps", columns, [[row[name] for name in columns] for row in shown], whole="id")
    for problem in (problem for row in rows for problem in row["problems"]):
        typer.echo(problem, err=True)


def check(app: AppName, *, json: Json = False) -> None:
    """Test the folder of an app against the contract, and tell what is missing before it may go live."""
    settings = load()
    problems, found = trial.check_app(settings, app), remarks(settings, app)
    lacking = [] if problems else cataloguing.lacking(settings, trial.find_app(settings, app))
    if json:
        told = {"app": app, "problems": problems, "remarks": found, "before_go_live": lacking, "ok": not problems}
        print_json(told)
    elif not problems:
        typer.echo(f"{app}: keeps the contract")
    if not json:
        lines = [*found, *(f"before go-live: {item}" for item in lacking)]
        typer.echo("".join(f"  {line}\n" for line in lines), nl=False)
    if problems and not json:
        raise ManifestError("\n".join(problems))
    if problems:
        raise typer.Exit(2)


def card(app: AppName, *, json: Json = False) -> None:
    """Show the card of an app: what its maker tells, what not, and what is missing before it may go live."""
    settings = load()
    account = cataloguing.card_account(settings, app)
    if json:
        print_json(account)
        return
    print_table(*cataloguing.card_table(settings, app))
    for item in account["before_go_live"]:
        typer.echo(f"before go-live: {item}")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Id of the new app, and name of its folder.")],
    runtime: Annotated[Runtime, typer.Option(help="How it is started.")] = Runtime.PYTHON,
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Make the folder of a new app: manifest, empty card, and for Python an entry that runs."""
    made, is_open = cataloguing.make_app(name, runtime, folder)
    typer.echo(f"{made}: made; write in it what says FILL-IN" + (", without which it cannot run" if is_open else ""))


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
