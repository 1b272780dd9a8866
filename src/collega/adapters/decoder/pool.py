"""Decoders of the web role: begun when the first is needed, ended when none has been needed for a while."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from collega.adapters.decoder.framing import LENGTH, head_of, message
from collega.errors import DecodingError, TransientError

PROCESSES = 2
SECONDS = 30.0
IDLE_SECONDS = 60.0
MOST_WAITING = 64

_log = structlog.get_logger()


class Decoders:
    """Hands work to processes, each of which does one thing at a time.

    Parameters
    ----------
    seconds : float
        What takes longer is broken off, with its process.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._free: list[asyncio.subprocess.Process] = []
        self._turns = asyncio.Semaphore(PROCESSES)
        self._waiting = 0
        self._resting: asyncio.TimerHandle | None = None

    async def ask(self, task: str, paths: Sequence[Path], **more: Any) -> list[bytes]:  # noqa: ANN401 - what JSON has
        """Have something done.

        Raises
        ------
        DecodingError
            It cannot be done with this object.
        TransientError
            It took too long, or too many wait.
        """
        if self._waiting >= MOST_WAITING:
            busy = "too many ask for decoded images now"
            raise TransientError(busy)
        self._waiting += 1
        try:
            async with self._turns:
                return await self._ask({"task": task, "paths": [str(path) for path in paths], **more})
        finally:
            self._waiting -= 1

    async def _ask(self, asked: Mapping[str, Any]) -> list[bytes]:
        # One that has ended while it rested, as for want of memory, is no fault of this object.
        self._free = [one for one in self._free if one.returncode is None]
        process = self._free.pop() if self._free else await self._begin()
        is_whole = False
        try:
            async with asyncio.timeout(self._seconds):
                head, parts = await _exchange(process, message(asked))
            is_whole = True
        except TimeoutError:
            late = f"decoding was broken off after {self._seconds:g} s"
            raise TransientError(late) from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            _log.warning("a decoder ended while it worked", task=asked["task"])
            words = "the decoder ended on this object"
            raise DecodingError("undecodable", words) from error
        finally:
            # One that was broken off, by a client that left too, has half an answer in its pipe.
            await self._rest(process) if is_whole else await _end(process)
        if head["problem"]:
            raise DecodingError(head["problem"], head["why"])
        return parts

    async def _begin(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collega.adapters.decoder.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )

    async def _rest(self, process: asyncio.subprocess.Process) -> None:
        self._free.append(process)
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._let_go)

    def _let_go(self) -> None:
        for process in self._free:
            if process.stdin is not None:
                process.stdin.close()  # it ends by itself
        self._free.clear()

    async def close(self) -> None:
        """End what runs."""
        if self._resting is not None:
            self._resting.cancel()
        for process in self._free:
            await _end(process)
        self._free.clear()


async def _exchange(process: asyncio.subprocess.Process, asked: bytes) -> tuple[dict[str, Any], list[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise ConnectionError
    process.stdin.write(asked)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    head = head_of(await process.stdout.readexactly(length))
    return head, [await process.stdout.readexactly(size) for size in head["sizes"]]


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
