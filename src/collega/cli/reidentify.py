"""``collega reidentify``: whom a pseudonym stands for."""

from typing import Annotated

import typer

from collega.bootstrap.asker import command_line
from collega.bootstrap.leave import leaving
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("reidentify", help=text)(reidentify)


def reidentify(
    pseudonym: Annotated[str, typer.Argument(metavar="PSEUDONYM", help="Of a patient, a study or an order.")],
    reason: Annotated[str, typer.Option(help="Why; kept on record.")],
    *,
    json: Json = False,
) -> None:
    """Tell whom a pseudonym stands for."""
    settings = load()
    if not reason.strip():
        message = "--reason: say why; it is kept on record"
        raise InputError(message)
    if not leaving.may_read_back(settings):
        in_transaction(settings, lambda transaction: leaving.note_refused(transaction, pseudonym, reason))
        message = f"{command_line().actor} is not among cloud.reidentify; that you asked is logged"
        raise InputError(message)
    rows = in_transaction(settings, lambda transaction: leaving.read_back(transaction, settings, pseudonym, reason))
    if json:
        print_json(rows)
    elif rows:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        print_table(f"{len(rows)} found", columns, [[row.get(name, "") for name in columns] for row in rows])
    if not rows:
        message = f"{pseudonym}: no pseudonym of this site"
        raise InputError(message)
