"""Peers on the network: a PACS, and those who are told when AI is out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import date
from typing import Protocol

from collega.model.availability import Available
from collega.model.coverage import Moved, PacsCount, PacsSeries, PacsStudy
from collega.model.delivery import Exchange, Parcel, SendReport
from collega.model.outage import Notice
from collega.model.peer import CommitmentAnswer, Greeting
from collega.model.result import ObjectReference


class ResultSink(Protocol):
    """A PACS that takes results."""

    def exchange(self, store: Sequence[Parcel], ask: Sequence[ObjectReference]) -> Exchange:
        """Send objects, and ask for those and others whether they have arrived, over one association.

        Blocks; call it off the event loop.

        Raises
        ------
        PeerError
            No association could be had.
        """
        ...


class AvailabilitySink(Protocol):
    """A peer that is told which results can be had from the PACS."""

    def tell(self, said: Available) -> None:
        """Tell it; blocks, so call it off the event loop.

        Raises
        ------
        PeerError
            It was not told: it is away, or cannot take it now.
        RefusedError
            It will never take it.
        """
        ...


class PacsProbe(Protocol):
    """A PACS at the first meeting; every method blocks, and takes an association of its own."""

    def greet(self, sop_classes: Sequence[str]) -> Greeting:
        """Connect, propose each SOP class with each of our transfer syntaxes, send a C-ECHO; a fault is an answer."""
        ...

    def store(self, objects: Sequence[bytes]) -> Sequence[SendReport]:
        """Send whole files; `PeerError` where no association could be had."""
        ...

    def find(self, level: str, keys: Mapping[str, str], asked: Sequence[str]) -> Sequence[Mapping[str, str]] | None:
        """Query by study root; None where the PACS offers or allows no such query, `PeerError` without an answer."""
        ...

    def ask_commitment(
        self, references: Sequence[ObjectReference], *, keep_open_s: float, heard: Callable[[], bool]
    ) -> CommitmentAnswer:
        """Ask to commit, and stay on the association until a report came there, or elsewhere by ``heard``.

        `PeerError` where no association could be had.
        """
        ...


class CommitmentEar(Protocol):
    """Hears the commitment reports that a PACS sends to our port, whoever listens there."""

    def listening(self) -> AbstractContextManager[str]:
        """Listen for the block; yields who listens. `ConfigurationError` where the port cannot be had."""
        ...

    def heard(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the SOP Instance UIDs of the test patient that were reported as committed, and as failed."""
        ...


class PacsQuery(Protocol):
    """A PACS that says what it has; each call blocks, so call it off the event loop.

    Every call raises `PeerError` where the PACS cannot be reached or gives no whole answer.
    """

    def studies(self, first: date, last: date) -> Sequence[PacsStudy]:
        """List the studies of some days, both included."""
        ...

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies; a study for which none are named is left out."""
        ...

    def counts(self, study_instance_uids: Sequence[str]) -> Mapping[str, PacsCount]:
        """Count the objects of studies; one that the PACS does not know is left out."""
        ...

    def move(self, study_instance_uid: str, destination: str) -> Moved:
        """Have a study sent to an AE title."""
        ...


class MessageSink(Protocol):
    """The systems that messages go to, by the names that the settings give them."""

    def connected(self, destination: str) -> AbstractAsyncContextManager[Callable[[bytes], Awaitable[bytes]]]:
        """Connect for the block; what it gives sends one message and waits for the answer to it.

        Raises
        ------
        PeerError
            There is no connection, it broke off, or no answer came in time.
        """
        ...


class Notifier(Protocol):
    """The ways out of the house by which people are told: mail and web hooks."""

    def send(self, notice: Notice) -> None:
        """Send one notice on its channel; blocks, so call it off the event loop.

        Raises
        ------
        PeerError
            It did not go out.
        """
        ...
