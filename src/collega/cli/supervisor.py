"""The supervisor of ``collega serve``: starts a child per role, restarts, stops in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog

from collega.config import Settings

CONFIGURATION_EXIT = 2
STOP_SECONDS = 20.0
POLL_SECONDS = 0.1
# A child that ends at once, again and again, is restarted with growing waits.
FIRST_WAIT, MOST_WAIT, STEADY_SECONDS = 0.5, 30.0, 60.0
PR_SET_PDEATHSIG = 1

_log = structlog.get_logger()


@dataclass(slots=True)
class Child:
    """A process of one role."""

    role: str
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    restarts: int = 0
    not_before: float = field(default=0.0)


class Supervisor:
    """Keeps one child per role alive until a signal comes.

    Parameters
    ----------
    settings : Settings
    config : Path or None
        Settings file, handed on to the children.
    roles : sequence of str
    """

    def __init__(self, settings: Settings, config: Path | None, roles: Sequence[str]) -> None:
        self._settings = settings
        self._config = config
        self._children = [Child(role=str(role)) for role in roles]
        self._stopping = False

    def run(self) -> int:
        """Supervise; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        code = 0
        while not self._stopping and code == 0:
            for child in self._children:
                code = self._look_after(child) or code
            time.sleep(POLL_SECONDS)
        self._stop()
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self, child: Child) -> int:
        """Start a child that is not running; the exit code where its settings are wrong."""
        now = time.monotonic()
        if child.process is not None:
            ended = child.process.poll()
            if ended is None:
                return 0
            if ended == CONFIGURATION_EXIT:
                return CONFIGURATION_EXIT
            child.restarts = 0 if now - child.began > STEADY_SECONDS else child.restarts + 1
            wait = min(FIRST_WAIT * 2 ** min(child.restarts, 10), MOST_WAIT)
            _log.error("a process ended and is started again", role_ended=child.role, code=ended, wait_s=wait)
            child.process, child.not_before = None, now + wait
        if now >= child.not_before:
            child.process, child.began = self._start(child.role), now
        return 0

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, "-m", "collega", "serve", "--role", role]
        if self._config is not None:
            arguments += ["--config", str(self._config)]
        return subprocess.Popen(arguments, preexec_fn=_die_with_parent, stdin=subprocess.DEVNULL)  # noqa: S603, PLW1509

    def _stop(self) -> None:
        """Stop accepting first, then working, then showing; the last holder stops the database."""
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                _log.error("a process did not stop in time and is killed", role_killed=child.role)
                child.process.kill()
                child.process.wait()


def _die_with_parent() -> None:
    """Be killed when the supervisor ends, however it ends (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
