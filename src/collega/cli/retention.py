"""``collega retention``: what is removed by rule, what must stay and why."""

from typing import Annotated, Any

import typer

from collega.bootstrap.upkeep import keeping
from collega.cli import logs
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, with_store
from collega.config import load
from collega.model.audit import AuditEntry

StudyUid = Annotated[str, typer.Argument(metavar="STUDY_UID", help="Study Instance UID.")]
Actor = Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit record.")]
Reason = Annotated[str, typer.Option(help="Why the study must stay.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for command in (plan, run, hold, release):
        group.command()(command)
    app.add_typer(group, name="retention")


def plan(*, json: Json = False) -> None:
    """Show what would be removed now, and for each reason what must stay; removes nothing."""
    settings = load()
    told = with_store(settings, lambda store: keeping.plan_removal(store, settings))
    if json:
        print_json(told)
        return
    columns = ("kind", "days", "", "studies", "files", "MB")
    print_table("retention", columns, _lines(told))


def _lines(told: dict[str, Any]) -> list[list[object]]:
    lines: list[list[object]] = []
    for kind, found in told.items():
        for reason, count in {"remove": found["remove"], **found["stay"]}.items():
            lines.append([kind, found["days"], reason, count["studies"], count["files"], count["bytes"] >> 20])
    return lines


def run(*, json: Json = False) -> None:
    """Remove all that the rule lets go now; the server does the same by itself, bit by bit."""
    settings = load()
    logs.configure(settings, "retention")
    done = with_store(settings, lambda store: keeping.run_removal(store, settings))
    in_transaction(settings, lambda transaction: transaction.add_audit(AuditEntry(event="retention run", payload=done)))
    if json:
        print_json(done)
        return
    typer.echo(f"{done['files']} files of {done['studies']} studies removed, {done['bytes'] >> 20} MB")


def hold(study_uid: StudyUid, reason: Reason, by: Actor = "operator") -> None:
    """Keep a study whatever the rule says, until it is released: a complaint, a case for the maker."""
    in_transaction(load(), lambda transaction: keeping.hold(transaction, study_uid, reason, by))
    typer.echo(f"{study_uid}: held")


def release(study_uid: StudyUid, by: Actor = "operator") -> None:
    """End the holds of a study."""
    count = in_transaction(load(), lambda transaction: keeping.release(transaction, study_uid, by))
    typer.echo(f"{study_uid}: {count} holds ended")
