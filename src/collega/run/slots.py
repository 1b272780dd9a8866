"""Who may start now: places to compute, places to wait, limits of an app, graphics processors."""

from collections import Counter
from collections.abc import Mapping

from collega.model.app import Manifest
from collega.model.runtime import RunSpec


class Slots:
    """The attempts of one worker.

    An app of which nothing runs may always start, even where every place is taken: one that hangs, or a
    flood of studies for another, keeps nobody waiting. Beyond its own place an app takes what is free.

    Parameters
    ----------
    catalogue : Mapping
        The apps of this site, as they are at each moment.
    parallel : int
        Attempts that compute here at the same time.
    parallel_remote : int
        Attempts that wait for another machine at the same time.
    gpus : int
        Graphics processors of this machine.
    """

    def __init__(self, catalogue: Mapping[str, Manifest], *, parallel: int, parallel_remote: int, gpus: int) -> None:
        self._catalogue = catalogue
        self._most = {False: parallel, True: parallel_remote}
        self._gpus = gpus
        self._running: Counter[str] = Counter()

    def take(self, app_id: str) -> None:
        """Note that an attempt of an app begins."""
        self._running[app_id] += 1

    def release(self, app_id: str) -> None:
        """Note that it has ended."""
        self._running[app_id] -= 1
        self._running += Counter()  # what is zero is gone

    def closed(self) -> list[str]:
        """Apps of which no further attempt may begin now."""
        taken = Counter[bool]()
        for app_id, count in self._running.items():
            taken[self._is_remote(app_id)] += count
        free_gpus = self._gpus - sum(self._gpus_of(app_id) * count for app_id, count in self._running.items())
        return sorted(
            app_id
            for app_id in {*self._catalogue, *self._running}
            if self._is_full(app_id, taken[self._is_remote(app_id)]) or free_gpus < self._gpus_of(app_id)
        )

    def _is_full(self, app_id: str, taken: int) -> bool:
        running = self._running[app_id]
        spec = self._spec(app_id)
        limit = spec.at_once if spec and spec.at_once else running + 1
        return running >= limit or (running > 0 and taken >= self._most[self._is_remote(app_id)])

    def _spec(self, app_id: str) -> RunSpec | None:
        manifest = self._catalogue.get(app_id)
        return manifest.run if manifest else None

    def _is_remote(self, app_id: str) -> bool:
        spec = self._spec(app_id)
        return spec is not None and spec.is_remote

    def _gpus_of(self, app_id: str) -> int:
        """Graphics processors of an attempt; none of one that asks for more than there are and will be refused."""
        spec = self._spec(app_id)
        return spec.gpus if spec and spec.gpus <= self._gpus else 0
