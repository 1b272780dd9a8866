"""No container outlives its worker: a guard that waits for the worker's end, and a sweep at the next start."""

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.container.engine import Engine

LABEL_DATA, LABEL_WORKER = "collega.data", "collega.worker"
DISMISSAL = b"dismissed\n"
# Reads until the worker lets go of the other end, however it ends; then kills what carries the worker's label. Again
# after a while, since an engine that was just asked to start a container does so all the same.
SCRIPT = """
while read -r word; do [ "$word" = dismissed ] && exit 0; done
for pause in 0 1 3 10; do
    sleep $pause
    "$1" ps --all --quiet --filter "label=$2" | xargs -r "$1" kill >/dev/null 2>&1
    "$1" ps --all --quiet --filter "label=$2" | xargs -r "$1" rm --force >/dev/null 2>&1
done
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """A runner of one worker process, as its containers' names tell it: ``began`` counts clock ticks since boot."""

    pid: int
    began: int
    mark: str

    @property
    def name(self) -> str:
        """The first part of the names of its containers."""
        return f"collega.{self.pid}.{self.began}.{self.mark}"


def ourselves() -> Owner:
    """Make the owner that this process is."""
    return Owner(pid=os.getpid(), began=_began(os.getpid()), mark=secrets.token_hex(4))


async def post_guard(engine: Engine, owner: Owner) -> asyncio.subprocess.Process:
    """Start the guard of this worker; it stands outside the worker's session, and ends with its standard input."""
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        SCRIPT,
        "guard",
        engine.program,
        f"{LABEL_WORKER}={owner.name}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def dismiss(guard: asyncio.subprocess.Process) -> None:
    """Let the guard go where no container is left; one that was killed is gone already."""
    with contextlib.suppress(ConnectionError):
        await guard.communicate(DISMISSAL)


async def sweep(engine: Engine, data: Path) -> int:
    """Remove containers of workers on this data folder that have ended; returns how many there were."""
    answer = await engine.call("ps", "--all", "--filter", f"label={LABEL_DATA}={data}", "--format", "{{.Names}}")
    left = [name for name in answer.out.decode().split() if not _is_alive(name)]
    await engine.end(*left)
    return len(left)


def _is_alive(container: str) -> bool:
    """Tell whether the worker in a container's name still runs; its number alone would come again for another."""
    parts = container.split(".")
    return parts[0] != "collega" or (parts[1].isdigit() and str(_began(int(parts[1]))) == parts[2])


def _began(pid: int) -> int:
    """Read when a process began (proc(5), field 22 of stat); -1 where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    return int(text.rpartition(")")[2].split()[19])
