"""``collega messages``: what RIS and EHR sent, what nothing followed from, and why."""

from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap.links import messages
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.model.message import MessageState

Key = Annotated[str, typer.Argument(metavar="MESSAGE", help="Key of the message, or its beginning.")]
COLUMNS = ("message", "received_at", "source", "sender", "kind", "control_id", "state", "reason")


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("list")(list_messages)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("read")(read)
    app.add_typer(group, name="messages")


def list_messages(
    state: Annotated[
        list[MessageState] | None, typer.Option("--state", help="Only these; else those that nothing followed from.")
    ] = None,
    *,
    json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=10000, help="How many messages.")] = 100,
) -> None:
    """List messages, the newest first; nothing of a patient is shown."""
    rows = in_transaction(load(), lambda transaction: messages.list_messages(transaction, state or [], limit))
    if json:
        print_json(rows)
        return
    print_table(f"{len(rows)} messages", COLUMNS, [[row[name] for name in COLUMNS] for row in rows], whole="message")


def show(
    message: Key,
    text: Annotated[
        str | None, typer.Option("--text-for", help="Show its text too: for whom, kept in the audit.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show a message; its text, which holds a patient's data, only for a named person."""
    settings = load()
    found = in_transaction(settings, lambda asked: messages.show_message(asked, settings, message, text))
    if json:
        print_json(found)
        return
    for name, value in found.items():
        if name != "segments":
            typer.echo(f"{name:12} {value if value is not None else '-'}")
    for line in found.get("segments", ()):
        typer.echo(line)


def replay(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="MESSAGE", help="Keys, or their beginnings; none: all.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit record.")] = "operator",
    *,
    json: Json = False,
) -> None:
    """Have messages applied again: those named, else all that nothing followed from."""
    done = in_transaction(load(), lambda transaction: messages.replay_messages(transaction, keys or [], by))
    if json:
        print_json(done)
        return
    typer.echo(f"{len(done)} messages wait to be applied again")


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A message in a file.")],
    *,
    json: Json = False,
) -> None:
    """Show what collega would make of a message, by the dialect in use; nothing is kept, and no server is asked."""
    found = messages.read_message(load(), file.read_bytes().strip(b"\x0b\x1c\r\n"))
    if json:
        print_json(found)
        return
    for word in found:
        for name, value in word.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            for part, text in inner:
                if text not in {"", None}:
                    typer.echo(f"{name}{'.' if part else ''}{part} {text}")
