"""The supervisor of ``collega serve``: forks a child per role, restarts, stops in order.

The children are forked, not started anew: what they share is imported once and stays shared in
memory. The supervisor has one thread, since only such a process may fork safely.
"""

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

from collega.cli.notify import Notifier

CONFIGURATION_EXIT = 2
CRASH_EXIT = 1
STOP_SECONDS = 20.0
POLL_SECONDS = 0.1
# A child that ends at once, again and again, is restarted with growing waits.
FIRST_WAIT, MOST_WAIT, STEADY_SECONDS = 0.5, 30.0, 60.0
MOST_DOUBLINGS = 10
FIRST_PROBE = 0.5  # earlier no part can be ready
PR_SET_PDEATHSIG = 1

_log = structlog.get_logger()


@dataclass(slots=True)
class Child:
    """A process of one role; ``pid`` is None while it does not run."""

    role: str
    pid: int | None = None
    began: float = 0.0
    restarts: int = 0
    not_before: float = 0.0


class Supervisor:
    """Keeps one child per role alive until a signal comes.

    Parameters
    ----------
    roles : sequence of str
        In the order in which they are stopped.
    be : callable
        Is the role in the child; its return value is the exit code.
    notifier : Notifier
        Told when the site is ready, that the supervisor is alive, and that it stops.
    is_ready : callable
        Whether the site can take work; asked until it says yes.
    """

    def __init__(
        self, roles: Sequence[str], be: Callable[[str], int], notifier: Notifier, is_ready: Callable[[], bool]
    ) -> None:
        self._be = be
        self._notifier = notifier
        self._is_ready = is_ready
        self._ready = False
        self._began = self._told_alive = 0.0
        self._children = [Child(role=role) for role in roles]
        self._stopping = False

    def run(self) -> int:
        """Supervise; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._began = time.monotonic()
        gc.freeze()  # keeps the collector from touching, and so copying, what the children share
        code = 0
        while not self._stopping and code == 0:
            for child in self._children:
                code = self._look_after(child) or code
            self._tell()
            time.sleep(POLL_SECONDS)
        self._stop()
        return code

    def _tell(self) -> None:
        """Tell the service manager that this process is alive, and once that the site is ready.

        Alive means that this loop turns. A site that is not well is no reason to end it: its parts
        are started again one by one, and what is received must not wait for the others.
        """
        now = time.monotonic()
        if not self._ready and not self._stopping and now - self._began > FIRST_PROBE and self._is_ready():
            self._ready = True
            self._notifier.say("READY=1", "STATUS=taking work")
        if self._notifier.alive_every is not None and now - self._told_alive >= self._notifier.alive_every:
            self._told_alive = now
            self._notifier.say("WATCHDOG=1")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _look_after(self, child: Child) -> int:
        """Start a child that is not running; the exit code where its settings are wrong."""
        now = time.monotonic()
        if child.pid is not None:
            ended = _ended(child.pid)
            if ended is None:
                return 0
            if ended == CONFIGURATION_EXIT:
                child.pid = None
                return CONFIGURATION_EXIT
            child.restarts = 0 if now - child.began > STEADY_SECONDS else child.restarts + 1
            wait = min(FIRST_WAIT * (1 << min(child.restarts, MOST_DOUBLINGS)), MOST_WAIT)
            _log.error("a process ended and is started again", role_ended=child.role, code=ended, wait_s=wait)
            child.pid, child.not_before = None, now + wait
        if now >= child.not_before and not self._stopping:
            child.pid, child.began = self._fork(child.role), now
        return 0

    def _fork(self, role: str) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        code = CRASH_EXIT
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            _die_with(parent)
            code = self._be(role)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else CRASH_EXIT
        except BaseException as error:  # noqa: BLE001 - the edge of the process
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _stop(self) -> None:
        """Stop accepting first, then working, then showing; the last holder stops the database."""
        self._notifier.say("STOPPING=1", "STATUS=finishing what runs, stopping the database")
        for child in self._children:
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            while child.pid is not None and _ended(child.pid) is None:
                if time.monotonic() > deadline:
                    _log.error("a process did not stop in time and is killed", role_killed=child.role)
                    os.kill(child.pid, signal.SIGKILL)
                    deadline += 1.0
                self._tell()
                time.sleep(POLL_SECONDS / 10)


def _ended(pid: int) -> int | None:
    """Exit code of a child that has ended, negative for a signal; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _die_with(parent: int) -> None:
    """Be killed when the supervisor ends, however it ends (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(CRASH_EXIT)
