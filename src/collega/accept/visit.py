"""What the steps of one run share, and what they leave for the steps after them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from collega.accept.study import Names, Piece
from collega.model.delivery import SendOutcome, SendReport
from collega.model.host import AppFacts, Arranged, DatabaseFacts, MachineFacts
from collega.model.peer import Greeting
from collega.model.result import ObjectReference
from collega.ports.peers import CommitmentEar, PacsProbe


@dataclass(kw_only=True, slots=True)
class Visit:
    """One run: whom it asks, what it was told beforehand, and what it has done so far.

    ``reach`` opens and closes a connection for messages to a destination, or without a name to our own port, and says
    what stands in the way; nothing where there is one.
    ``wait_s`` is how long it waits for the PACS to show, to commit, to hide; ``leave`` lets the test patient stand
    for people to look at; ``told`` is the peer of Instance Availability Notification, None where there is none.
    """

    pacs: PacsProbe
    own: PacsProbe
    ear: CommitmentEar
    names: Names
    pieces: Mapping[str, Piece]
    machine: MachineFacts
    database: DatabaseFacts
    arranged: Arranged
    wait_s: float
    reach: Callable[[str], str]
    told: PacsProbe | None = None
    apps: Sequence[AppFacts] = ()
    greeting: Greeting = field(default_factory=Greeting)
    reports: dict[str, SendReport] = field(default_factory=dict)
    shown_at: str = ""
    committed: bool = False
    commits_at_once: bool = False
    leave: bool = False
    hides: bool = False

    def offers(self, sop_class: str) -> bool:
        """Whether the PACS takes part in a SOP class."""
        return sop_class in self.greeting.accepted

    @property
    def stored(self) -> list[Piece]:
        """Everything that the PACS has taken."""
        return [self.pieces[kind] for kind, report in self.reports.items() if report.outcome is SendOutcome.ACCEPTED]

    @property
    def attempted(self) -> list[Piece]:
        """Everything that may stand in the PACS: taken, or sent without an answer."""
        refused = SendOutcome.REFUSED
        return [self.pieces[kind] for kind, report in self.reports.items() if report.outcome is not refused]

    @property
    def references(self) -> list[ObjectReference]:
        """References to everything that may stand in the PACS."""
        return [piece.reference for piece in self.attempted]
