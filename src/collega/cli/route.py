"""``collega route explain``: why an app gets a study, or why not."""

import typer

from collega.bootstrap.reading.queries import explain_route
from collega.cli.output import Json, print_json
from collega.cli.session import in_transaction
from collega.cli.studies import StudyUid
from collega.config import load
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.ids import storage_key


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("explain")(explain)
    app.add_typer(group, name="route")


def explain(study_uid: StudyUid, *, json: Json = False) -> None:
    """Say for every app whether it gets a study, with each reason."""
    settings = load()
    matches = in_transaction(
        settings,
        lambda transaction: explain_route(transaction, settings, study_uid),
        lambda _: AuditEntry(event="route explained", study_key=storage_key(study_uid)),
    )
    if matches is None:
        message = f"{study_uid}: no such study was received"
        raise InputError(message)
    if json:
        print_json(matches)
        return
    for found in matches:
        verdict = "gets it" if found["accepted"] else "does not get it"
        typer.echo(f"{found['app']} {found['version']} ({found['stage']}) {verdict}")
        for reason in found["reasons"]:
            typer.echo(f"  {reason}")
