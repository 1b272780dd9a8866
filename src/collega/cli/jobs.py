"""``collega jobs``: what apps are doing, and what to do about what failed."""

from typing import Annotated

import typer

from collega.bootstrap.reading import queries
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of
from collega.config import load
from collega.model.audit import AuditEntry

JobKey = Annotated[str, typer.Argument(metavar="JOB", help="Key of the job, as `collega jobs list` shows it.")]
Actor = Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("list")(list_jobs)
    group.command("retry")(retry)
    group.command("discard")(discard)
    app.add_typer(group, name="jobs")


def list_jobs(
    *, json: Json = False, limit: Annotated[int, typer.Option(min=1, max=10000, help="How many jobs.")] = 100
) -> None:
    """List the latest jobs."""
    rows = in_transaction(
        load(),
        lambda transaction: queries.list_jobs(transaction, limit),
        lambda found: AuditEntry(event="jobs listed", studies=keys_of(found)),
    )
    if json:
        print_json(rows)
        return
    columns = ("job_key", "app_id", "state", "outcome", "reason_code", "attempt", "updated_at", "study_instance_uid")
    print_table(f"{len(rows)} jobs", columns, [[row[name] for name in columns] for row in rows])


def retry(job: JobKey, by: Actor = "operator") -> None:
    """Run a job again from its start; the earlier result stays on record until the new one replaces it."""
    settings = load()
    in_transaction(settings, lambda transaction: queries.retry_job(transaction, job, by))
    typer.echo(f"{job}: queued again")


def discard(job: JobKey, by: Actor = "operator") -> None:
    """Put a job aside: it will not run, and its study's status page is made without it."""
    in_transaction(load(), lambda transaction: queries.discard_job(transaction, job, by))
    typer.echo(f"{job}: discarded")
