"""``collega backup TO`` and ``collega backup verify FROM``."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from typer.core import TyperGroup

from collega.bootstrap.site import database
from collega.bootstrap.upkeep import backup
from collega.cli.output import Json, print_json
from collega.config import load

Target = Annotated[Path, typer.Argument(metavar="TO", help="A new folder, or a new file that ends in .tar.")]
Source = Annotated[Path, typer.Argument(metavar="FROM", help="A backup: its folder or its file.")]
Previous = Annotated[
    Path | None,
    typer.Option(help="An earlier backup, a folder: files that it has already are linked instead of copied."),
]


class ShortGroup(TyperGroup):
    """``collega backup TO`` stands for ``collega backup to TO``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's context
        """Put in the word that was left out."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["to", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True, cls=ShortGroup)
    group.command()(to)
    group.command()(verify)
    app.add_typer(group, name="backup")


def to(target: Target, *, previous: Previous = None, json: Json = False) -> None:
    """Make a backup while the server works; `collega backup TO` is enough."""
    settings = load()
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url, shown_progress(json) as told:
        made = asyncio.run(backup.make_backup(settings, url, target.absolute(), previous, told))
    report(made, f"{target}: backup is whole", json=json)


def verify(source: Source, *, json: Json = False) -> None:
    """Hold every file of a backup against its checksum."""
    with shown_progress(json) as told:
        made = backup.verify_backup(source, told)
    report(made, f"{source}: every file is as it was written", json=json)


def report(made: dict[str, Any], verdict: str, *, json: bool) -> None:
    """Say what a backup holds."""
    if json:
        print_json(made)
        return
    holds = made["holds"]
    typer.echo(f"{verdict}; made {made['created_at']} by collega {made['collega']}")
    typer.echo(f"{holds['studies']} studies, {holds['objects']} objects, {holds['results']} results; ", nl=False)
    typer.echo(f"{made['files']} files, {made['bytes'] >> 20} MB, {made['linked']} linked to an earlier backup")
    for name in made.get("left_out", ()):
        typer.echo(f"not in it: {name}, the keys of pseudonyms; keep a copy of it elsewhere")


@contextmanager
def shown_progress(quiet: bool) -> Iterator[backup.Progress]:  # noqa: FBT001 - JSON or not
    """Show on standard error how many bytes have gone by."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("files", total=None)
        yield lambda count: bar.advance(task, count)
