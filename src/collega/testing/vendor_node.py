"""A vendor's box that speaks DICOM: a simulator, for the demo and for tests.

It takes studies by C-STORE and, when the association that brought one has ended, sends back what a
callable makes of it. It is no product and finds nothing: its title is VENDORSIM, its log says simulator.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Self, TypeAlias

from pydicom import Dataset, dcmread
from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association

from collega.errors import PeerError
from collega.testing import pacs_protocol as protocol
from collega.testing.pacs_sockets import socket_handlers

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
MOST_AT_ONCE = 4
Answerer: TypeAlias = Callable[[Sequence[Dataset]], Sequence[Dataset]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manners:
    """How a box answers.

    Attributes
    ----------
    calling_aet : str
        AE title under which it sends; its own where empty.
    delay_s : float
        Seconds from the last image to its answer.
    times : int
        So often it works on what it got, each time making new objects; 0: it never answers.
    each_alone : bool
        An association for each object instead of one for all.
    share : float
        Part of the objects that it sends, from the first on.
    alter : callable
        Changes each object before it goes out.
    refuses : frozenset of str
        Transfer syntaxes that it does not take.
    status : int
        Status of each C-STORE response.
    """

    calling_aet: str = ""
    delay_s: float = 0.0
    times: int = 1
    each_alone: bool = False
    share: float = 1.0
    alter: Callable[[Dataset], None] = lambda _: None
    refuses: frozenset[str] = frozenset()
    status: int = protocol.SUCCESS


POLITE = Manners()


@dataclass(slots=True)
class Account:
    """What a box has got and sent, for tests to look at."""

    studies: list[tuple[Dataset, ...]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def clear(self) -> None:
        """Forget all of it."""
        self.studies.clear()
        self.statuses.clear()


class VendorNode:
    """A simulated box on the loopback interface, started and stopped as often as needed.

    Parameters
    ----------
    answer : callable
        Makes the objects that are sent back out of the images of one study.
    to : tuple of str and int
        AE title and port to which answers go.
    aet : str
        AE title.
    port : int
        0 takes a free port at the first start and returns to it at later ones.
    manners : Manners
        May be replaced while it works.
    """

    def __init__(
        self, answer: Answerer, *, to: tuple[str, int], aet: str = "VENDORSIM", port: int = 0, manners: Manners = POLITE
    ) -> None:
        self.aet = aet
        self.manners = manners
        self.account = Account()
        self._answer = answer
        self._to = to
        self._port = port
        self._lock = threading.Lock()
        self._coming: dict[Association, dict[str, list[Dataset]]] = {}
        self._entity: AE | None = None
        self._work: ThreadPoolExecutor | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, 0 before the first start."""
        return self._port

    def behave(self, **values: object) -> None:
        """Change its manners."""
        self.manners = replace(self.manners, **values)  # type: ignore[arg-type]

    def answer_with(self, answer: Answerer) -> None:
        """Change what it makes of a study."""
        self._answer = answer

    def answer_to(self, to: tuple[str, int]) -> None:
        """Send answers to another AE title and port."""
        self._to = to

    def start(self) -> Self:
        """Listen; once this returns the port takes connections."""
        entity = AE(ae_title=self.aet)
        entity.maximum_pdu_size = 0
        entity.maximum_associations = 50
        handlers = [
            *socket_handlers(),
            (evt.EVT_REQUESTED, self._on_association),
            (evt.EVT_C_ECHO, lambda _: protocol.SUCCESS),
            (evt.EVT_C_STORE, self._on_store),
            (evt.EVT_RELEASED, self._on_end),
            (evt.EVT_ABORTED, self._on_end),
            (evt.EVT_CONN_CLOSE, self._on_end),  # a caller that was killed: what it sent is worked on all the same
        ]
        contexts = [protocol.context_for(protocol.VERIFICATION)]
        server = entity.start_server((HOST, self._port), block=False, evt_handlers=handlers, contexts=contexts)
        if server is None or server.socket is None:
            message = f"simulator {self.aet} does not listen"
            raise PeerError(message)
        self._port = server.socket.getsockname()[1]
        self._entity = entity
        self._work = ThreadPoolExecutor(max_workers=MOST_AT_ONCE, thread_name_prefix=self.aet)
        logger.info("simulator %s (no product) listens on %s:%d", self.aet, HOST, self._port)
        return self

    def stop(self) -> None:
        """Close the port; answers that are under way go out."""
        if self._entity is None or self._work is None:
            return
        self._entity.shutdown()
        self._work.shutdown(cancel_futures=True)
        self._entity = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_association(self, event: evt.Event) -> None:
        protocol.offer(event, lambda _: True)
        refused = self.manners.refuses
        for context in event.assoc.acceptor.supported_contexts:
            context.transfer_syntax = [uid for uid in context.transfer_syntax if str(uid) not in refused]

    def _on_store(self, event: evt.Event) -> int:
        dataset = dcmread(BytesIO(event.encoded_dataset()))
        with self._lock:
            studies = self._coming.setdefault(event.assoc, {})
            studies.setdefault(str(dataset.StudyInstanceUID), []).append(dataset)
        return self.manners.status

    def _on_end(self, event: evt.Event) -> None:
        with self._lock:
            studies = self._coming.pop(event.assoc, {})
        for images in studies.values():
            self.account.studies.append(tuple(images))
            if self._work is not None and self.manners.status == protocol.SUCCESS:
                self._work.submit(self._reply, images)

    def _reply(self, images: Sequence[Dataset]) -> None:
        manners = self.manners
        time.sleep(manners.delay_s)
        for _ in range(manners.times):
            made = list(self._answer(images))
            for item in made:
                manners.alter(item)
            try:
                self.send(made[: round(len(made) * manners.share)])
            except PeerError as error:
                logger.warning("simulator %s: %s", self.aet, error)

    def send(self, objects: Sequence[Dataset]) -> None:
        """Send objects to whom answers go, as an answer or out of the blue.

        Raises
        ------
        PeerError
            There is no association.
        """
        groups = [[item] for item in objects] if self.manners.each_alone else [objects]
        for group in groups:
            if group:
                self._send(group)

    def _send(self, objects: Sequence[Dataset]) -> None:
        entity = AE(ae_title=self.manners.calling_aet or self.aet)
        kinds = {(item.SOPClassUID, item.file_meta.TransferSyntaxUID) for item in objects}
        entity.requested_contexts = [build_context(*kind) for kind in sorted(kinds)]
        aet, port = self._to
        association = entity.associate(HOST, port, ae_title=aet, evt_handlers=socket_handlers())
        if not association.is_established:
            message = f"{aet} at {HOST}:{port} gives no association"
            raise PeerError(message)
        for item in objects:
            answer = association.send_c_store(item)
            self.account.statuses.append(int(answer.Status) if "Status" in answer else -1)
        association.release()
