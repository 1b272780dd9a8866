"""What leaves the house; part of a `Store` transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collega.model.leaving import CloudPermission, Gone, Objection, Sealed


class Leaving(Protocol):
    """Objections, permissions, and the table by which pseudonyms are read back."""

    async def add_objection(self, objection: Objection) -> Objection:
        """Keep an objection; give it with its key."""
        ...

    async def objections(self, *, withdrawn: bool = False) -> Sequence[Objection]:
        """List those that stand, the latest first; with ``withdrawn`` all."""
        ...

    async def objections_naming(self, patient_ids: Sequence[str], study_uids: Sequence[str]) -> Sequence[Objection]:
        """List those that stand and name one of these numbers, of whichever issuer, or one of these studies."""
        ...

    async def withdraw_objection(self, key: str, at: datetime, actor: str, reason: str) -> Objection | None:
        """End an objection; None where none of that key stands."""
        ...

    async def cloud_permission(self, app_id: str) -> CloudPermission | None:
        """Give the latest decision on an app."""
        ...

    async def set_cloud_permission(self, permission: CloudPermission) -> None:
        """Keep a decision."""
        ...

    async def note_pseudonyms(self, pseudonyms: Sequence[Sealed]) -> None:
        """Keep pseudonyms; those that are there already stay as they are."""
        ...

    async def pseudonyms(self, named: Sequence[str]) -> Sequence[Sealed]:
        """Find these pseudonyms."""
        ...

    async def key_ids(self) -> Sequence[str]:
        """List the keys under which pseudonyms are sealed."""
        ...

    async def issuers_of(self, patient_id: str) -> Sequence[str]:
        """List the issuers under which a patient's number is known, from studies and from messages."""
        ...

    async def gone(self, study_keys: Sequence[str]) -> Sequence[Gone]:
        """List what has left of these studies, oldest first."""
        ...
