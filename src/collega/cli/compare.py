"""``collega compare``: two apps, or two versions of one, on the same stored studies."""

import csv
import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from collega.bootstrap.apps import comparing
from collega.cli.compare_progress import shown_progress
from collega.cli.compare_report import as_json, print_report
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import with_store
from collega.config import load
from collega.errors import InputError
from collega.model.comparison import Side

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the comparison.")]
App = Annotated[str, typer.Argument(help="Id of an installed app, or the folder of one version.")]


class CompareGroup(TyperGroup):
    """Takes ``collega compare APP_A APP_B`` for ``collega compare run APP_A APP_B``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own context
        """Put in the word ``run`` where two apps are named straight away."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True, cls=CompareGroup)
    for name, command in (("run", run), ("show", show), ("scores", scores), ("list", list_all)):
        group.command(name)(command)
    app.add_typer(group, name="compare")


def run(  # noqa: PLR0913 - the options of one command
    app_a: App,
    app_b: App,
    *,
    name: Annotated[str, typer.Option(help="Name under which it is kept; the same name again goes on.")],
    studies: Annotated[str, typer.Option(help="Study Instance UIDs with commas between them.")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="All studies that came since this day.")
    ] = None,
    from_file: Annotated[
        Path | None, typer.Option("--from", exists=True, dir_okay=False, help="File with one UID a line.")
    ] = None,
    version_a: Annotated[str, typer.Option(help="Version that APP_A must have.")] = "",
    version_b: Annotated[str, typer.Option(help="Version that APP_B must have.")] = "",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Runs at the same time.")] = 1,
    by: Annotated[str, typer.Option("--by", help="Who asks for it, else the login name; kept on record.")] = "",
    json: Json = False,
) -> None:
    """Run both on the same studies and set their words side by side; nothing is delivered.

    It goes on where it was stopped when the same name is given again.
    """
    order = comparing.Order(
        name=name,
        apps={Side.A: app_a, Side.B: app_b},
        versions={Side.A: version_a, Side.B: version_b},
        studies=[*_listed(studies), *(_read(from_file) if from_file else [])],
        since=since.date() if since else None,
        at_once=at_once,
        actor=by or getpass.getuser(),
    )
    settings = load()
    with shown_progress(name) as tell:
        comparison, report = with_store(settings, lambda store: comparing.run(settings, store, order, tell))
    print_json(as_json(comparison, report)) if json else print_report(comparison, report, settings.site.language)


def show(name: Name, *, json: Json = False) -> None:
    """Show what a comparison found, whether it has ended or not."""
    settings = load()
    comparison, report = with_store(settings, lambda store: comparing.report(store, name))
    print_json(as_json(comparison, report)) if json else print_report(comparison, report, settings.site.language)


def scores(
    name: Name,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Value of the finding's code, such as 233604007.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for a.csv and b.csv.")],
    json: Json = False,
) -> None:
    """Write the scores of both sides as tables, to hold them against a truth by `collega validate report`."""
    found = with_store(load(), lambda store: comparing.scores(store, name, code))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for side, lines in found.items():
            with (out / f"{side}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(lines)
    except OSError as error:
        message = f"{out}: {error.strerror}"
        raise InputError(message) from error
    counts = {side: len(lines) - 1 for side, lines in found.items()}
    if json:
        print_json(counts)
        return
    for side, count in counts.items():
        typer.echo(f"{out / side}.csv: {count} studies")


def list_all(*, json: Json = False) -> None:
    """List the comparisons, and how far they are."""
    rows = with_store(load(), comparing.overview)
    if json:
        print_json(rows)
        return
    columns = ("name", "a", "b", "studies", "to_do", "percent", "created_at", "last_at", "actor")
    print_table(f"{len(rows)} comparisons", columns, [[row[column] for column in columns] for row in rows])


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _read(file: Path) -> list[str]:
    """Read one UID a line; empty lines and what follows # are passed over."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: not readable as text: {error}"
        raise InputError(message) from None
    return [word for line in lines if (word := line.partition("#")[0].strip())]
