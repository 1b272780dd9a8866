"""The warm template: imports once what apps preload, then forks an attempt per request.

Started by the runner with one end of a socket pair as standard input. One thread, since only a
process with one thread may fork safely.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.adapters.process import attempt, linux

CHECK_SECONDS = 0.1
MESSAGE_BYTES = 65536
MEBIBYTE = 1024 * 1024


@dataclass(slots=True)
class Running:
    """An attempt under way, as the template watches it."""

    request: dict[str, Any]
    pid: int
    report: int
    began: float
    verdict: dict[str, str] | None = None

    @property
    def deadline(self) -> float:
        """Monotonic time at which the attempt has used up its time."""
        return self.began + float(self.request["time_limit_s"])


class Template:
    """Serves requests until the runner hangs up."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, Running] = {}

    def serve(self) -> None:
        """Fork, watch, report; every attempt ends with the runner's connection."""
        self._selector.register(self._channel, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select(CHECK_SECONDS if self._running else None):
                if key.fileobj is self._channel:
                    message = self._channel.recv(MESSAGE_BYTES)
                    if not message:
                        return
                    self._obey(json.loads(message))
                else:
                    self._finish(self._running[key.fd])
            for running in list(self._running.values()):
                self._check(running)

    def _obey(self, message: dict[str, Any]) -> None:
        """Start an attempt, or stop one: it may have ended meanwhile."""
        if "stop" not in message:
            self._fork(message)
            return
        for running in self._running.values():
            if running.request["id"] == message["stop"]:
                running.verdict = {"outcome": "lost", "detail": "it was stopped"}
                _kill(running.pid)

    def _fork(self, request: dict[str, Any]) -> None:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            attempt.begin(request, write, self._let_go)
        os.close(write)
        running = Running(request=request, pid=pid, report=read, began=time.monotonic())
        self._running[read] = running
        self._selector.register(read, selectors.EVENT_READ)

    def _let_go(self) -> None:
        self._selector.close()
        self._channel.close()
        for report in self._running:
            os.close(report)

    def _check(self, running: Running) -> None:
        if running.verdict is not None:
            return
        if time.monotonic() > running.deadline:
            limit = running.request["time_limit_s"]
            running.verdict = {"outcome": "timed_out", "detail": f"no answer within {limit:g} s (run.time_limit_s)"}
        elif _size(Path(running.request["outputs"])) > running.request["output_mb"] * MEBIBYTE:
            running.verdict = _too_much(running.request)
        if running.verdict is not None:
            _kill(running.pid)

    def _finish(self, running: Running) -> None:
        """Collect the account; an attempt that ended without one has crashed."""
        account = b"".join(iter(lambda: os.read(running.report, MESSAGE_BYTES), b""))
        self._selector.unregister(running.report)
        os.close(running.report)
        os.waitpid(running.pid, 0)
        del self._running[running.report]
        try:
            answer = json.loads(account)
        except ValueError:  # none at all, or not ours
            answer = {"outcome": "crashed", "detail": "the app was killed"}
        if _size(Path(running.request["outputs"])) > running.request["output_mb"] * MEBIBYTE:
            answer.update(_too_much(running.request))
        answer.update(running.verdict or {})
        wall = time.monotonic() - running.began
        self._channel.send(json.dumps({"id": running.request["id"], "wall_s": wall, **answer}).encode())


def _kill(pid: int) -> None:
    """Kill an attempt, with all that it started once it leads a group of its own."""
    os.killpg(pid, signal.SIGKILL) if _leads(pid) else os.kill(pid, signal.SIGKILL)


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _size(folder: Path) -> int:
    """Count the bytes below a folder that its app is at work in: what it has just removed counts no more."""
    total = 0
    for place, folders, files in os.walk(folder):  # `Path.rglob` fails where a folder goes away meanwhile
        for name in (*folders, *files):
            with contextlib.suppress(OSError):
                total += os.lstat(f"{place}/{name}").st_size
    return total


def _too_much(request: dict[str, Any]) -> dict[str, str]:
    return {"outcome": "too_much_output", "detail": f"it wrote more than {request['output_mb']} MB (run.output_mb)"}


def main() -> None:
    """Import what is named on the command line, then serve."""
    linux.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the runner decides when to end
    for name in sys.argv[1:]:
        try:
            importlib.import_module(name)
        except ImportError as error:  # the app that needs it will say so in its own attempt
            sys.stderr.write(f"preload of {name} failed: {error}\n")
    gc.freeze()  # keeps the collector from touching, and so copying, what forks share
    channel = socket.socket(fileno=os.dup(0))
    Template(channel).serve()


if __name__ == "__main__":
    main()
