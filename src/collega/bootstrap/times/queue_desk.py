"""What AI would do to the waits here, worked out beside the web role.

The simulation needs a compiler and a core for some seconds. It runs as ``collega queue`` in a process of its own, one
at a time, with low priority and a limit of time, so that pages that show patients never wait for it.
"""

import asyncio
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collega.config import Settings
from collega.model.queue_form import DEPARTMENT, LIST, OF_APP

LIMIT_S = 60.0
MOST_KEPT = 64
LOW = 10
# As many as give standard errors that a picture can show, in a few seconds.
PATIENTS, WEEKS = 300_000, 200
TOO_LONG = "too_long"
BUSY = "busy"


@dataclass(kw_only=True, slots=True)
class QueueDesk:
    """Answers the page of the reading list.

    Parameters
    ----------
    settings : Settings
    limit_s : float
    niceness : int
        By how much lower its priority is than that of the pages.
    """

    settings: Settings
    limit_s: float = LIMIT_S
    niceness: int = LOW
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _kept: OrderedDict[tuple[object, ...], dict[str, Any]] = field(default_factory=OrderedDict)

    def question(self) -> str:
        """Tell which question can be asked: of the department where one was fitted, else of a plain list."""
        return DEPARTMENT if self.settings.value.department else LIST

    async def answer(self, question: str, asked: Mapping[str, float], *, preempts: bool) -> dict[str, Any]:
        """Ask; what was asked before is answered at once, since the same seed gives the same answer.

        Returns
        -------
        dict
            ``told`` as ``collega queue --json`` has it, or null, and ``faults``: a word of this module, or what the
            command said.
        """
        words = self._words(question, asked, preempts=preempts)
        key = (*words, self._age() if question == DEPARTMENT else 0)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if self._one.locked():
            return {"told": None, "faults": BUSY}
        async with self._one:
            found = await self._run(words)
        if found["told"] is not None:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _age(self) -> int:
        path = Path(self.settings.value.department)
        return path.stat().st_mtime_ns if path.is_file() else 0

    def _words(self, question: str, asked: Mapping[str, float], *, preempts: bool) -> list[str]:
        if question == LIST:
            options = [f"--{name.replace('_', '-')}={value:.12g}" for name, value in asked.items()]
            discipline = "preemptive" if preempts else "non-preemptive"
            return [*options, f"--discipline={discipline}", f"--patients={PATIENTS}"]
        app = ",".join(["AI", *(f"{name}={asked[name]:.12g}" for name in OF_APP)])
        rest = [f"--{name.replace('_', '-')}={value:.12g}" for name, value in asked.items() if name not in OF_APP]
        flag = ["--preempt"] if preempts else []
        return ["what-if", self.settings.value.department, f"--app={app}", *rest, *flag, f"--weeks={WEEKS}"]

    async def _run(self, words: list[str]) -> dict[str, Any]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collega", "queue", *words, "--json"),
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
