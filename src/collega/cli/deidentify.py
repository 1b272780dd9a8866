"""``collega deidentify``: objects without their patients."""

from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap import deidentifying
from collega.cli.output import Json, print_json
from collega.config import load
from collega.errors import InputError
from collega.formats.dicom_deid.pseudonyms import Pseudonyms


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("deidentify", help=text)(deidentify)


def deidentify(  # noqa: PLR0913 - the options of one command
    source: Annotated[Path, typer.Argument(metavar="IN", exists=True, help="A file, or a folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A folder, new or empty.")],
    *,
    project: Annotated[str, typer.Option(help="Two projects have no pseudonym in common.")] = "default",
    key_file: Annotated[Path | None, typer.Option(help="Key of the project; else it is kept with the data.")] = None,
    profile: Annotated[str, typer.Option(help="basic, research, or a file that ends in .toml.")] = "basic",
    json: Json = False,
) -> None:
    """Write every object without its patient; exit code 1 where one could not be."""
    pseudonyms = Pseudonyms(key=deidentifying.key_of(key_file, load().data, project), project=project)
    chosen = deidentifying.profile_of(profile, project)
    outcome = deidentifying.deidentify_folder(source, target, chosen, pseudonyms, lambda _done, _total: None)
    said = {"written": outcome.written, "failed": outcome.failed, **outcome.report.as_json()}
    print_json(said) if json else typer.echo(f"{outcome.written} objects written, {len(outcome.failed)} not")
    if outcome.failed:
        message = "\n".join(f"{path}: {reason}" for path, reason in outcome.failed.items())
        raise InputError(message)
