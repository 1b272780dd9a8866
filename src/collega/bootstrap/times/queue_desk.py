"""What AI would do to the waits here, worked out beside the web role by ``collega queue``."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collega.bootstrap.beside import Beside
from collega.config import Settings
from collega.model.queue_form import DEPARTMENT, LIST, OF_APP

MOST_KEPT = 64
# As many as give standard errors that a picture can show, in a few seconds.
PATIENTS, WEEKS = 300_000, 200


@dataclass(kw_only=True, slots=True)
class QueueDesk:
    """Answers the page of the reading list.

    Parameters
    ----------
    settings : Settings
    beside : Beside
    """

    settings: Settings
    beside: Beside = field(default_factory=Beside)
    _kept: OrderedDict[tuple[object, ...], dict[str, Any]] = field(default_factory=OrderedDict)

    def question(self) -> str:
        """Tell which question can be asked: of the department where one was fitted, else of a plain list."""
        return DEPARTMENT if self.settings.value.department else LIST

    async def answer(self, question: str, asked: Mapping[str, float], *, preempts: bool) -> dict[str, Any]:
        """Ask; what was asked before is answered at once, since the same seed gives the same answer.

        Returns
        -------
        dict
            See `Beside.ask`.
        """
        words = self._words(question, asked, preempts=preempts)
        key = (*words, self._age() if question == DEPARTMENT else 0)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = await self.beside.ask(["queue", *words])
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
