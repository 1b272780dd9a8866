"""The receiver: the DICOM port with what stands behind it."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from collega.adapters.dimse.negotiation import STORAGE, SYNTAXES_PREFERRED
from collega.adapters.dimse.provided import all_services
from collega.adapters.dimse.receiver import DicomReceiver
from collega.adapters.files.archive import FileArchive
from collega.adapters.handover.server import HandoverServer
from collega.adapters.postgres.outages import RECEIVER_LOCK
from collega.bootstrap.asker import role
from collega.bootstrap.line.listening import Committed, Told, build_counting
from collega.bootstrap.secured import dicom_tls
from collega.bootstrap.site import OpenStore, SystemClock, disk_marks, live_catalogue, opened_store, policy
from collega.bootstrap.upkeep.auditing import logged_life
from collega.bootstrap.upkeep.disk import DiskWatch
from collega.bootstrap.upkeep.refusals import Refusals
from collega.config import Settings
from collega.errors import ConfigurationError, ManifestError
from collega.link.settle import meet
from collega.model.caller import peer_rule
from collega.receive.boxes import Boxes
from collega.receive.gather import Wishes
from collega.receive.reception import Reception
from collega.receive.sources import Sources
from collega.route.needs import takers

WATCH_SECONDS = 2.0
SYNTAXES = frozenset(map(str, SYNTAXES_PREFERRED))
# An association takes the interpreter back several times for each object: the usual 5 ms would each
# time be waited for while the record is written.
SWITCH_SECONDS = 0.00005
_log = structlog.get_logger()


async def receive(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Be the receiver until ``stop`` is set."""
    async with opened_store(settings, url, role("receiver")) as store:
        archive = FileArchive(settings.data, disk_marks(settings), sync=settings.dicom.sync)
        swept = archive.sweep()
        if swept:
            _log.info("removed files that were half written when the last receiver ended", files=swept)
        sys.setswitchinterval(SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        clock = SystemClock()
        rules = policy(settings)
        meeting = partial(meet, store, clock) if settings.hl7.port else None
        reception = Reception(store, archive, clock, rules, loop, _wishes(settings), _boxes(settings, store), meeting)
        tell = Told(listeners=[reception.tell])
        counting = build_counting(settings, store, clock, rules, tell)
        if counting is not None:
            tell.listeners.append(counting.heard)
        refusals = Refusals()
        receiver = DicomReceiver(
            reception,
            all_services(Committed(store, clock, loop, rules).take, Sources(store, clock, loop, tell)),
            host=settings.dicom.host,
            port=settings.dicom.port,
            peers=[peer_rule(text) for text in settings.dicom.peers],
            max_associations=settings.dicom.max_associations,
            idle_timeout_s=settings.dicom.idle_timeout_s,
            most_pdu_bytes=settings.dicom.max_pdu_bytes,
            tls=dicom_tls(settings),
            refused=refusals.note,
        )
        handover = HandoverServer(reception, settings.data, classes=STORAGE, syntaxes=SYNTAXES)
        async with store.held_lock(RECEIVER_LOCK) as still_alone:
            if still_alone is None:
                message = "another receiver works on this database; a study must have one receiver"
                raise ConfigurationError(message)
            await reception.resume()
            receiver.start()
            handover.start()
            tasks = [asyncio.create_task(counting.keep(stop))] if counting is not None else []
            try:
                async with logged_life(store, settings):
                    await _watch(stop, still_alone, DiskWatch(archive, store, clock), refusals, store)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await asyncio.to_thread(handover.stop)
                await asyncio.to_thread(receiver.stop)
                await reception.close()
                archive.rest()


def _wishes(settings: Settings) -> Wishes:
    """Say what apps wait for; where their folder is not in order, images are taken all the same."""
    try:
        apps = live_catalogue(settings)
    except ManifestError as error:
        _log.error("no app starts before its study is complete: a manifest is wrong", why=str(error))
        return Wishes()
    return Wishes(apps=apps, takes=takers(apps))


def _boxes(settings: Settings, store: OpenStore) -> Boxes | None:
    """Say from whom answers come; where an app's folder is not in order, they are kept as any other object."""
    try:
        return Boxes(store, live_catalogue(settings))
    except ManifestError as error:
        _log.error("answers of vendors' boxes are not matched: a manifest is wrong", why=str(error))
        return None


async def _watch(
    stop: asyncio.Event,
    still_alone: Callable[[], Awaitable[None]],
    disk: DiskWatch,
    refusals: Refusals,
    store: OpenStore,
) -> None:
    """Wait for the end; a lost database ends the receiver, and the supervisor starts it afresh."""
    while not stop.is_set():
        await still_alone()
        await disk.look()
        await refusals.write(store)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH_SECONDS)
