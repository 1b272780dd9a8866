"""``collega tokens``: what programs show to ask over DICOMweb and FHIR."""

import getpass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.people.tokens import list_tokens, make_token, revoke_token
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError
from collega.model.token import TokenRight

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the program is called; it stands in the audit record.")]
By = Annotated[str, typer.Option("--by", help="Who decides it, else the login name; kept on record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("new", new), ("list", list_all), ("revoke", revoke)):
        group.command(name)(command)
    app.add_typer(group, name="tokens")


def new(
    name: Name,
    *,
    may: Annotated[str, typer.Option(help="Rights with commas between them: read, write, shadow, metrics.")],
    until: Annotated[str, typer.Option(help="Date, or date and time, from which it opens nothing; empty: never.")] = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Make a token and show it, once: it is kept as a digest alone."""
    settings = load()
    rights, end = _rights(may), _moment(until, ZoneInfo(settings.site.timezone))
    made = in_transaction(
        settings, lambda transaction: make_token(transaction, name, rights, end, by or getpass.getuser())
    )
    if json:
        print_json(made)
        return
    typer.echo(made["token"])
    typer.echo(f"It is shown only now. {name} may {', '.join(made['may'])}.", err=True)


def list_all(*, json: Json = False) -> None:
    """List every token that was made, without what opens."""
    found = in_transaction(load(), list_tokens)
    if json:
        print_json(found)
        return
    columns = ("name", "may", "counts", "created_at", "created_by", "until", "revoked_at")
    rows = [[", ".join(row["may"]) if name == "may" else row[name] for name in columns] for row in found]
    print_table(f"{len(found)} tokens", columns, rows)


def revoke(name: Name, *, by: By = "", json: Json = False) -> None:
    """Let a token open nothing any more, from now on."""
    in_transaction(load(), lambda transaction: revoke_token(transaction, name, by or getpass.getuser()))
    if json:
        print_json({"revoked": name})
        return
    typer.echo(f"{name} opens nothing any more")


def _rights(text: str) -> frozenset[TokenRight]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return frozenset(TokenRight(word) for word in words)
    except ValueError:
        message = f"--may: some of {', '.join(TokenRight)}, not {text!r}"
        raise InputError(message) from None


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"--until: a date as 2027-01-31, not {text!r}"
        raise InputError(message) from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
