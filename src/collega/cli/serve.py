"""``collega serve``: one role in this process, or a supervisor with a child per role."""

import asyncio
import signal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from collega.cli import logs
from collega.cli.supervisor import Supervisor
from collega.config import load


class Role(StrEnum):
    """Roles of a process; ``all`` is a supervisor with one child for each of the others."""

    ALL = "all"
    RECEIVER = "receiver"
    WORKER = "worker"
    WEB = "web"


Config = Annotated[Path | None, typer.Option("--config", help="Settings file (else collega.toml where there is one).")]


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("serve", help=text)(serve)


def serve(
    role: Annotated[Role, typer.Option(help="What this process does.")] = Role.ALL, config: Config = None
) -> None:
    """Run until a signal comes."""
    settings = load(config)
    logs.configure(settings, role)
    if role is Role.ALL:
        raise typer.Exit(Supervisor(settings, config, [Role.RECEIVER, Role.WORKER, Role.WEB]).run())
    # Loaded here: the supervisor stays small, and each role loads only what it needs.
    from collega.cli import roles  # noqa: PLC0415

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await roles.run(role, settings, stop)

    asyncio.run(main())
