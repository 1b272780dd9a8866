"""``collega outbox``: messages to RIS, PACS and EHR, and what to do about those that were refused."""

from typing import Annotated

import typer

from collega.bootstrap.links import outbox
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.model.outgoing import OutgoingState

MessageKey = Annotated[
    str, typer.Argument(metavar="MESSAGE", help="Key of the message, as `collega outbox list` shows it.")
]
Actor = Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("list")(list_messages)
    group.command("destinations")(destinations)
    group.command("retry")(retry)
    group.command("discard")(discard)
    app.add_typer(group, name="outbox")


def list_messages(
    *,
    state: Annotated[OutgoingState | None, typer.Option(help="Only those of this state.")] = None,
    json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=10000, help="How many messages.")] = 100,
) -> None:
    """List the latest messages."""
    rows = in_transaction(load(), lambda transaction: outbox.list_messages(transaction, state or "", limit))
    if json:
        print_json(rows)
        return
    columns = ("message_key", "destination", "kind", "app_id", "state", "attempt", "detail", "study_instance_uid")
    print_table(f"{len(rows)} messages", columns, [[row[name] for name in columns] for row in rows])


def destinations(*, json: Json = False) -> None:
    """List the destinations, with what waits for each, and whether it answers."""
    settings = load()
    rows = in_transaction(settings, lambda transaction: outbox.list_destinations(transaction, settings))
    if json:
        print_json(rows)
        return
    columns = ("destination", "address", "waiting", "acknowledged", "refused", "failures")
    print_table(f"{len(rows)} destinations", columns, [[row[name] for name in columns] for row in rows])


def retry(message: MessageKey, by: Actor = "operator") -> None:
    """Send a message that was refused or discarded again, as it was; refused where a later one has taken its place."""
    in_transaction(load(), lambda transaction: outbox.retry_message(transaction, message, by))
    typer.echo(f"{message}: queued again")


def discard(message: MessageKey, by: Actor = "operator") -> None:
    """Put a message aside: it is not sent, and the next one goes."""
    in_transaction(load(), lambda transaction: outbox.discard_message(transaction, message, by))
    typer.echo(f"{message}: discarded")
