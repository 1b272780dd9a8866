"""``collega serve``: one role in this process, or a supervisor with a child per role."""

import asyncio
import os
import signal
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from collega.cli import logs
from collega.cli.notify import Notifier, answers
from collega.cli.output import complain
from collega.cli.roles import preload, run
from collega.cli.supervisor import Supervisor
from collega.config import CONFIG_VARIABLE, Settings, load
from collega.errors import CollegaError


class Role(StrEnum):
    """Roles of a process; ``all`` is a supervisor with one child for each of the others."""

    ALL = "all"
    RECEIVER = "receiver"
    LINKS = "links"
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
    if config is not None:
        # What the pages ask of a command in a process of its own is asked with the same settings.
        os.environ[CONFIG_VARIABLE] = str(config.absolute())
    # Before numpy is loaded: its threads would keep the supervisor from forking safely.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if role is not Role.ALL:
        raise typer.Exit(be(settings, role))
    logs.configure(settings, role)
    preload()
    notifier = Notifier(os.environ)
    # A free port is not known here: such a site, of a test, is called ready at once.
    probe = partial(answers, settings.web.host, settings.web.port, tls=bool(settings.web.tls_certificate))
    is_ready = probe if settings.web.port else lambda: True
    roles = [Role.RECEIVER, *([Role.LINKS] if settings.hl7.port else []), Role.WORKER, Role.WEB]
    raise typer.Exit(Supervisor(roles, partial(be, settings), notifier, is_ready).run())


def be(settings: Settings, role: str) -> int:
    """Be one role in this process; returns the exit code."""
    logs.configure(settings, role)
    try:
        asyncio.run(_until_signalled(settings, role))
    except CollegaError as error:
        return complain(error)
    return 0


async def _until_signalled(settings: Settings, role: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(role, settings, stop)
