"""The side of the worker: keeps the template alive, hands it attempts, awaits their end."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from collega.errors import TransientError
from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome

MESSAGE_BYTES = 65536
STOP_SECONDS = 5.0
# One thread each: a study has one core, and a process with threads cannot be forked.
# onnxruntime would report its use to its maker.
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
# What an app may know of our environment, which holds the password of the database.
PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class ProcessRunner:
    """Runs Python apps.

    Parameters
    ----------
    data : Path
        The data folder, which apps do not see.
    preload : iterable of str
        Modules that the template imports once.
    allow_unconfined : bool
        Whether an app may run where the system refuses namespaces.
    """

    def __init__(self, data: Path, preload: Iterable[str], *, allow_unconfined: bool) -> None:
        self._data = data
        self._preload = sorted(set(preload))
        self._allow_unconfined = allow_unconfined
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Run one attempt; see `collega.ports.machine.AppRunner`."""
        self._learn(manifest.run.preload)
        channel = self._ensure_template()
        self._count += 1
        number = self._count
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {
            "id": number,
            "app": str(manifest.folder),
            "entry": manifest.run.entry,
            "inputs": str(inputs),
            "outputs": str(outputs),
            "log": str(outputs.parent / "log.txt"),
            "data": str(self._data),
            "time_limit_s": manifest.run.time_limit_s,
            "memory_mb": manifest.run.memory_mb,
            "output_mb": manifest.run.output_mb,
            "allow_unconfined": self._allow_unconfined,
        }
        channel.send(json.dumps(request).encode())
        try:
            answer = await asyncio.shield(future)
        except asyncio.CancelledError:
            await self._stop(number, future)
            raise
        finally:
            self._waiting.pop(number, None)
        return Attempt(
            outcome=AttemptOutcome(answer["outcome"]),
            detail=answer.get("detail", ""),
            isolation=tuple(answer.get("isolation", ())),
            wall_s=answer["wall_s"],
            cpu_s=answer.get("cpu_s", 0.0),
            peak_mb=answer.get("peak_mb", 0.0),
        )

    async def _stop(self, number: int, future: asyncio.Future[dict[str, Any]]) -> None:
        """End an attempt that nobody wants any more, and see it gone."""
        if self._channel is not None and not future.done():
            with contextlib.suppress(OSError):  # a template that has gone took its attempts along
                self._channel.send(json.dumps({"stop": number}).encode())
            await asyncio.wait({future}, timeout=STOP_SECONDS)

    def _learn(self, preload: Iterable[str]) -> None:
        """Begin a template that has imported what an added app asks for, as soon as nothing hangs on this one."""
        if set(preload) <= set(self._preload) or self._waiting:
            return
        self._preload = sorted({*self._preload, *preload})
        self._hang_up("the template of apps is made anew")

    def start(self) -> None:
        """Start the template before the first study comes."""
        self._ensure_template()

    async def close(self) -> None:
        """Hang up: the template and every attempt end."""
        self._hang_up("the worker is stopping")

    def _ensure_template(self) -> socket.socket:
        if self._channel is not None and self._process is not None and self._process.poll() is None:
            return self._channel
        self._hang_up("the template of apps has ended")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "collega.adapters.process.template", *self._preload],
                stdin=theirs.fileno(),
                env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **QUIET},
            )
        ours.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._channel = ours
        asyncio.get_running_loop().add_reader(ours, self._read)
        return ours

    def _read(self) -> None:
        if self._channel is None:
            return
        try:
            message = self._channel.recv(MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._hang_up("the template of apps has ended")
            return
        answer = json.loads(message)
        future = self._waiting.get(answer["id"])
        if future is not None and not future.done():
            future.set_result(answer)

    def _hang_up(self, why: str) -> None:
        if self._channel is not None:
            asyncio.get_running_loop().remove_reader(self._channel)
            self._channel.close()
            self._channel = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._process.kill()
            self._process.wait()
            self._process = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(TransientError(why))
