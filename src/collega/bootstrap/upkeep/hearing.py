"""Who hears the commitment reports of a PACS while a check runs: the server that is up, or the check itself."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collega.adapters.dimse.provided import reporting
from collega.adapters.dimse.receiver import DicomReceiver
from collega.adapters.postgres.acceptance import heard_commitments
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.secured import dicom_tls
from collega.config import Settings
from collega.model.caller import peer_rule
from collega.model.ids import is_acceptance_uid
from collega.model.transfer import Answer, Transfer

OUT_OF_RESOURCES = 0xA700


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerEar:
    """Reads from the event record what the running receiver has heard."""

    store: PostgresStore
    loop: asyncio.AbstractEventLoop
    since: datetime

    @contextlib.contextmanager
    def listening(self) -> Iterator[str]:
        """Leave the listening to the server."""
        yield "collega serve"

    def heard(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return what was reported since the check began; called from another thread than the loop's."""
        return asyncio.run_coroutine_threadsafe(self._ask(), self.loop).result()

    async def _ask(self) -> tuple[frozenset[str], frozenset[str]]:
        async with self.store.transaction() as transaction:
            return await heard_commitments(transaction, self.since)


class _NotNow:
    """An object while only a check listens: the sender tries again later, nothing is lost."""

    def write(self, *fragments: memoryview) -> None:
        """Let the bytes pass."""

    def end(self) -> Answer:
        """Turn the object away for now."""
        return Answer(status=OUT_OF_RESOURCES, comment="only a check is running, try again later")

    def close(self) -> None:
        """Nothing was kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnEar:
    """Listens on our DICOM port for as long as the check waits."""

    settings: Settings
    done: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    @contextlib.contextmanager
    def listening(self) -> Iterator[str]:
        """Listen for the block; every object is turned away for now."""
        dicom = self.settings.dicom
        receiver = DicomReceiver(
            self,
            reporting(self._report),
            host=dicom.host,
            port=dicom.port,
            peers=[peer_rule(text) for text in dicom.peers],
            max_associations=dicom.max_associations,
            idle_timeout_s=dicom.idle_timeout_s,
            tls=dicom_tls(self.settings),
        )
        receiver.start()
        try:
            yield "collega site check"
        finally:
            receiver.stop()

    def heard(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return what was reported so far."""
        return frozenset(self.done), frozenset(self.failed)

    def begin(self, transfer: Transfer) -> _NotNow:
        """Turn an object away for now."""
        del transfer
        return _NotNow()

    def ended(self, association: str, *, released: bool = True) -> None:
        """Note the end of an association: there is nothing to do."""
        del association, released

    def _report(self, done: Sequence[str], failed: Mapping[str, int]) -> None:
        self.done.update(filter(is_acceptance_uid, done))
        self.failed.update(filter(is_acceptance_uid, failed))
