"""What others say of completeness, from the network to the decision."""

from collections.abc import Sequence
from datetime import timedelta

from collega.model.evidence import Evidence
from collega.model.policy import Policy
from collega.model.study import StudyState
from collega.ports.machine import Clock
from collega.ports.store import Store
from collega.receive.closing import Closing
from collega.receive.gather import Wishes
from collega.receive.orphans import MOST, Orphans
from collega.receive.pauses import Pauses
from collega.receive.settle import Settling

# A list of objects that has waited longer for the first of them was not about what comes here.
ORPHANS_KEPT = timedelta(days=1)


class Hearing:
    """Brings together what is recorded, what is watched and what is said.

    Everything belongs to the event loop's thread.

    Attributes
    ----------
    settling : Settling
        Watches the studies that are coming in.
    """

    def __init__(self, store: Store, clock: Clock, policy: Policy, wishes: Wishes) -> None:
        self._store = store
        self._clock = clock
        self._orphans = Orphans()
        self._pauses = Pauses(policy.quiet, policy.learning)
        self._closing = Closing(store, clock, wishes, self._pauses.kept)
        self.settling = Settling(self._closing, clock, self._pauses, wishes, self._orphans)

    async def tell(self, evidence: Evidence) -> None:
        """Record a word on completeness and act on it as far as possible.

        Raises
        ------
        Exception
            Whatever the store raises; the word may then not be recorded, and must be said again.
        """
        placed = await self._closing.keep(evidence)
        if not placed:
            placed = await self._wait_for_objects(evidence)
        for item in placed:
            await self.settling.told(item)

    async def resume(self) -> None:
        """Take up what an earlier process had learned, heard, and begun to receive."""
        since = self._clock.now() - ORPHANS_KEPT
        async with self._store.transaction() as transaction:
            studies = await transaction.studies_in(StudyState.RECEIVING)
            waiting = await transaction.evidence_without_study(since, MOST)
            pauses = await transaction.pauses()
        for evidence in waiting:
            self._orphans.keep(evidence)
        for scanner, pause in pauses:
            self._pauses.learn({scanner: pause})
        for study in studies:
            await self.settling.resume(study.key)

    async def _wait_for_objects(self, evidence: Evidence) -> Sequence[Evidence]:
        """Keep a word until an object comes; one may have come since it was looked for."""
        self._orphans.keep(evidence)
        placed = await self._closing.place_again(evidence)
        if placed:
            self._orphans.drop(evidence)
        return placed
