"""One container under way: its log is kept, its time, its output and what it uses are watched."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collega.adapters.container.answers import size
from collega.adapters.container.engine import Engine
from collega.adapters.container.fence import MEBIBYTE
from collega.adapters.container.usage import Usage, usage_of
from collega.model.job import AttemptOutcome

LOOK_SECONDS = 0.1
FIRST_LOOK_SECONDS = 0.02
AGAIN_SECONDS = 0.5
MOST_LOG_BYTES = 4 * MEBIBYTE
CHUNK_BYTES = 65536
MOST_SAID_BYTES = 4096
DOCKER_SAYS = "docker: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How it went: ``verdict`` where we ended it, ``said`` the end of what it printed.

    ``has_begun``: the engine came to start it at all; else what was said is the engine's word.
    """

    code: int
    has_begun: bool
    verdict: AttemptOutcome | None
    said: str
    usage: Usage

    @property
    def last_line(self) -> str:
        """The last line of the app, or of the engine: docker adds advice below its own."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        return next((line for line in lines if line.startswith(DOCKER_SAYS)), (lines or [""])[-1]).strip()


@dataclass(kw_only=True, slots=True)
class Watched:
    """A container and the client of the engine that started it."""

    engine: Engine
    name: str
    process: asyncio.subprocess.Process
    pid_file: Path
    written: Path
    deadline: float
    output_mb: int
    usage: Usage = field(default_factory=Usage)
    verdict: AttemptOutcome | None = None

    async def until_the_end(self, log: Path, heading: str) -> Ended:
        """Wait for the end, and bring it about where a limit is passed; nothing runs on when this is cancelled."""
        keeping = asyncio.create_task(keep_log(self.process, log, heading))
        waiting = asyncio.create_task(self.process.wait())
        pause = FIRST_LOOK_SECONDS
        try:
            while not (await asyncio.wait({waiting}, timeout=pause))[0]:
                await self._look()
                pause = min(2 * pause, LOOK_SECONDS)
        finally:
            if not waiting.done():
                await asyncio.shield(put_an_end(self.engine, self.name, waiting))
        if self.verdict is None and await self._is_too_much():
            self.verdict = AttemptOutcome.TOO_MUCH_OUTPUT
        said = await keeping
        has_begun = self._pid() > 0 if self.engine.is_podman else not said.lstrip().startswith(DOCKER_SAYS)
        return Ended(code=await waiting, has_begun=has_begun, verdict=self.verdict, said=said, usage=self.usage)

    async def _look(self) -> None:
        self.usage = self.usage.and_later(usage_of(self._pid()))
        if self.verdict is None:
            if time.monotonic() > self.deadline:
                self.verdict = AttemptOutcome.TIMED_OUT
            elif await self._is_too_much():
                self.verdict = AttemptOutcome.TOO_MUCH_OUTPUT
        if self.verdict is not None:
            await self.engine.end(self.name)

    async def _is_too_much(self) -> bool:
        """Tell whether it has written all that it may; the kernel lets no single file grow beyond."""
        return await asyncio.to_thread(size, self.written) >= self.output_mb * MEBIBYTE

    def _pid(self) -> int:
        try:
            return int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


async def begun(
    engine: Engine, name: str, starting: Awaitable[asyncio.subprocess.Process]
) -> asyncio.subprocess.Process:
    """Wait until the engine's client runs; given up meanwhile, the container is ended first.

    Without this the client alone would be killed, and the engine go on to start a container that nobody watches.
    """
    task = asyncio.ensure_future(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.shield(_end_unseen(engine, name, task))
        raise


async def _end_unseen(engine: Engine, name: str, starting: "asyncio.Future[asyncio.subprocess.Process]") -> None:
    try:
        process = await starting
    except OSError:
        return  # there is no client, and so no container
    await put_an_end(engine, name, asyncio.ensure_future(process.communicate()))


async def put_an_end(engine: Engine, name: str, waiting: "asyncio.Future[Any]") -> None:
    """Remove the container until the engine's client has seen it go."""
    while not waiting.done():
        await engine.end(name)
        await asyncio.wait({waiting}, timeout=AGAIN_SECONDS)


async def keep_log(process: asyncio.subprocess.Process, log: Path, heading: str) -> str:
    """Write down what the app prints, up to a bound, and read on beyond it; returns the end of it."""
    stream = process.stdout
    left, last = MOST_LOG_BYTES, b""
    with log.open("wb") as file:
        file.write(heading.encode())
        while stream is not None and (chunk := await stream.read(CHUNK_BYTES)):
            file.write(chunk[:left])
            left = max(0, left - len(chunk))
            last = (last + chunk)[-MOST_SAID_BYTES:]
        if not left:
            file.write(b"\n[it printed more; the rest is not kept]\n")
    return last.decode(errors="replace")
