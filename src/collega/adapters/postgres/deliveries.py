"""Result objects and their way to each PACS."""

from collections.abc import Sequence
from datetime import datetime

from collega.adapters.postgres import rows
from collega.adapters.postgres.work import PostgresWork
from collega.errors import FencedError
from collega.model.delivery import Delivery, DeliveryState, ResultObject

DELIVERY = "SELECT d.*, o.*, o.created_at AS created_at FROM delivery d JOIN result_object o USING (sop_instance_uid)"


class PostgresDeliveries(PostgresWork):
    """The part of a transaction that delivery uses."""

    async def add_object(self, result_object: ResultObject, pacs: str, at: datetime) -> None:
        """Record a built object and plan its delivery."""
        reference = result_object.reference
        await self._connection.execute(
            """INSERT INTO result_object (sop_instance_uid, series_instance_uid, sop_class_uid, study_instance_uid,
                kind, study_key, revision, app_id, job_key, path, replaces, created_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            (
                reference.sop_instance_uid,
                reference.series_instance_uid,
                reference.sop_class_uid,
                reference.study_instance_uid,
                result_object.kind,
                result_object.study_key,
                result_object.revision,
                result_object.app_id,
                result_object.job_key,
                result_object.path,
                result_object.replaces,
                result_object.created_at,
            ),
        )
        await self._connection.execute(
            """INSERT INTO delivery (sop_instance_uid, pacs, state, next_at, created_at, updated_at)
               VALUES (%s, %s, 'planned', %s, %s, %s) ON CONFLICT DO NOTHING""",
            (reference.sop_instance_uid, pacs, at, at, at),
        )

    async def objects_of(self, study_key: str) -> Sequence[ResultObject]:
        """List a study's objects, oldest first."""
        found = await self._all(
            "SELECT * FROM result_object WHERE study_key = %s ORDER BY revision, created_at, kind", (study_key,)
        )
        return [rows.result_object(row) for row in found]

    async def object_of(self, sop_instance_uid: str) -> ResultObject | None:
        """Find a built object."""
        row = await self._one("SELECT * FROM result_object WHERE sop_instance_uid = %s", (sop_instance_uid,))
        return rows.result_object(row) if row else None

    async def mark_committed(self, sop_instance_uids: Sequence[str], at: datetime) -> Sequence[str]:
        """Note a storage commitment."""
        found = await self._all(
            """UPDATE delivery d SET state = 'committed', updated_at = %s, next_at = NULL FROM result_object o
               WHERE o.sop_instance_uid = d.sop_instance_uid AND d.sop_instance_uid = ANY(%s) AND d.state = 'accepted'
               RETURNING o.study_key""",
            (at, list(sop_instance_uids)),
        )
        return [row["study_key"] for row in found]

    async def is_own(self, sop_instance_uid: str) -> bool:
        """Tell whether collega built the object of that UID."""
        return await self.object_of(sop_instance_uid) is not None

    async def deliveries_with(self, sop_instance_uids: Sequence[str]) -> Sequence[Delivery]:
        """List the deliveries of objects, oldest first."""
        found = await self._all(
            f"{DELIVERY} WHERE d.sop_instance_uid = ANY(%s) ORDER BY d.delivery_key", (list(sop_instance_uids),)
        )
        return [rows.delivery(row) for row in found]

    async def deliveries_of(self, study_key: str) -> Sequence[Delivery]:
        """List a study's deliveries, oldest first."""
        found = await self._all(f"{DELIVERY} WHERE o.study_key = %s ORDER BY d.delivery_key", (study_key,))
        return [rows.delivery(row) for row in found]

    async def due(self, pacs: str, at: datetime, limit: int) -> Sequence[Delivery]:
        """List what wants attention now."""
        found = await self._all(
            f"{DELIVERY} WHERE d.pacs = %s AND d.next_at <= %s ORDER BY d.next_at, d.delivery_key LIMIT %s",
            (pacs, at, limit),
        )
        return [rows.delivery(row) for row in found]

    async def set_delivery(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        delivery: Delivery,
        *,
        state: DeliveryState,
        at: datetime,
        next_at: datetime | None,
        detail: str,
        sent: bool = False,
        asked: bool = False,
    ) -> None:
        """Compare state and counters, then set."""
        row = await self._one(
            """UPDATE delivery SET state = %s, updated_at = %s, next_at = %s, detail = %s,
                attempt = attempt + %s, confirmations = confirmations + %s
               WHERE delivery_key = %s AND state = %s AND attempt = %s AND confirmations = %s RETURNING delivery_key""",
            (
                state,
                at,
                next_at,
                detail,
                int(sent),
                int(asked),
                delivery.key,
                delivery.state,
                delivery.attempt,
                delivery.confirmations,
            ),
        )
        if row is None:
            message = f"delivery {delivery.key} is no longer {delivery.state}"
            raise FencedError(message)

    async def adopt(self, pacs: str, at: datetime) -> int:
        """Take over what waits to be sent under another name."""
        found = await self._all(
            """UPDATE delivery SET pacs = %s, next_at = %s, updated_at = %s
               WHERE pacs <> %s AND state = 'planned' AND next_at IS NOT NULL RETURNING delivery_key""",
            (pacs, at, at, pacs),
        )
        return len(found)

    async def withdraw_pages(self, app_id: str, at: datetime) -> list[tuple[str, int]]:
        """Hold back unsent status pages that may name an app; returns study key and revision of each."""
        found = await self._all(
            """UPDATE delivery d SET state = 'withdrawn', next_at = NULL, updated_at = %s,
                detail = 'the stage of an app changed before it was sent'
               FROM result_object o WHERE o.sop_instance_uid = d.sop_instance_uid AND o.kind = 'status_page'
               AND d.state = 'planned' AND EXISTS (SELECT FROM job j WHERE j.study_key = o.study_key AND j.app_id = %s)
               RETURNING o.study_key, o.revision""",
            (at, app_id),
        )
        return [(row["study_key"], row["revision"]) for row in found]

    async def next_due(self, pacs: str) -> datetime | None:
        """When the next open delivery wants attention."""
        row = await self._one("SELECT min(next_at) AS at FROM delivery WHERE pacs = %s", (pacs,))
        return row["at"] if row else None

    async def link(self, pacs: str) -> tuple[int, datetime | None]:
        """Consecutive failures to reach a PACS, and when not to try before."""
        row = await self._one("SELECT failures, not_before FROM pacs_link WHERE pacs = %s", (pacs,))
        return (row["failures"], row["not_before"]) if row else (0, None)

    async def set_link(self, pacs: str, failures: int, not_before: datetime | None) -> None:
        """Record reachability of a PACS."""
        await self._connection.execute(
            """INSERT INTO pacs_link (pacs, failures, not_before) VALUES (%s, %s, %s)
               ON CONFLICT (pacs) DO UPDATE SET failures = EXCLUDED.failures, not_before = EXCLUDED.not_before""",
            (pacs, failures, not_before),
        )
