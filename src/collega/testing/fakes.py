"""One fake for each port of `collega.ports`: the world around the steps, without a world.

`FakeStore` has rooms of its own: ``fake_store`` and, below it, one for each part of a transaction.
"""

import shutil
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collega.errors import PeerError, StoreFullError
from collega.model.app import Manifest
from collega.model.delivery import Exchange, Parcel, SendOutcome, SendReport
from collega.model.disk import DiskMark
from collega.model.job import Attempt, AttemptOutcome
from collega.model.result import ObjectReference
from collega.testing.fake_coverage import FakeQuery
from collega.testing.fake_outages import FakeNotifier
from collega.testing.fake_store import FakeStore

__all__ = ["FakeArchive", "FakeClock", "FakeNotifier", "FakeQuery", "FakeRunner", "FakeSink", "FakeStore"]

BEGINNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the present moment."""
        return self._now

    def pass_time(self, **length: float) -> None:
        """Go on by a `timedelta` of the given hours, minutes or seconds."""
        self._now += timedelta(**length)

    def go_to(self, moment: datetime) -> None:
        """Go on to a moment; time never runs back."""
        self._now = max(self._now, moment)


class FakeArchive:
    """A folder without the care for durability; set ``full`` or ``passed``, and it has no room or little.

    What is set as ``after_keeping`` happens once, after the next file has been written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.full = False
        self.passed = DiskMark.AMPLE
        self.after_keeping: Callable[[], object] | None = None
        self.marks: set[str] = set()

    def mark(self, relative: str = "studies", size: int = 0) -> DiskMark:  # noqa: ARG002
        """Say which mark was set."""
        return self.passed

    def path(self, relative: str) -> Path:
        """Where a kept file is."""
        return self.folder / relative

    def keep(self, relative: str, content: bytes) -> None:
        """Write a file."""
        if self.full:
            message = "no room"
            raise StoreFullError(message)
        target = self.path(relative)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        happens, self.after_keeping = self.after_keeping, None
        if happens:
            happens()

    def keep_result(self, relative: str, content: bytes) -> None:
        """Write a file; one of that name that is there already stays."""
        if not self.path(relative).exists():
            self.keep(relative, content)

    def prepare(self) -> None:
        """Make ready: nothing to do."""

    def rest(self) -> None:
        """Let go: there is nothing."""

    def begin(self) -> "FakeFile":
        """Begin a file."""
        if self.full:
            message = "no room"
            raise StoreFullError(message)
        return FakeFile(self)

    def mark_receiving(self, study_key: str) -> None:
        """Note that objects of a study may come."""
        self.marks.add(study_key)

    def unmark_receiving(self, study_key: str) -> None:
        """Note that everything of a study is recorded."""
        self.marks.discard(study_key)

    def marked_receiving(self) -> list[str]:
        """Keys that are marked."""
        return sorted(self.marks)

    def objects_in(self, folder: str) -> list[str]:
        """Names of the objects in a folder and below."""
        return [name for name in self.files(folder) if name.endswith(".dcm")]

    def give(self, relative: str, target: Path) -> None:
        """Let a kept file appear at ``target``."""
        target.write_bytes(self.path(relative).read_bytes())

    def job_folder(self, job_key: str, attempt: int) -> Path:
        """Make the empty folder of one attempt."""
        folder = self.path(f"runs/{job_key}/{attempt}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def drop_job_folder(self, job_key: str) -> None:
        """Remove what the attempts of a job left behind."""
        shutil.rmtree(self.path(f"runs/{job_key}"), ignore_errors=True)

    def old_runs(self, before: datetime, limit: int) -> list[str]:  # noqa: ARG002
        """List keys of jobs whose attempts left something behind, however old."""
        found = self.path("runs")
        return sorted(path.name for path in found.iterdir())[:limit] if found.exists() else []

    def size(self, relative: str) -> tuple[int, int]:
        """Count files and bytes."""
        place = self.path(relative)
        sizes = [path.stat().st_size for path in (place.rglob("*") if place.is_dir() else [place]) if path.is_file()]
        return len(sizes), sum(sizes)

    def remove(self, relatives: Collection[str]) -> tuple[int, int]:
        """Remove files."""
        there = [self.path(relative) for relative in relatives if self.path(relative).exists()]
        size = sum(path.stat().st_size for path in there)
        for path in there:
            path.unlink()
        return len(there), size

    def remove_others(self, folder: str, kept: Collection[str]) -> tuple[int, int]:
        """Remove the objects of a folder that are not named."""
        return self.remove([name for name in self.files(folder) if name.endswith(".dcm") and name not in kept])

    def files(self, below: str = "") -> list[str]:
        """Names of all files, sorted."""
        found = self.path(below).rglob("*") if self.path(below).exists() else ()
        return sorted(str(path.relative_to(self.folder)) for path in found if path.is_file())


class FakeFile:
    """See `collega.ports.machine.OpenFile`."""

    def __init__(self, archive: FakeArchive) -> None:
        self._archive = archive
        self._content = bytearray()

    @property
    def size(self) -> int:
        """Bytes so far."""
        return len(self._content)

    def write(self, *parts: bytes | memoryview) -> None:
        """Append."""
        if self._archive.full:
            message = "no room"
            raise StoreFullError(message)
        self._content += b"".join(parts)

    def read(self) -> bytes:
        """Everything that was written."""
        return bytes(self._content)

    def keep(self, relative: str) -> None:
        """Give it its name."""
        self._archive.keep_result(relative, self.read())

    def close(self) -> None:
        """Let go of it."""


class FakeRunner:
    """Runs a function in place of an app.

    Parameters
    ----------
    app : callable
        Called with the folders of inputs and outputs; what it returns is how the attempt ended,
        None stands for an answer. It may raise `TransientError`.
    """

    def __init__(self, app: Callable[[Path, Path], AttemptOutcome | None]) -> None:
        self._app = app
        self.count = 0

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:  # noqa: ARG002
        """Run once."""
        self.count += 1
        outcome = self._app(inputs, outputs) or AttemptOutcome.ANSWERED
        return Attempt(outcome=outcome, detail="", isolation=("fake",), wall_s=0.1, cpu_s=0.1, peak_mb=1.0)


class FakeSink:
    """A PACS of which each weakness can be set.

    Attributes
    ----------
    away : bool
        No association can be had.
    answers : dict
        Outcome of C-STORE by SOP Class UID; accepted where it is not named.
    hides : bool
        Objects are taken, yet no query shows them.
    note : str
        Why nothing can be confirmed.
    commits : bool
        It shows nothing, and commits at once to keep what it has.
    uncommitted : dict
        Why it does not commit, by SOP Class UID.
    log : list
        For each association, the UIDs that were sent and those that were asked for.
    """

    def __init__(self) -> None:
        self.away = False
        self.answers: dict[str, SendOutcome] = {}
        self.hides = False
        self.note = ""
        self.commits = False
        self.uncommitted: dict[str, int] = {}
        self.kept: dict[str, bytes] = {}
        self.log: list[tuple[list[str], list[str]]] = []

    def exchange(self, store: Sequence[Parcel], ask: Sequence[ObjectReference]) -> Exchange:
        """Take objects, then say which of them and of those asked for are there."""
        self.log.append(([item.reference.sop_instance_uid for item in store], [item.sop_instance_uid for item in ask]))
        if self.away:
            message = "the PACS does not answer"
            raise PeerError(message)
        reports = {item.reference.sop_instance_uid: self._take(item.reference, item.file) for item in store}
        references = [*(parcel.reference for parcel in store), *ask]
        wanted = {item.sop_instance_uid for item in references}
        if self.commits or self.uncommitted:
            why = {item.sop_instance_uid: self.uncommitted.get(item.sop_class_uid) for item in references}
            failed = {uid: reason for uid, reason in why.items() if reason is not None}
            done = frozenset(wanted & set(self.kept)) - set(failed)
            return Exchange(reports=reports, committed=done if self.commits else frozenset(), uncommitted=failed)
        shown = frozenset() if self.hides or self.note else frozenset(wanted & set(self.kept))
        return Exchange(reports=reports, visible=shown, note=self.note)

    def _take(self, reference: ObjectReference, path: Path) -> SendReport:
        uid = reference.sop_instance_uid
        outcome = self.answers.get(reference.sop_class_uid, SendOutcome.ACCEPTED)
        if outcome is SendOutcome.ACCEPTED:
            self.kept[uid] = path.read_bytes()
        return SendReport(sop_instance_uid=uid, outcome=outcome, status=None, detail=outcome.value)

    @property
    def sent(self) -> list[str]:
        """UIDs of all objects that were offered, in order, repetitions included."""
        return [uid for sent, _ in self.log for uid in sent]
