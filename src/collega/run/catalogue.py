"""The apps of a running site: a folder that is added, changed or taken away counts from the next look."""

import time
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from pathlib import Path

from collega.errors import ManifestError
from collega.model.app import Manifest
from collega.run.manifest import FILE, app_folders, read_manifest

LOOK_SECONDS = 1.0


def unchanged(app: Manifest) -> Manifest:
    """Leave a manifest as its maker wrote it."""
    return app


class LiveCatalogue(Mapping[str, Manifest]):
    """The apps by id, read anew where a manifest has changed.

    A manifest that is wrong takes no other app along: the app stays as it was last read, or is left
    out, and the problem is told once.

    Parameters
    ----------
    folders : sequence of Path
        As `collega.run.manifest.app_folders` takes them.
    tell : callable, optional
        Called with a sentence for each app that comes, changes, goes, or cannot be read.
    clock : callable
        Seconds that only increase.
    amend : callable
        What the site adds to a manifest that was read; it may refuse it like `read_manifest`.

    Raises
    ------
    ManifestError
        There are folders of apps, and not one of them can be read.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        tell: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        *,
        amend: Callable[[Manifest], Manifest] = unchanged,
    ) -> None:
        self._folders, self._tell, self._clock, self._amend = tuple(folders), tell, clock, amend
        self._seen: dict[Path, tuple[int, ...]] = {}
        self._read: dict[Path, Manifest] = {}
        self._problems: dict[Path, str] = {}
        self._apps: dict[str, Manifest] = {}
        self._looked_at = self._clock()
        self._look()
        if self._problems and not self._apps:
            raise ManifestError("\n".join(self._problems.values()))

    @property
    def problems(self) -> Mapping[Path, str]:
        """What is wrong with folders that cannot be read, a line each."""
        self._present()
        return dict(self._problems)

    def __getitem__(self, app_id: str) -> Manifest:
        return self._present()[app_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._present())

    def items(self) -> ItemsView[str, Manifest]:
        """Give the apps as they are now, looked at once: each image that comes asks."""
        return self._present().items()

    def __len__(self) -> int:
        return len(self._present())

    def _present(self) -> dict[str, Manifest]:
        """Give the apps; a snapshot, which later looks leave alone."""
        now = self._clock()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._look()
        return self._apps

    def _look(self) -> None:
        try:
            present = app_folders(self._folders)
        except ManifestError as error:
            self._stay(error)
            return
        for folder in self._folders:
            if folder not in present:
                self._problems.pop(folder, None)
        seen = {folder: signature for folder in present if (signature := _signature(folder))}
        if seen == self._seen:
            return
        changed = [folder for folder, signature in seen.items() if self._seen.get(folder) != signature]
        gone = [folder for folder in self._seen if folder not in seen]
        self._seen = seen
        for folder in gone:
            self._problems.pop(folder, None)
            if (app := self._read.pop(folder, None)) is not None:
                self._tell(f"{app.id} {app.version} is gone: {folder}")
        for folder in changed:
            self._take(folder)
        self._apps = {app.id: app for app in self._read.values()}

    def _stay(self, error: ManifestError) -> None:
        """Go on with what was read where a folder of apps is away: one that is not mounted removes no app."""
        if not self._seen:
            raise error
        for folder in self._folders:
            if not folder.is_dir() and folder not in self._problems:
                self._problems[folder] = str(error)
                self._tell(str(error))

    def _take(self, folder: Path) -> None:
        self._problems.pop(folder, None)
        try:
            app = self._amend(read_manifest(folder))
            self._refuse_twin(app, folder)
        except ManifestError as error:
            self._problems[folder] = str(error)
            self._tell(str(error))
            return
        before = self._read.get(folder)
        self._read[folder] = app
        if before != app:
            self._tell(f"{app.id} {app.version} is {'read anew' if before else 'here'}: {folder}")

    def _refuse_twin(self, app: Manifest, folder: Path) -> None:
        for other, known in self._read.items():
            if known.id == app.id and other != folder:
                message = f"{folder / FILE}: app.id {app.id!r} is taken by {other}"
                raise ManifestError(message)


def _signature(folder: Path) -> tuple[int, ...]:
    """Tell whether a manifest has changed; empty where it is gone."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
