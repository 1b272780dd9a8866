"""A PACS at its first meeting, an ear and a machine, each with the moods that a check must cope with."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread

from collega.errors import ConfigurationError, PeerError
from collega.model.delivery import SendOutcome, SendReport
from collega.model.host import MachineFacts
from collega.model.peer import CommitmentAnswer, Fault, Greeting
from collega.model.result import ObjectReference

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
SUCCESS, NOT_SUPPORTED, COERCED = 0x0000, 0x0122, 0xB000
UNIQUE = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}


class FakeProbe:
    """A PACS in memory.

    Attributes
    ----------
    fault : Fault or None
        Why there is no association.
    echo_status : int or None
        Answer to C-ECHO.
    rejected_classes, refused_classes : set of str
        SOP classes without a presentation context; those answered with 0122.
    levels : set of str
        Levels of query that are answered.
    late : int
        How many queries see nothing yet.
    coerced : dict of str to str
        Values that replace what comes in, by keyword.
    commits : bool or None
        Whether it commits on the same association; None never reports.
    commitment_status : int
        Answer to N-ACTION.
    honours_rejection : bool
        Hide what a rejection note names.
    falls_silent : bool
        No association any more once the first was had.
    ignores_keys : bool
        Queries are answered with everything.
    one_syntax : set of str
        SOP classes that are taken in implicit VR alone.
    """

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.echo_status: int | None = SUCCESS
        self.rejected_classes: set[str] = set()
        self.refused_classes: set[str] = set()
        self.levels = set(UNIQUE)
        self.late = 0
        self.coerced: dict[str, str] = {}
        self.commits: bool | None = True
        self.commitment_status = SUCCESS
        self.honours_rejection = False
        self.falls_silent = False
        self.ignores_keys = False
        self.one_syntax: set[str] = set()
        self.kept: dict[str, Dataset] = {}

    def greet(self, sop_classes: Sequence[str]) -> Greeting:
        """Accept what is not rejected."""
        if self.fault is not None:
            return Greeting(fault=self.fault, detail="fake")
        accepted = {
            uid: (IMPLICIT,) if uid in self.one_syntax else (EXPLICIT, IMPLICIT)
            for uid in (VERIFICATION, *sop_classes)
            if uid not in self.rejected_classes
        }
        return Greeting(
            accepted=accepted, echo_status=self.echo_status, connect_s=0.001, associate_s=0.002, echo_s=0.001
        )

    def store(self, objects: Sequence[bytes]) -> Sequence[SendReport]:
        """Keep what is neither rejected nor refused."""
        self._reach()
        return [self._keep(dcmread(BytesIO(content))) for content in objects]

    def find(self, level: str, keys: Mapping[str, str], asked: Sequence[str]) -> Sequence[Mapping[str, str]] | None:
        """Show what is kept, once ``late`` queries have gone by."""
        self._reach()
        if level not in self.levels or STUDY_ROOT_FIND in self.rejected_classes:
            return None
        if self.late:
            self.late -= 1
            return []
        rows = {}
        for one in self._shown():
            if self.ignores_keys or all(str(one.get(keyword)) == value for keyword, value in keys.items()):
                rows[str(one[UNIQUE[level]].value)] = {name: str(one.get(name, "")) for name in (*keys, *asked)}
        return list(rows.values())

    def ask_commitment(
        self, references: Sequence[ObjectReference], *, keep_open_s: float, heard: Callable[[], bool]
    ) -> CommitmentAnswer:
        """Answer at once, on the same association, or never."""
        del keep_open_s, heard
        self._reach()
        if STORAGE_COMMITMENT in self.rejected_classes:
            return CommitmentAnswer(offered=False)
        if self.commitment_status != SUCCESS or self.commits is None:
            return CommitmentAnswer(offered=True, status=self.commitment_status)
        uids = frozenset(reference.sop_instance_uid for reference in references)
        known = uids & set(self.kept) if self.commits else frozenset()
        return CommitmentAnswer(offered=True, status=SUCCESS, done=known, failed=uids - known)

    def _reach(self) -> None:
        if self.fault is not None or self.falls_silent:
            message = "fake: no association"
            raise PeerError(message)

    def _keep(self, dataset: Dataset) -> SendReport:
        uid, sop_class = str(dataset.SOPInstanceUID), str(dataset.SOPClassUID)
        if sop_class in self.rejected_classes:
            return SendReport(sop_instance_uid=uid, outcome=SendOutcome.REFUSED, status=None, detail="no context")
        if sop_class in self.refused_classes:
            detail = f"status {NOT_SUPPORTED:04X}"
            return SendReport(sop_instance_uid=uid, outcome=SendOutcome.REFUSED, status=NOT_SUPPORTED, detail=detail)
        for keyword, value in self.coerced.items():
            setattr(dataset, keyword, value)
        self.kept[uid] = dataset
        status = COERCED if self.coerced else SUCCESS
        detail = " ".join([f"status {status:04X}", *self.coerced])
        return SendReport(sop_instance_uid=uid, outcome=SendOutcome.ACCEPTED, status=status, detail=detail)

    def _shown(self) -> list[Dataset]:
        rejects = self.honours_rejection and any(one.SOPClassUID == KEY_OBJECTS for one in self.kept.values())
        return [] if rejects else list(self.kept.values())


class FakeEar:
    """Hears what a test says that it hears; set ``taken`` and the port is somebody else's."""

    def __init__(self) -> None:
        self.done: frozenset[str] = frozenset()
        self.failed: frozenset[str] = frozenset()
        self.taken = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[str]:
        """Listen for the block."""
        if self.taken:
            message = "the port is taken"
            raise ConfigurationError(message)
        yield "fake"

    def heard(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return what was heard."""
        return self.done, self.failed


class FakeMachine:
    """A machine on which all is well, until a test says otherwise."""

    def __init__(self) -> None:
        self.now = MachineFacts(
            name="fake",
            synchronised=True,
            zone_name="CET",
            utc_offset=timedelta(hours=1),
            free_mb=100_000,
            write_s=0.001,
            memory_mb=16_384,
            cores=4,
            modes={"studies": 0o700, "results": 0o700},
        )

    def facts(self, data: Path) -> MachineFacts:
        """Return the facts as they were set."""
        del data
        return self.now
