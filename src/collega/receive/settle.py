"""When a study is all here: release of its associations, then quiet; the table is `EVIDENCE`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# What was seen -> how many quiet times must pass after it. An association that has moved on to
# another study is weaker evidence than one that was released: many senders interleave.
EVIDENCE = {"association released": 1, "association moved on": 4, "receiver restarted": 1}


@dataclass(slots=True)
class _Waiting:
    quiet: timedelta
    open_associations: set[str] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None


class Settling:
    """Watches the studies that are being received in this process.

    All methods belong to the event loop's thread.

    Parameters
    ----------
    complete : callable
        Awaited with (study key, evidence) when a study has been quiet long enough; returns the
        moment to look again where an object has come meanwhile, else None.
    """

    def __init__(self, complete: Callable[[str, str], Awaitable[datetime | None]]) -> None:
        self._complete = complete
        self._studies: dict[str, _Waiting] = {}
        self._current: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def arrived(self, association: str, study_key: str, quiet: timedelta) -> None:
        """Note an image of a study on an association."""
        waiting = self._studies.setdefault(study_key, _Waiting(quiet=quiet))
        waiting.quiet = max(waiting.quiet, quiet)
        waiting.open_associations.add(association)
        _stop(waiting)
        before = self._current.get(association)
        self._current[association] = study_key
        if before is not None and before != study_key:
            self._arm(before, "association moved on")

    def released(self, association: str) -> None:
        """Note that an association has ended, in whatever way."""
        self._current.pop(association, None)
        for study_key, waiting in list(self._studies.items()):
            if association in waiting.open_associations:
                waiting.open_associations.discard(association)
                if not waiting.open_associations:
                    self._arm(study_key, "association released")

    def resume(self, study_key: str, quiet: timedelta) -> None:
        """Watch a study that an earlier process had begun to receive."""
        if study_key not in self._studies:
            self._studies[study_key] = _Waiting(quiet=quiet)
            self._arm(study_key, "receiver restarted")

    def _arm(self, study_key: str, evidence: str, seconds: float | None = None) -> None:
        waiting = self._studies.get(study_key)
        if waiting is None:
            return
        _stop(waiting)
        wait = waiting.quiet.total_seconds() * EVIDENCE[evidence] if seconds is None else seconds
        waiting.timer = asyncio.get_running_loop().call_later(wait, self._start, study_key, evidence)

    def _start(self, study_key: str, evidence: str) -> None:
        if study_key in self._studies:
            self._studies[study_key].timer = None
        task = asyncio.get_running_loop().create_task(self._finish(study_key, evidence))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, study_key: str, evidence: str) -> None:
        try:
            again = await self._complete(study_key, evidence)
        except Exception:  # the database may be away for a moment: look again rather than forget a study
            self._arm(study_key, evidence, 1.0)
            raise
        waiting = self._studies.get(study_key)
        if waiting is None:
            return
        if again is not None:
            seconds = (again - datetime.now(again.tzinfo)).total_seconds()
            self._arm(study_key, evidence, max(seconds, 0.01))
        elif not waiting.open_associations and waiting.timer is None:  # else an image came meanwhile
            del self._studies[study_key]


def _stop(waiting: _Waiting) -> None:
    if waiting.timer is not None:
        waiting.timer.cancel()
        waiting.timer = None
