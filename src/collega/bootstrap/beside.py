"""Questions that need a compiler or a core for seconds, asked of ``collega`` in a process of its own (ADR 77).

One at a time, with low priority and a limit of time, so that pages that show patients never wait for them.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LIMIT_S = 60.0
LOW = 10
TOO_LONG = "too_long"
BUSY = "busy"


@dataclass(kw_only=True, slots=True)
class Beside:
    """Asks one question at a time.

    Parameters
    ----------
    limit_s : float
        So long an answer is waited for, in seconds.
    niceness : int
        By how much lower its priority is than that of the pages.
    """

    limit_s: float = LIMIT_S
    niceness: int = LOW
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, words: Sequence[str]) -> dict[str, Any]:
        """Run ``collega WORDS --json``.

        Returns
        -------
        dict
            ``told`` as the command says it, or null, and ``faults``: a word of this module, or what the command said.
        """
        if self._one.locked():
            return {"told": None, "faults": BUSY}
        async with self._one:
            return await self._run(words)

    async def _run(self, words: Sequence[str]) -> dict[str, Any]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collega", *words, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            os.setpriority(os.PRIO_PROCESS, child.pid, self.niceness)
            out, errors = await asyncio.wait_for(child.communicate(), self.limit_s)
        except TimeoutError:
            return {"told": None, "faults": TOO_LONG}
        finally:
            # Also where the page was closed, or the server stops.
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            return {"told": None, "faults": errors.decode("utf-8", "replace").strip()}
        return {"told": json.loads(out), "faults": ""}
