"""``collega accounts``: who may sign in, with which roles."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from collega.bootstrap.people import accounts
from collega.bootstrap.site import Asked
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import Settings, load
from collega.errors import InputError
from collega.web.address import address

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]
Role = Annotated[list[str], typer.Option("--role", help="A role; give it again for another one.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in COMMANDS.items():
        group.command(name)(command)
    app.add_typer(group, name="accounts")


def setup_link(*, json: Json = False) -> None:
    """Print the link that makes the first administrator; the one that `serve` printed no longer counts."""
    settings = load()
    token = in_transaction(settings, accounts.first_link)
    if token is None:
        message = "there is an account already; see `collega accounts add` and `collega accounts reset`"
        raise InputError(message)
    _tell(settings, token, json=json)


def add(
    name: Name,
    full_name: Annotated[str, typer.Option(help="The person's own name.")],
    role: Role,
    *,
    json: Json = False,
) -> None:
    """Add an account, and print the link by which its person sets it up."""
    settings = load()
    _tell(settings, in_transaction(settings, lambda asked: accounts.add(asked, name, full_name, role)), json=json)


def list_accounts(*, json: Json = False) -> None:
    """List the accounts."""
    rows = in_transaction(load(), accounts.listed)
    if json:
        print_json(rows)
        return
    columns = ("name", "full_name", "roles", "state", "kept_by", "last_at")
    print_table(f"{len(rows)} accounts", columns, [[row[column] for column in columns] for row in rows])


def disable(name: Name) -> None:
    """Let nobody in by this account any more; its sessions end at once."""
    _do(name, accounts.disable, "disabled")


def enable(name: Name) -> None:
    """Let a disabled account in again."""
    _do(name, accounts.enable, "enabled")


def roles(name: Name, role: Role) -> None:
    """Change the roles of an account; they hold from the next request on."""
    _do(name, lambda asked, account: accounts.set_roles(asked, account, role), ", ".join(role))


def reset(name: Name, *, json: Json = False) -> None:
    """Take password, PIN, authenticator and sessions from an account, and print a new set-up link."""
    settings = load()
    _tell(settings, in_transaction(settings, lambda asked: accounts.reset(asked, name)), json=json)


def _do(name: str, change: Callable[[Asked, str], Awaitable[None]], said: str) -> None:
    in_transaction(load(), lambda asked: change(asked, name))
    typer.echo(f"{name}: {said}")


def _tell(settings: Settings, token: str, *, json: bool) -> None:
    link = address(settings) + accounts.SETUP_PATH + token
    if json:
        print_json({"link": link})
    else:
        typer.echo(f"open this once, within a day: {link}")


COMMANDS: dict[str, Callable[..., None]] = {
    "setup-link": setup_link,
    "add": add,
    "list": list_accounts,
    "disable": disable,
    "enable": enable,
    "roles": roles,
    "reset": reset,
}
