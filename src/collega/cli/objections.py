"""``collega objections``: patients who do not want their data to leave the house."""

import getpass
from typing import Annotated, Any

import typer

from collega.bootstrap.leave import leaving
from collega.bootstrap.site import catalogue
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load

Reason = Annotated[str, typer.Option(help="Why; kept on record.")]
By = Annotated[str, typer.Option("--by", help="Who notes it, else the login name; kept on record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_all)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="objections")


def add(  # noqa: PLR0913 - what an objection is made of
    reason: Reason,
    *,
    patient: Annotated[str, typer.Option(help="Patient ID.")] = "",
    issuer: Annotated[str, typer.Option(help="Issuer of the Patient ID; without it, whoever issued it.")] = "",
    study: Annotated[str, typer.Option(help="UID of a study: it is of the patient of that study.")] = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Note an objection: from now on nothing of this patient leaves; tells what had left before."""
    settings = load()
    made = leaving.objection_of(
        issuer=issuer, patient_id=patient, study_instance_uid=study, actor=by or getpass.getuser(), reason=reason
    )
    apps = list(catalogue(settings).values())
    noted = in_transaction(
        settings,
        lambda transaction: leaving.note_objection(
            transaction, made, apps, stops_inside=settings.objections.stop_apps_inside
        ),
    )
    told = leaving.told(noted)
    if json:
        print_json(told)
        return
    typer.echo(f"{told['key']}: noted; {told['stopped']} waiting jobs are stopped")
    _print_gone(told["gone"])


def list_all(
    *,
    withdrawn: Annotated[bool, typer.Option("--all", help="Those that were withdrawn too.")] = False,
    json: Json = False,
) -> None:
    """List objections, the latest first, with what had left of each patient."""
    rows = in_transaction(load(), lambda transaction: leaving.list_objections(transaction, withdrawn=withdrawn))
    if json:
        print_json(rows)
        return
    columns = ("key", "issuer", "patient_id", "study_instance_uid", "at", "actor", "reason", "withdrawn_at", "gone")
    shown = [{**row, "gone": len(row["gone"])} for row in rows]
    print_table(f"{len(rows)} objections", columns, [[row[name] for name in columns] for row in shown], whole="key")


def withdraw(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the objection.")], reason: Reason, by: By = ""
) -> None:
    """End an objection; the objection and its end stay on record."""
    actor = by or getpass.getuser()
    in_transaction(load(), lambda transaction: leaving.withdraw_objection(transaction, key, actor, reason))
    typer.echo(f"{key}: withdrawn")


def _print_gone(gone: list[dict[str, Any]]) -> None:
    if not gone:
        typer.echo("nothing of this patient had left")
        return
    columns = ("at", "study_instance_uid", "app_id", "to", "files", "bytes")
    print_table(f"{len(gone)} times something had left", columns, [[row[name] for name in columns] for row in gone])
