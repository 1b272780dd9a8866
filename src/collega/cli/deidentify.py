"""``collega deidentify``: objects without their patients."""

import json as json_module
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collega.bootstrap.leave.deidentify_key import key_path, made_key, profile_of, read_key
from collega.bootstrap.leave.deidentifying import Order, Outcome, check_folders, deidentify_folder
from collega.cli.output import Json, print_json
from collega.config import load
from collega.errors import InputError
from collega.formats.dicom_deid.pseudonyms import Pseudonyms

KEY_MADE = """A key for project {project} was made: {path}
Keep it, and keep it secret. With it the same patient always gets the same pseudonym, and whoever has it can find out
whose objects these are. Without it, objects that come later cannot be put beside these; nobody can make it again.
"""
MOST_SHOWN = 20


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("deidentify", help=text)(deidentify)


def deidentify(  # noqa: PLR0913 - the options of one command
    source: Annotated[Path, typer.Argument(metavar="IN", help="A DICOM file, or a folder of them.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A folder, new or empty.")],
    *,
    project: Annotated[str, typer.Option(help="Two projects have no pseudonym in common.")] = "default",
    key_file: Annotated[
        Path | None, typer.Option(help="Key of the project; else one is made and kept with the data.")
    ] = None,
    profile: Annotated[str, typer.Option(help="basic, research, or a file that ends in .toml.")] = "basic",
    report: Annotated[
        Path | None, typer.Option(help="Where what was done is written, as JSON. It names files of IN.")
    ] = None,
    processes: Annotated[int, typer.Option(min=0, max=256, help="How many work at it; 0: one a core.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is in OUT.")] = False,
    json: Json = False,
) -> None:
    """Write every object without its patient; exit code 1 where one could not be."""
    if report is not None and target.resolve() in report.resolve().parents:
        message = f"{report}: the report names files of IN, and may not lie in OUT"
        raise InputError(message)
    check_folders(source, target, resume=resume)
    order = Order(
        source=source,
        target=target,
        profile=profile_of(profile, project),
        pseudonyms=Pseudonyms(key=_key(key_file, project), project=project),
        processes=processes or len(os.sched_getaffinity(0)),
        resume=resume,
    )
    with _shown_progress() as tell:
        outcome = deidentify_folder(order, tell)
    said = outcome.as_json()
    if report is not None:
        report.write_text(json_module.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print_json(said) if json else _print(outcome)
    if outcome.failed:
        message = f"{len(outcome.failed)} files were not written"
        raise InputError(message)


def _key(file: Path | None, project: str) -> bytes:
    path = key_path(load().data, project)
    if file is not None:
        return read_key(file)
    is_new = not path.exists()
    key = made_key(path)
    if is_new:
        sys.stderr.write(KEY_MADE.format(project=project, path=path))
    return key


def _print(outcome: Outcome) -> None:
    typer.echo(f"{outcome.written} objects written, {outcome.present} were there already")
    shown = Counter(text for warnings in outcome.look_at.values() for text in warnings)
    for text, count in shown.most_common(MOST_SHOWN):
        typer.echo(f"look at {count}: {text}")
    for path, reason in sorted(outcome.failed.items()):
        typer.echo(f"not written: {path}: {reason}", err=True)


@contextmanager
def _shown_progress() -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far it is, on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("de-identifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda done, total: bar.update(task, completed=done, total=total)
