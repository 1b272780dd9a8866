"""What the line leaves: runs that can wait, as those of a comparison, fit beside the studies that cannot."""

from collections import Counter
from collections.abc import Mapping, Sequence

from collega.model.app import Manifest
from collega.model.runtime import RunSpec


class Leftover:
    """Says whether runs that can wait fit beside the line.

    Where nothing of the line runs or waits for a place of their kind, only the limits of the app and the graphics
    processors bound them. Else they take no more than what is left of the places.

    Parameters
    ----------
    catalogue : Mapping
        The apps of the line, as they are at each moment.
    parallel : int
        Attempts that compute at the same time.
    parallel_remote : int
        Attempts that wait for another machine at the same time.
    gpus : int
        Graphics processors of this machine.
    """

    def __init__(self, catalogue: Mapping[str, Manifest], *, parallel: int, parallel_remote: int, gpus: int) -> None:
        self._catalogue = catalogue
        self._most = {False: parallel, True: parallel_remote}
        self._gpus = gpus

    def fits(self, line: Mapping[str, int], runs: Sequence[Manifest]) -> bool:
        """Tell whether all of these runs may go on at the same time.

        Parameters
        ----------
        line : Mapping
            By app, the attempts of the line that run or wait for nothing but a place.
        runs : Sequence of Manifest
            One for each run that can wait.
        """
        wanted = {app_id: self._wanted(app_id, count) for app_id, count in line.items()}
        return (
            all(self._keeps_limit(one, wanted, runs) for one in runs)
            and all(self._has_places(wanted, runs, is_remote=is_remote) for is_remote in (False, True))
            and self._has_gpus(wanted, runs)
        )

    def _wanted(self, app_id: str, count: int) -> int:
        """Places that the line could fill at once: beyond the limit of an app its studies wait for each other."""
        spec = self._spec(app_id)
        return min(count, spec.at_once) if spec and spec.at_once else count

    def _keeps_limit(self, one: Manifest, wanted: Mapping[str, int], runs: Sequence[Manifest]) -> bool:
        """Hold the limit for all versions of an app together: they share its licence, or its memory."""
        if one.run.at_once is None:
            return True
        return wanted.get(one.id, 0) + sum(other.id == one.id for other in runs) <= one.run.at_once

    def _has_places(self, wanted: Mapping[str, int], runs: Sequence[Manifest], *, is_remote: bool) -> bool:
        own = sum(one.run.is_remote == is_remote for one in runs)
        others = sum(count for app_id, count in wanted.items() if self._is_remote(app_id) == is_remote)
        return not own or not others or own + others <= self._most[is_remote]

    def _has_gpus(self, wanted: Mapping[str, int], runs: Sequence[Manifest]) -> bool:
        own = sum(self._gpus_of(one.run) for one in runs)
        others = sum(self._gpus_of(self._spec(app_id)) * count for app_id, count in wanted.items())
        return not own or own + others <= self._gpus

    def _spec(self, app_id: str) -> RunSpec | None:
        manifest = self._catalogue.get(app_id)
        return manifest.run if manifest else None

    def _is_remote(self, app_id: str) -> bool:
        spec = self._spec(app_id)
        return spec is not None and spec.is_remote

    def _gpus_of(self, spec: RunSpec | None) -> int:
        """Graphics processors of a run; none of one that asks for more than there are and will be refused."""
        return spec.gpus if spec and spec.gpus <= self._gpus else 0


def too_many(room: Leftover, line: Counter[str], runs: Sequence[Manifest]) -> int:
    """Count the runs, from the latest back, that must end for the others to fit."""
    return next(count for count in range(len(runs) + 1) if room.fits(line, runs[: len(runs) - count]))
