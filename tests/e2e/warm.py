"""The command ``collega`` by fork of a process that has loaded it: loading anew takes longer than most tests need.

Only in tests: what is measured in ``bench`` is always a new process.
What a command does is the same to the last call; only that it loads by itself is not shown. The first start of
`test_film_to_pacs`, and those of `test_life_cycle`, `test_service`, the demo and the bundle, are of a new process.
"""

import functools
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TypeAlias

from collega.cli import COMMANDS, main

LOADED = (
    *(f"collega.cli.{command}" for command in COMMANDS),
    "collega.bootstrap.line.receiving",
    "collega.bootstrap.links.linking",
    "collega.bootstrap.line.working",
    "collega.web.role",
)
# As `collega serve` sets it before numpy is loaded: only a process of one thread forks safely.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Forked:
    """A running command: the part of `subprocess.Popen` that tests use."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        return int(self.process.pid or 0)

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def poll(self) -> int | None:
        """Give the exit code; None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code."""
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("collega", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


Process: TypeAlias = subprocess.Popen[bytes] | Forked


def cold(arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> subprocess.Popen[bytes]:
    """Start a command as a new process; otherwise as `start`."""
    with out.open("ab") as said, err.open("ab") as complained:
        return subprocess.Popen(
            [sys.executable, "-m", "collega", *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            start_new_session=True,
        )


def start(
    arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, *, what: Callable[[], None] = main
) -> Process:
    """Start a command in a session of its own; what it says is added to the files."""
    if not is_a_test() and what is main:
        return cold(arguments, environment, out, err)
    given = (what, tuple(arguments), dict(environment), str(out), str(err), str(Path.cwd()))
    process = _warmed().Process(target=_be, args=given, daemon=True)
    process.start()
    return Forked(process=process)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as `subprocess.run` does."""
    with tempfile.TemporaryDirectory(prefix="collega-said-") as name:
        out, err = Path(name) / "out", Path(name) / "err"
        process = start(arguments, environment, out, err)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(list(arguments), code, out.read_text("utf-8"), err.read_text("utf-8"))


def is_a_test() -> bool:
    """Whether pytest runs."""
    return "PYTEST_VERSION" in os.environ


@functools.cache
def _warmed() -> ForkServerContext:
    """Start the process that has everything loaded, once for this run of tests."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return context


def _be(
    what: Callable[[], None], arguments: tuple[str, ...], environment: dict[str, str], out: str, err: str, folder: str
) -> None:
    """Become the command."""
    os.setsid()
    os.chdir(folder)
    for path, number in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["collega", *arguments]
    what()
