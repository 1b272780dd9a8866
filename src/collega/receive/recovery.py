"""After a kill: objects that were acknowledged and not recorded yet."""

import asyncio
from zoneinfo import ZoneInfo

import structlog

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store
from collega.receive.intake import Arrived, file_path
from collega.receive.recording import Entry, Recorder

RECOVERED = "recovered"
_log = structlog.get_logger()


async def take_up(store: Store, archive: Archive, clock: Clock, zone: ZoneInfo, recorder: Recorder) -> None:
    """Record what is on disk and in no record, of each study that was marked as coming in."""
    marked = list(archive.marked_receiving())
    found = 0
    for study_key in marked:
        async with store.transaction() as transaction:
            recorded = {item.path for item in await transaction.instances(study_key)}
        for path in archive.objects_in(f"studies/{study_key[:2]}/{study_key}"):
            if path in recorded:
                continue
            encoded = await asyncio.to_thread(archive.path(path).read_bytes)
            try:
                header = read_object(encoded, zone)
            except QuarantineError as error:  # not acknowledged: that is done only with a header that was read
                _log.warning("a file that is in no record cannot be read", path=path, why=str(error))
                continue
            arrived = Arrived(
                header=header, path=file_path(header), size=len(encoded), at=clock.now(), source=RECOVERED
            )
            recorder.submit(Entry(arrived=arrived, association=RECOVERED))
            found += 1
    recorder.submit(RECOVERED)
    await recorder.drain()
    for study_key in marked:
        archive.unmark_receiving(study_key)
    if found:
        _log.info("recorded objects that the last receiver had acknowledged and not recorded", objects=found)
