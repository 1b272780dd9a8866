"""The machine that collega runs on: its clock, its files, its way to start an app."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from collega.model.app import Manifest
from collega.model.disk import DiskMark
from collega.model.host import MachineFacts
from collega.model.job import Attempt


class Clock(Protocol):
    """Time as the pipeline sees it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class OpenFile(Protocol):
    """A file without a name yet: what is let go of without `keep` is gone."""

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    def write(self, *parts: bytes | memoryview) -> None:
        """Append; `StoreFullError` where there is no room."""
        ...

    def read(self) -> bytes:
        """Everything that was written."""
        ...

    def keep(self, relative: str) -> None:
        """Make it durable under its name; one of that name that is there already stays as it is."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Archive(Protocol):
    """The folder of studies, app runs and results."""

    def path(self, relative: str) -> Path:
        """Where a kept file is."""
        ...

    def mark(self, relative: str = "studies", size: int = 0) -> DiskMark:
        """Say which mark the disk of a place has passed, or would pass with ``size`` bytes more."""
        ...

    def keep(self, relative: str, content: bytes) -> None:
        """Write a file that is whole and durable on return; `StoreFullError` where there is no room."""
        ...

    def keep_result(self, relative: str, content: bytes) -> None:
        """Write a result object durably; a second call with the same name keeps the first file."""
        ...

    def begin(self) -> OpenFile:
        """Begin a file whose name will be known at its end; `StoreFullError` where there is no room."""
        ...

    def prepare(self) -> None:
        """Make the next `begin` fast."""
        ...

    def rest(self) -> None:
        """Let go of what `prepare` made ready, when nobody sends."""
        ...

    def mark_receiving(self, study_key: str) -> None:
        """Note durably that objects of a study may be on disk before they are recorded."""
        ...

    def unmark_receiving(self, study_key: str) -> None:
        """Note that everything of a study is recorded."""
        ...

    def marked_receiving(self) -> Sequence[str]:
        """Keys of the studies that are marked so."""
        ...

    def objects_in(self, folder: str) -> Sequence[str]:
        """Names of the objects in a folder and below."""
        ...

    def give(self, relative: str, target: Path) -> None:
        """Let a kept file appear at ``target`` for an app."""
        ...

    def job_folder(self, job_key: str, attempt: int) -> Path:
        """Make the empty folder of one attempt."""
        ...

    def drop_job_folder(self, job_key: str) -> None:
        """Remove what the attempts of a job left behind."""
        ...

    def old_runs(self, before: datetime, limit: int) -> Sequence[str]:
        """List keys of jobs whose attempts left something behind before then."""
        ...

    def size(self, relative: str) -> tuple[int, int]:
        """Count files and bytes at a place; nothing where there is none."""
        ...

    def remove(self, relatives: Collection[str]) -> tuple[int, int]:
        """Remove files; returns how many there were, and their bytes."""
        ...

    def remove_others(self, folder: str, kept: Collection[str]) -> tuple[int, int]:
        """Remove the objects of a folder that are not named; returns files and bytes."""
        ...


class AppRunner(Protocol):
    """Starts an app, isolated, and waits for it."""

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Run once; every way of failing is an `AttemptOutcome`, `TransientError` where it never began."""
        ...


class Machine(Protocol):
    """The machine that collega runs on."""

    def facts(self, data: Path) -> MachineFacts:
        """Measure it; ``data`` is the data folder, in which a small file is written and removed."""
        ...
