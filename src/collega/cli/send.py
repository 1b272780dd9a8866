"""``collega send``: DICOM files to a node, as a scanner would."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from collega.bootstrap.apps.trial import dicom_files
from collega.bootstrap.sending import send_files
from collega.cli.output import Json, print_json
from collega.errors import InputError, PeerError


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("send", help=text)(send)


def send(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
    to: Annotated[str, typer.Option("--to", metavar="HOST:PORT", help="Where the node listens.")],
    aet: Annotated[str, typer.Option(help="AE title of the node.")] = "COLLEGA",
    calling: Annotated[str, typer.Option(help="AE title of the sender.")] = "SENDER",
    *,
    json: Json = False,
) -> None:
    """Send every DICOM file; exit code 1 where one was not taken."""
    host, _, port = to.rpartition(":")
    if not host or not port.isdigit():
        message = f"--to {to}: expected HOST:PORT, such as 127.0.0.1:11112"
        raise InputError(message)
    files = dicom_files(paths)
    reports = send_files(files, (host, int(port)), aet, calling)
    failed = {}
    for path, problem in reports if json else track(reports, description="sending", total=len(files)):
        if problem:
            failed[str(path)] = problem
    if json:
        print_json({"sent": len(files) - len(failed), "failed": failed})
    else:
        typer.echo(f"{len(files) - len(failed)} of {len(files)} objects taken")
    if failed:
        raise PeerError("\n".join(f"{path}: {problem}" for path, problem in failed.items()))
