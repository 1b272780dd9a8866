"""Result objects and their way to each PACS, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collega.errors import FencedError
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.testing.fake_work import FakeWork


class FakeDeliveries(FakeWork):
    """See `collega.ports.line.Deliveries`."""

    async def add_object(self, result_object: ResultObject, pacs: str, at: datetime) -> None:
        """Record a built object and plan its delivery; what is there already stays as it is."""
        uid = result_object.reference.sop_instance_uid
        kept = self._memory.objects.setdefault(uid, result_object)
        if any(_names(item, uid, pacs) for item in self._memory.deliveries.values()):
            return
        key = self._memory.next_key()
        self._memory.deliveries[key] = Delivery(
            key=key,
            pacs=pacs,
            object=kept,
            state=DeliveryState.PLANNED,
            attempt=0,
            confirmations=0,
            next_at=at,
            detail="",
        )

    async def objects_of(self, study_key: str) -> Sequence[ResultObject]:
        """Every object built for a study, oldest first."""
        found = [item for item in self._memory.objects.values() if item.study_key == study_key]
        return sorted(found, key=lambda item: (item.revision, item.created_at, item.kind))

    async def object_of(self, sop_instance_uid: str) -> ResultObject | None:
        """Find a built object."""
        return self._memory.objects.get(sop_instance_uid)

    async def mark_committed(self, sop_instance_uids: Sequence[str], at: datetime) -> Sequence[str]:  # noqa: ARG002
        """Note a storage commitment."""
        concerned = [
            item
            for item in self._memory.deliveries.values()
            if item.object.reference.sop_instance_uid in sop_instance_uids and item.state is DeliveryState.ACCEPTED
        ]
        for item in concerned:
            self._memory.deliveries[item.key] = replace(item, state=DeliveryState.COMMITTED, next_at=None)
        return [item.object.study_key for item in concerned]

    async def deliveries_with(self, sop_instance_uids: Sequence[str]) -> Sequence[Delivery]:
        """Every delivery of these objects, oldest first."""
        wanted = set(sop_instance_uids)
        return [item for item in self._memory.deliveries.values() if item.object.reference.sop_instance_uid in wanted]

    async def deliveries_of(self, study_key: str) -> Sequence[Delivery]:
        """Every delivery of a study's objects, oldest first."""
        return [item for item in self._memory.deliveries.values() if item.object.study_key == study_key]

    async def due(self, pacs: str, at: datetime, limit: int) -> Sequence[Delivery]:
        """Deliveries that want attention now, oldest first."""
        found = [
            (item.next_at, item.key, item)
            for item in self._memory.deliveries.values()
            if item.pacs == pacs and item.next_at is not None and item.next_at <= at
        ]
        return [item for _, _, item in sorted(found, key=lambda row: row[:2])][:limit]

    async def set_delivery(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        delivery: Delivery,
        *,
        state: DeliveryState,
        at: datetime,  # noqa: ARG002 - the database notes it
        next_at: datetime | None,
        detail: str,
        sent: bool = False,
        asked: bool = False,
    ) -> None:
        """Compare state and counters, then set."""
        known = self._memory.deliveries.get(delivery.key)
        if known is None or _moment(known) != _moment(delivery):
            message = f"delivery {delivery.key} is no longer {delivery.state}"
            raise FencedError(message)
        self._memory.deliveries[delivery.key] = replace(
            known,
            state=state,
            next_at=next_at,
            detail=detail,
            attempt=known.attempt + sent,
            confirmations=known.confirmations + asked,
        )

    async def adopt(self, pacs: str, at: datetime) -> int:
        """Take over what waits to be sent under another name."""
        stranded = [
            key
            for key, item in self._memory.deliveries.items()
            if item.pacs != pacs and item.state is DeliveryState.PLANNED and item.next_at
        ]
        for key in stranded:
            self._memory.deliveries[key] = replace(self._memory.deliveries[key], pacs=pacs, next_at=at)
        return len(stranded)

    async def next_due(self, pacs: str) -> datetime | None:
        """When the next delivery wants attention."""
        waiting = [item.next_at for item in self._memory.deliveries.values() if item.pacs == pacs and item.next_at]
        return min(waiting, default=None)

    async def link(self, pacs: str) -> tuple[int, datetime | None]:
        """Consecutive failures to reach a PACS, and not before when to try again."""
        return self._memory.links.get(pacs, (0, None))

    async def set_link(self, pacs: str, failures: int, not_before: datetime | None) -> None:
        """Record reachability of a PACS."""
        self._memory.links[pacs] = (failures, not_before)


def _names(item: Delivery, uid: str, pacs: str) -> bool:
    return item.object.reference.sop_instance_uid == uid and item.pacs == pacs


def _moment(item: Delivery) -> tuple[DeliveryState, int, int]:
    return item.state, item.attempt, item.confirmations
