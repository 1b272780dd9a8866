"""``collega studies``: all that is known of a study."""

from typing import Annotated, Any

import typer

from collega.bootstrap.reading.queries import study_account
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, study_viewed
from collega.config import load
from collega.errors import InputError

StudyUid = Annotated[str, typer.Argument(metavar="STUDY_UID", help="Study Instance UID.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("show")(show)
    app.add_typer(group, name="studies")


def show(
    study_uid: StudyUid,
    *,
    json: Json = False,
    report: Annotated[bool, typer.Option("--report", help="With the words of the report.")] = False,
) -> None:
    """Show a study: what came, what was decided, what each app said, what was delivered."""
    settings = load()
    account = in_transaction(
        settings,
        lambda transaction: study_account(transaction, settings, study_uid, text=report),
        lambda found: study_viewed(study_uid, ["order viewed"] if found and found.get("orders") else []),
    )
    if account is None:
        message = f"{study_uid}: no such study was received"
        raise InputError(message)
    if json:
        print_json(account)
        return
    typer.echo(f"study {study_uid}  state {account['state']}  revision {account.get('revision', '-')}")
    if account.get("report"):
        _report(account["report"])
    _tables(account)


def _report(told: dict[str, Any]) -> None:
    signed = f"signed by {told['author'] or '?'}" if told["signed"] else "not signed"
    typer.echo(f"report {told['status']}, {signed}, {told['versions']} versions")
    if "text" in told:
        typer.echo(told["text"])


def _tables(account: dict[str, Any]) -> None:
    columns: dict[str, tuple[str, ...]] = {
        "series": ("modality", "description", "role", "instances", "removed", "first_revision"),
        "completeness": ("at", "of", "revision", "evidence", "waited_s", "quiet_s", "heard"),
        "evidence": ("at", "kind", "source", "named", "counted"),
        "orders": ("placer", "filler", "accession_number", "standing", "priority", "procedure", "location"),
        "unlinked": ("kind", "numbers", "reason"),
        "removed": ("kind", "at", "files", "bytes", "days"),
        "holds": ("at", "reason", "actor"),
        "jobs": ("app_id", "app_version", "revision", "state", "outcome", "reason_code", "reason"),
        "findings_together": ("finding", "site", "agreement_word", "sentence"),
        "deliveries": ("kind", "app_id", "pacs", "state", "attempt", "detail"),
        "messages": ("destination", "kind", "app_id", "state", "attempt", "control_id", "detail"),
        "quarantine": ("at", "kind", "code", "text"),
        "events": ("at", "kind", "actor", "payload"),
    }
    for part, names in columns.items():
        rows = account.get(part) or []
        if rows:
            print_table(part, names, [[row[name] for name in names] for row in rows])
