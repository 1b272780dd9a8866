"""A small PACS that keeps what it gets: a simulator, for the demo and for tests.

It answers C-ECHO, C-STORE, C-FIND and C-MOVE (study root) and Storage Commitment on the loopback
interface. It is no archive and says so: its title is SIMPACS, its log says simulator.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID
from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association

from collega.errors import PeerError
from collega.testing import pacs_protocol as protocol
from collega.testing.pacs_commitment import NO_ROUTES, CommitmentRoutes, Report, report_on
from collega.testing.pacs_query import UNIQUE_KEYS, answers, why_refused
from collega.testing.pacs_shelf import KeptObject, Shelf
from collega.testing.pacs_sockets import socket_handlers

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


class KeepingPacs:
    """A simulated PACS with a folder of its own, started and stopped as often as needed.

    Parameters
    ----------
    folder : Path
        Where it keeps its objects; what is there already is indexed.
    aet : str
        AE title.
    port : int
        0 takes a free port at the first start and returns to it at later ones.
    routes : CommitmentRoutes
        Ways by which commitment reports go out.
    destinations : mapping of str to int
        AE title to port of those to whom C-MOVE may send.
    clock : callable
        Seconds of a clock that never runs back.
    """

    def __init__(  # noqa: PLR0913 - a simulator with its settings
        self,
        folder: Path,
        *,
        aet: str = "SIMPACS",
        port: int = 0,
        routes: CommitmentRoutes = NO_ROUTES,
        destinations: Mapping[str, int] = MappingProxyType({}),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.aet = aet
        self.clock = clock
        self.shelf = Shelf(folder, clock)
        self.most_associations = 50
        self._port = port
        self._routes = routes
        self._destinations = dict(destinations)
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._entity: AE | None = None
        self._reports: ThreadPoolExecutor | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, 0 before the first start."""
        return self._port

    def start(self) -> Self:
        """Listen; once this returns the port takes connections.

        Raises
        ------
        OSError
            If somebody has taken the port since the last stop.
        """
        if self._entity is not None:
            return self
        entity = AE(ae_title=self.aet)
        entity.maximum_associations = self.most_associations
        entity.maximum_pdu_size = 0
        # A server needs one context to start with; each association is offered what fits it.
        server = entity.start_server(
            (HOST, self._port),
            block=False,
            evt_handlers=self._handlers(),
            contexts=[protocol.context_for(protocol.VERIFICATION)],
        )
        if server is None or server.socket is None:
            message = f"simulator {self.aet} does not listen"
            raise PeerError(message)
        self._port = server.socket.getsockname()[1]
        self._entity = entity
        self._reports = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{self.aet}-commitment")
        logger.info("simulator %s (no archive) listens on %s:%d", self.aet, HOST, self._port)
        return self

    def stop(self) -> None:
        """Close the port and abort what is open; the objects stay."""
        if self._entity is None or self._reports is None:
            return
        # Aborting first frees a report that waits for its answer on an association of ours.
        self._entity.shutdown()
        self._reports.shutdown(cancel_futures=True)
        self._entity = None
        logger.info("simulator %s has stopped", self.aet)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def may_send_to(self, aet: str, port: int) -> None:
        """Learn of one more destination of C-MOVE."""
        self._destinations[aet] = port

    def objects(self) -> tuple[KeptObject, ...]:
        """Everything kept, seen by queries or not."""
        return self.shelf.objects()

    def receipts(self, sop_instance_uid: str) -> int:
        """How many times this object was kept: 2 means that it was sent twice."""
        return self.shelf.receipts(sop_instance_uid)

    def count(self, what: str) -> int:
        """How many of ``C-ECHO``, ``C-STORE``, ``C-FIND STUDY`` and so on have come in."""
        with self._lock:
            return self._counts[what]

    def offers(self, sop_class_uid: str) -> bool:
        """Whether presentation contexts of this SOP class are accepted."""
        return sop_class_uid in protocol.SOP_CLASSES

    def levels(self) -> frozenset[str]:
        """Levels at which queries are answered."""
        return frozenset(UNIQUE_KEYS)

    def visible(self, one: KeptObject) -> bool:  # noqa: ARG002 - a PACS with difficulties looks at it
        """Whether a query can see this object now."""
        return True

    def store(self, data: bytes, association: Association) -> Dataset | int:
        """Keep the DICOM file ``data`` and give the status of the C-STORE response."""
        del association
        try:
            self.shelf.keep(data)
        except (ValueError, InvalidDicomError) as error:
            logger.warning("simulator %s cannot understand an object: %s", self.aet, error)
            return protocol.CANNOT_UNDERSTAND
        except OSError as error:
            logger.warning("simulator %s cannot write: %s", self.aet, error)
            return protocol.OUT_OF_RESOURCES
        return protocol.SUCCESS

    def before_answering(self) -> None:
        """Come between a request and its handling; nothing to do for a PACS without difficulties."""

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [
            *socket_handlers(),
            (evt.EVT_REQUESTED, self._on_association),
            (evt.EVT_C_ECHO, self._on_echo),
            (evt.EVT_C_STORE, self._on_store),
            (evt.EVT_C_FIND, self._on_find),
            (evt.EVT_C_MOVE, self._on_move),
            (evt.EVT_N_ACTION, self._on_action),
        ]

    def _tally(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _on_association(self, event: evt.Event) -> None:
        self._tally("association")
        protocol.offer(event, self.offers)

    def _on_echo(self, _event: evt.Event) -> int:
        self._tally("C-ECHO")
        self.before_answering()
        return protocol.SUCCESS

    def _on_store(self, event: evt.Event) -> Dataset | int:
        self._tally("C-STORE")
        self.before_answering()
        return self.store(event.encoded_dataset(), event.assoc)

    def _on_find(self, event: evt.Event) -> Iterator[tuple[Dataset | int, Dataset | None]]:
        identifier = event.identifier
        self._tally("C-FIND")
        self._tally(f"C-FIND {identifier.get('QueryRetrieveLevel', '')}")
        self.before_answering()
        refusal = why_refused(identifier, self.levels())
        if refusal:
            yield protocol.failure(protocol.IDENTIFIER_DOES_NOT_MATCH, refusal), None
            return
        study = str(identifier.get("StudyInstanceUID", "") or "")
        kept = self.shelf.objects(study if UID(study).is_valid else "")
        for answer in answers(identifier, (one.header for one in kept if self.visible(one))):
            if event.is_cancelled:
                yield protocol.CANCELLED, None
                return
            answer.RetrieveAETitle = self.aet
            yield protocol.PENDING, answer

    def _on_move(self, event: evt.Event) -> Iterator[Any]:
        self._tally("C-MOVE")
        self.before_answering()
        port = self._destinations.get(str(event.move_destination).strip())
        if port is None:
            yield None, None
            return
        study = str(event.identifier.get("StudyInstanceUID", "") or "")
        kept = [one for one in self.shelf.objects(study) if self.visible(one)]
        files = [dcmread(one.path) for one in kept]
        kinds = {(str(file.SOPClassUID), str(file.file_meta.TransferSyntaxUID)) for file in files}
        yield (
            HOST,
            port,
            {
                "contexts": [build_context(*kind) for kind in sorted(kinds)],
                "evt_handlers": socket_handlers(),
            },
        )
        yield len(files)
        for file in files:
            yield protocol.PENDING, file

    def _on_action(self, event: evt.Event) -> tuple[int, Dataset | None]:
        self._tally("N-ACTION")
        self.before_answering()
        caller = event.assoc.requestor.ae_title.strip()
        if self._reports is None or not self._routes.known(caller):
            logger.warning("simulator %s knows no address for commitment reports to %s", self.aet, caller)
            return protocol.PROCESSING_FAILURE, None
        report = report_on(event.action_information, self.shelf.get)
        self._reports.submit(self._report, event.assoc, caller, report)
        return protocol.SUCCESS, None

    def _report(self, association: Association, caller: str, report: Report) -> None:
        """Send a report, after the response to its request (PS3.4 J.3.2)."""
        try:
            self._routes.send(report, association, caller=caller, own_aet=self.aet)
        except PeerError as error:
            logger.warning("simulator %s: %s", self.aet, error)
        else:
            self._tally("N-EVENT-REPORT")
