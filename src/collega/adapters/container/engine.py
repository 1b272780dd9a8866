"""The container engine of this machine: which one, with what options, and one call of it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.container.fence import floor, limits

# docker is taken only where a site names it: with its own service nothing was tried.
PROGRAM = "podman"
# Low-level runtimes to try where the engine's own choice cannot keep our fence on this kernel.
OTHER_RUNTIMES: Sequence[tuple[str, ...]] = ((), ("--runtime=runc",), ("--runtime=crun",))
# Exit codes of `run` (podman-run(1), docker run): the engine failed, no right to the command, no such command.
ENGINE_FAILED, CANNOT_INVOKE, NO_COMMAND = 125, 126, 127
NOTHING = "/nothing"
OPEN_TO_READ = 0o755


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How one call of the engine ended."""

    code: int
    out: bytes
    said: str

    @property
    def last_line(self) -> str:
        """What it said last."""
        return (self.said.strip().splitlines() or [""])[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """An engine that works here; ``options`` go with every run."""

    program: str
    options: tuple[str, ...] = ()

    @property
    def is_podman(self) -> bool:
        """Podman and docker take the same words but for a few."""
        return Path(self.program).name.startswith("podman")

    async def call(self, *arguments: str, folder: Path | str = "/") -> Answer:
        """Call the engine and wait; its answer is small. It leaves files of its own in ``folder``, if anywhere."""
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate()
        return Answer(code=process.returncode or 0, out=out, said=said.decode(errors="replace"))

    async def end(self, *containers: str) -> None:
        """Kill containers and remove them, whatever their state; those that are gone already are no error."""
        at_once = ("--time=0", "--ignore") if self.is_podman else ()
        if containers:
            await self.call("rm", "--force", *at_once, *containers)


async def find_engine(asked: str, arguments: Sequence[str]) -> Engine | str:
    """Find the engine and the options with which it keeps the fence here; else say in words why there is none.

    Parameters
    ----------
    asked : str
        Name or path of the program; empty takes the first that is there.
    arguments : Sequence of str
        Options that the site adds to every run; where there are any, nothing is tried out.
    """
    program = shutil.which(asked or PROGRAM)
    if program is None:
        return f"no container engine on this machine: looked for {asked or PROGRAM}"
    engine = Engine(program=program, options=tuple(arguments))
    if arguments or not engine.is_podman:
        return engine
    return await _working(program)


async def _working(program: str) -> Engine | str:
    """Hold the whole fence against an empty root: that its command is not found is the proof that all else is."""
    said = ""
    with tempfile.TemporaryDirectory(prefix="collega-container-") as empty:
        os.chmod(empty, OPEN_TO_READ)  # noqa: PTH101 - the account of the app passes through it
        for options in OTHER_RUNTIMES:
            engine = Engine(program=program, options=options)
            fence = [*floor(is_podman=True), *limits(memory_mb=32, output_mb=1, processes=16)]
            answer = await engine.call("run", "--rm", *options, *fence, "--rootfs", empty, NOTHING, folder=empty)
            if answer.code == NO_COMMAND and "ignored" not in answer.said:
                return engine
            said = said or answer.last_line
    return f"{program} cannot fence apps in here (see run.container_arguments): {said}"
