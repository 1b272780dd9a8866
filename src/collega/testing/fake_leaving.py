"""What leaves the house, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collega.model.leaving import CloudPermission, Gone, Objection, Sealed
from collega.model.message import MergeSaid
from collega.testing.fake_arrivals import FakeArrivals


class FakeLeaving(FakeArrivals):
    """See `collega.ports.leaving.Leaving`."""

    async def add_objection(self, objection: Objection) -> Objection:
        """Keep an objection; give it with its key."""
        kept = replace(objection, key=self._memory.next_key())
        self._memory.objections[kept.key] = kept
        return kept

    async def objections(self, *, withdrawn: bool = False) -> Sequence[Objection]:
        """List those that stand, the latest first; with ``withdrawn`` all."""
        kept = list(self._memory.objections.values())[::-1]
        return [item for item in kept if withdrawn or item.withdrawn_at is None]

    async def objections_naming(self, patient_ids: Sequence[str], study_uids: Sequence[str]) -> Sequence[Objection]:
        """List those that stand and name one of these numbers, or one of these studies."""
        standing = (item for item in self._memory.objections.values() if item.withdrawn_at is None)
        return [
            item
            for item in standing
            if (item.patient_id and item.patient_id in patient_ids)
            or (item.study_instance_uid and item.study_instance_uid in study_uids)
        ]

    async def withdraw_objection(self, key: str, at: datetime, actor: str, reason: str) -> Objection | None:
        """End an objection; None where none of that key stands."""
        kept = self._memory.objections.get(key)
        if kept is None or kept.withdrawn_at is not None:
            return None
        ended = replace(kept, withdrawn_at=at, withdrawn_by=actor, withdrawal_reason=reason)
        self._memory.objections[key] = ended
        return ended

    async def cloud_permission(self, app_id: str) -> CloudPermission | None:
        """Give the latest decision on an app."""
        return self._memory.cloud_permissions.get(app_id)

    async def set_cloud_permission(self, permission: CloudPermission) -> None:
        """Keep a decision."""
        self._memory.cloud_permissions[permission.app_id] = permission

    async def note_pseudonyms(self, pseudonyms: Sequence[Sealed]) -> None:
        """Keep pseudonyms; those that are there already stay as they are."""
        for item in pseudonyms:
            self._memory.pseudonyms.setdefault((item.pseudonym, item.kind, item.project), item)

    async def pseudonyms(self, named: Sequence[str]) -> Sequence[Sealed]:
        """Find these pseudonyms."""
        return [self._memory.pseudonyms[key] for key in sorted(self._memory.pseudonyms, key=_order) if key[0] in named]

    async def key_ids(self) -> Sequence[str]:
        """List the keys under which pseudonyms are sealed."""
        return sorted({item.key_id for item in self._memory.pseudonyms.values()})

    async def issuers_of(self, patient_id: str) -> Sequence[str]:
        """List the issuers under which a patient's number is known."""
        studies = (one for study in self._memory.studies.values() for one in (study.patient, study.came_as) if one)
        merges = (
            side
            for word in self._memory.words.values()
            if isinstance(word.said, MergeSaid)
            for side in (word.said.prior, word.said.survivor)
        )
        return sorted({one.issuer for one in (*studies, *merges) if one.patient_id == patient_id})

    async def gone(self, study_keys: Sequence[str]) -> Sequence[Gone]:
        """List what has left of these studies, oldest first."""
        return [
            Gone(
                at=event.at,
                study_instance_uid=self._memory.studies[event.study_key].study_instance_uid,
                app_id=str(event.payload["app"]),
                to=str(event.payload["to"]),
                files=int(str(event.payload["files"])),
                bytes=int(str(event.payload["bytes"])),
            )
            for event in self._memory.events
            if event.kind == "sent_outside" and event.study_key is not None and event.study_key in study_keys
        ]


def _order(key: tuple[str, str, str]) -> tuple[str, str]:
    return key[1:]
