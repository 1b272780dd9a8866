"""The receiver's side of the pipeline: every object gets a clear status, every study its end."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from collega.errors import QuarantineError, StoreFullError
from collega.formats.dicom_said import read_said
from collega.formats.dicom_scanned import HeaderReader
from collega.model.disk import DiskMark
from collega.model.evidence import Evidence
from collega.model.ids import is_acceptance_uid, storage_key
from collega.model.job import Event
from collega.model.policy import Policy
from collega.model.study import InstanceHeader, Role
from collega.model.transfer import Answer, Transfer
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store
from collega.receive.boxes import Boxes
from collega.receive.gather import Wishes
from collega.receive.hearing import Hearing
from collega.receive.incoming import Received
from collega.receive.intake import Arrival, Arrived, file_path, quarantine_path
from collega.receive.known import KnownStudies
from collega.receive.recording import Entry, Outcome, Recorder
from collega.receive.recovery import RECOVERED, take_up

T = TypeVar("T")
_log = structlog.get_logger()

# What was decided -> status of the C-STORE response (PS3.4 B.2.3, PS3.7 C).
SUCCESS = 0x0000
STATUS = {
    "missing-uid": 0xA900,
    "uid-mismatch": 0xA900,
    "not-dicom": 0xC000,
    "conflict": 0x0111,
    "other-patient": 0xC010,
    "changed-identity": 0xC010,
    "wrong-study": 0xC011,
    "full": 0xA700,
    "internal": 0x0110,
}


class Reception:
    """Takes objects from association threads, records them on the event loop.

    Parameters
    ----------
    store, archive, clock : ports
    policy : Policy
    loop : asyncio.AbstractEventLoop
        Where the store lives; `begin`, `ended` and `tell` are called from other threads.
    wishes : Wishes, optional
        What apps wait for; without it, none starts before its study is complete.
    boxes : Boxes, optional
        Which callers answer as a vendor's box; without it, none does.
    meet : callable, optional
        Holds a study that has begun, or is named anew, against what was said of it; does not fail.
    """

    def __init__(  # noqa: PLR0913 - the ports of the receiver
        self,
        store: Store,
        archive: Archive,
        clock: Clock,
        policy: Policy,
        loop: asyncio.AbstractEventLoop,
        wishes: Wishes | None = None,
        boxes: Boxes | None = None,
        meet: Callable[[Collection[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._policy = policy
        self._loop = loop
        self._hearing = Hearing(store, clock, policy, wishes or Wishes())
        self._settling = self._hearing.settling
        self._boxes = boxes
        self._meet = meet
        self._recorder = Recorder(store, self._recorded, self._has_ended, loop)
        self._broken: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._known = KnownStudies(archive.unmark_receiving)
        self._headers: dict[str, HeaderReader] = {}

    def begin(self, transfer: Transfer) -> Received:
        """Make room for an object."""
        headers = self._headers.get(transfer.association)
        if headers is None:
            headers = self._headers[transfer.association] = HeaderReader(self._policy.zone)
        return Received(transfer, self._archive, headers, self._policy.zone, self._judge)

    def ended(self, association: str, *, released: bool = True) -> None:
        """Note that an association has ended, after its last object; in good order where it was released."""
        self._headers.pop(association, None)
        if not self._headers:
            self._archive.rest()
        if not released:
            self._settling.broken(association)
            self._broken.add(association)
        self._recorder.submit(association)

    def tell(self, evidence: Evidence) -> None:
        """Take a word on the completeness of a study; from any thread but the event loop's.

        Returns when it is durable and has been acted upon: where all is here by it, the study is
        complete and its routing is ordered.

        Raises
        ------
        Exception
            Whatever the database raises: the sender must not be told of success.
        """
        self._wait(self._hearing.tell(evidence))

    def _judge(self, received: Received) -> Answer:
        """Keep one object; success only when it is durable, and recorded or sure to be."""
        header: InstanceHeader | None = None
        source = received.transfer.source
        structlog.contextvars.unbind_contextvars("study")
        try:
            header = received.header()
            structlog.contextvars.bind_contextvars(study=storage_key(header.study_instance_uid))
            _check_command(header, received.transfer)
            if is_of_test_patient(header):
                self._wait(self._note_test_patient(header, source))
                return Answer(status=SUCCESS)
            self._keep(received, header)
        except QuarantineError as error:
            return self._set_apart(error, header, received)
        except StoreFullError as error:
            _log.error("object refused: store full", source=source, why=str(error))
            return Answer(status=STATUS["full"], comment="out of storage, try again later")
        except Exception:  # noqa: BLE001 - the edge of the process: the sender must know that nothing was kept
            _log.exception("object refused: internal error", source=source)
            return Answer(status=STATUS["internal"], comment="internal error, try again later")
        return Answer(
            status=SUCCESS,
            study_instance_uid=header.study_instance_uid,
            series_instance_uid=header.series_instance_uid,
        )

    def _keep(self, received: Received, header: InstanceHeader) -> None:
        """Make an object durable; what is surely new is recorded later, all else is looked up first."""
        now, path, file = self._clock.now(), file_path(header), received.file
        arrived = Arrived(header=header, path=path, size=file.size, at=now, source=received.transfer.source)
        association = received.transfer.association
        if self._boxes is not None and self._boxes.is_box(arrived.source):
            said = read_said(file.read(), header)
            arrived = replace(arrived, admit=partial(self._boxes.admit, said=said, association=association))
        elif not self._recorder.is_full and self._known.claim(header, now):
            try:
                file.keep(path)
            except BaseException:
                self._known.unclaim(header)
                raise
            self._recorder.submit(Entry(arrived=arrived, association=association))
            return
        self._check_room(header, file.size)
        file.keep(path)

        def restore() -> None:
            if not self._archive.path(path).exists():
                self._archive.keep_result(path, file.read())

        waiting: Future[Outcome] = Future()
        self._recorder.submit(Entry(arrived=arrived, association=association, waiting=waiting, restore=restore))
        outcome = waiting.result()
        if isinstance(outcome, QuarantineError):
            raise outcome
        if outcome.arrival is not Arrival.NEW:
            _log.info("object received again", arrival=outcome.arrival, role=outcome.role, source=arrived.source)
        if outcome.role is Role.OWN:
            self._archive.path(path).unlink(missing_ok=True)
        elif outcome.role is Role.IMAGE and outcome.arrival is Arrival.NEW:
            self._learn(header, outcome.study_key)

    def _learn(self, header: InstanceHeader, study_key: str) -> None:
        """Let the next images of a study be answered before they are recorded: a kill leaves them to `resume`."""
        self._archive.mark_receiving(study_key)
        uids = self._wait(self._uids_of(study_key))
        self._known.learn(header, study_key, uids, self._clock.now())

    async def _uids_of(self, study_key: str) -> Collection[str]:
        async with self._store.transaction() as transaction:
            return await transaction.uids_of(study_key)

    def _has_ended(self, association: str) -> None:
        """Act on the end of an association, after its last object is recorded; on the event loop."""
        self._settling.ended(association)
        released = association not in self._broken
        self._broken.discard(association)
        if self._boxes is not None:
            task = self._loop.create_task(self._boxes.ended(association, released=released))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _recorded(self, entry: Entry, outcome: Outcome) -> None:
        """Act on what has been recorded; what was acknowledged and contradicts is set apart, and shown."""
        header = entry.arrived.header
        if entry.waiting is None:
            self._known.recorded(header.study_instance_uid, 1)
        if isinstance(outcome, QuarantineError):
            if entry.waiting is None:
                await self._move_apart(outcome, entry)
            return
        if outcome.identifies and self._meet is not None:
            await self._meet([outcome.study_key])
        if outcome.role is not Role.OWN and outcome.arrival in {Arrival.NEW, Arrival.RESTORED}:
            arrived = entry.arrived
            if header.role is not outcome.role:
                header = replace(header, role=outcome.role)
            self._settling.arrived(entry.association, outcome.study_key, header, arrived.source, arrived.at)

    async def _move_apart(self, error: QuarantineError, entry: Entry) -> None:
        header = entry.arrived.header
        _log.warning("acknowledged object set apart", code=error.code, why=str(error), source=entry.arrived.source)
        kept, apart = self._archive.path(file_path(header)), quarantine_path(header)
        if kept.exists():  # one with the same content that came beside it has been set apart already
            await asyncio.to_thread(self._archive.keep_result, apart, kept.read_bytes())
        await self._record(error, header, apart, entry.arrived.source)
        kept.unlink(missing_ok=True)

    async def close(self) -> None:
        """Record what waits, and leave no mark of a study whose objects are all recorded."""
        await self._recorder.drain()
        self._known.forget_all()

    async def resume(self) -> None:
        """Take up what an earlier process has left: objects that it did not record, studies that it was receiving."""
        await self._hearing.resume()
        self._settling.broken(RECOVERED)
        await take_up(self._store, self._archive, self._clock, self._policy.zone, self._recorder)

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _note_test_patient(self, header: InstanceHeader, source: str) -> None:
        payload: dict[str, object] = {"sop_instance_uid": header.sop_instance_uid, "source": source}
        async with self._store.transaction() as transaction:
            await transaction.add_event(
                Event(kind="test_returned", at=self._clock.now(), actor=source, payload=payload)
            )

    def _check_room(self, header: InstanceHeader, size: int) -> None:
        """Refuse a study that is new where the disk is scarce: room is left for those that have begun."""
        if self._archive.mark(file_path(header), size) is not DiskMark.SCARCE:
            return
        if not self._wait(self._is_known(header.study_instance_uid)):
            message = "the disk has passed its mark disk.refuse_*: no new studies until there is room"
            raise StoreFullError(message)

    async def _is_known(self, study_instance_uid: str) -> bool:
        async with self._store.transaction() as transaction:
            return await transaction.study_by_uid(study_instance_uid) is not None

    def _set_apart(self, error: QuarantineError, header: InstanceHeader | None, received: Received) -> Answer:
        """Keep what contradicts, outside everything that is used."""
        source = received.transfer.source
        _log.warning("object set apart", code=error.code, why=str(error), source=source)
        answer = Answer(status=STATUS[error.code], comment=str(error)[:64])
        try:
            path = quarantine_path(header) if header else ""
            if header:
                self._archive.keep_result(path, received.file.read())
                self._archive.path(file_path(header)).unlink(missing_ok=True)
            self._wait(self._record(error, header, path, source))
        except Exception:  # noqa: BLE001 - the object was refused in any case; the log has the reason
            _log.exception("quarantine could not be recorded", code=error.code)
        return answer

    async def _record(self, error: QuarantineError, header: InstanceHeader | None, path: str, source: str) -> None:
        async with self._store.transaction() as transaction:
            await transaction.quarantine(
                kind="object",
                code=error.code,
                text=str(error),
                at=self._clock.now(),
                study_instance_uid=header.study_instance_uid if header else "",
                sop_instance_uid=header.sop_instance_uid if header else "",
                path=path,
                source=source,
            )


def is_of_test_patient(header: InstanceHeader) -> bool:
    """Tell an object of `collega site check` that a PACS routes back: no study, no app, nothing to keep."""
    return is_acceptance_uid(header.study_instance_uid) or is_acceptance_uid(header.sop_instance_uid)


def _check_command(header: InstanceHeader, transfer: Transfer) -> None:
    if transfer.study_instance_uid not in {"", header.study_instance_uid}:
        text = "the object is of another study than it was sent for; the sender must look at both"
        raise QuarantineError("uid-mismatch", text)
    if header.sop_instance_uid != transfer.sop_instance_uid:
        text = "the SOP Instance UID in the data set is not the one in the command; the sender must repair it"
        raise QuarantineError("uid-mismatch", text)
