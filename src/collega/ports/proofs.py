"""What is recorded of the completeness of studies; part of a `Store` transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from collega.model.evidence import Evidence, Scanner


class Proofs(Protocol):
    """Evidence, and the pauses of scanners."""

    async def add_evidence(self, evidence: Evidence) -> None:
        """Keep one word on the completeness of a study, whether the study is known or not."""
        ...

    async def evidence_of(self, study_instance_uid: str) -> Sequence[Evidence]:
        """List what was said of a study, in the order of its recording."""
        ...

    async def evidence_without_study(self, since: datetime, limit: int) -> Sequence[Evidence]:
        """List the latest words of which no study is known yet, in the order of their recording."""
        ...

    async def settle_evidence(self, evidence: Evidence, study_instance_uid: str) -> None:
        """Say to which study a word belongs that had come without one."""
        ...

    async def studies_of_objects(self, sop_instance_uids: Collection[str]) -> Mapping[str, str]:
        """Tell the Study Instance UID of each object that is here; others are left out."""
        ...

    async def study_of_step(self, reference: str) -> str:
        """Tell the study of which an earlier word with the same reference spoke; empty where none did."""
        ...

    async def add_pauses(self, longest: Mapping[Scanner, timedelta], at: datetime, keep: int) -> None:
        """Keep the longest pauses of one study, and of each scanner no more than ``keep``."""
        ...

    async def pauses(self) -> Sequence[tuple[Scanner, timedelta]]:
        """List the pauses that are kept, the latest last."""
        ...
