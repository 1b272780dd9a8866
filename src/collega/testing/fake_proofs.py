"""Evidence of completeness, and the pauses of scanners, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collega.model.evidence import Evidence, Scanner
from collega.testing.fake_arrivals import FakeArrivals


class FakeProofs(FakeArrivals):
    """See `collega.ports.proofs.Proofs`."""

    async def add_evidence(self, evidence: Evidence) -> None:
        """Keep one word."""
        self._memory.evidence.append(evidence)

    async def evidence_of(self, study_instance_uid: str) -> Sequence[Evidence]:
        """List what was said of a study."""
        return [item for item in self._memory.evidence if item.study_instance_uid == study_instance_uid]

    async def evidence_without_study(self, since: datetime, limit: int) -> Sequence[Evidence]:
        """List the latest words of which no study is known."""
        found = [item for item in self._memory.evidence if not item.study_instance_uid and item.at >= since]
        return found[-limit:]

    async def settle_evidence(self, evidence: Evidence, study_instance_uid: str) -> None:
        """Say to which study a word belongs."""
        settled = replace(evidence, study_instance_uid=study_instance_uid)
        self._memory.evidence = [settled if item == evidence else item for item in self._memory.evidence]

    async def studies_of_objects(self, sop_instance_uids: Collection[str]) -> Mapping[str, str]:
        """Tell the study of each object that is here."""
        here = self._memory.instances
        return {uid: here[uid].header.study_instance_uid for uid in sop_instance_uids if uid in here}

    async def study_of_step(self, reference: str) -> str:
        """Tell of which study a reference speaks."""
        named = (item.study_instance_uid for item in self._memory.evidence if reference == item.reference != "")
        return next((uid for uid in named if uid), "")

    async def add_pauses(self, longest: Mapping[Scanner, timedelta], at: datetime, keep: int) -> None:  # noqa: ARG002
        """Keep the longest pauses of one study."""
        for scanner, pause in longest.items():
            same = [place for place, (known, _) in enumerate(self._memory.pauses) if known == scanner]
            dropped = set(same[: max(len(same) + 1 - keep, 0)])
            self._memory.pauses = [item for place, item in enumerate(self._memory.pauses) if place not in dropped]
            self._memory.pauses.append((scanner, pause))

    async def pauses(self) -> Sequence[tuple[Scanner, timedelta]]:
        """List the pauses that are kept."""
        return list(self._memory.pauses)
