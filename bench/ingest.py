"""Ingest of CT slices: collega's receiver against competitors, pair by pair, and against the limits."""

import os
import shutil
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import contenders, pressure, slices
from bench.contenders import Contender
from bench.figures import emit_all, emit_missing, emit_ratios
from bench.processes import grown
from bench.ratios import Pair, ratios
from bench.slices import Batch

STUDIES = 4
ASSOCIATIONS = (1, 4)
PAGES = "sources cached, targets empty, sync before each run"


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A competitor, and how many times as fast collega should be at so many associations."""

    name: str
    run: Contender
    at_least: Mapping[int, float]


SYNCED = (
    Rival(name="storescp --fork", run=contenders.storescp, at_least={1: 1.0, 4: 0.85}),
    Rival(name="pynetdicom", run=contenders.pynetdicom, at_least={1: 3.5, 4: 3.5}),
    Rival(name="Orthanc", run=contenders.orthanc_synced, at_least={1: 2.3, 4: 2.3}),
)
UNSYNCED = (
    Rival(name="storescp --fork", run=contenders.storescp, at_least={1: 1.2, 4: 1.2}),
    Rival(name="pynetdicom", run=contenders.pynetdicom, at_least={1: 5.0, 4: 5.0}),
)
LIMITS = {
    "raw TCP to disk, synced": contenders.raw_synced,
    "raw TCP to disk, not synced": contenders.raw_unsynced,
    "storescu into a bare receiver, synced": contenders.bare_synced,
    "storescu into a bare receiver, not synced": contenders.bare_unsynced,
    "storescu alone (storescp --ignore)": contenders.storescp_ignoring,
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of one server took."""

    seconds: float
    server_s: Mapping[str, float]
    sender_s: float
    recorded_after_s: float
    stalled: Mapping[str, float]


def measure(folder: Path, count: int, pairs: int) -> None:
    """Measure with ``count`` slices in four studies, over one association and over four at the same time."""
    batches = slices.written(folder / "source", studies=STUDIES, each=count // STUDIES, edge=slices.LARGE_EDGE)
    for associations in ASSOCIATIONS:
        limits = {
            name: [once(folder / "out", run, batches, associations) for _ in range(pairs)]
            for name, run in LIMITS.items()
        }
        for name, runs in limits.items():
            _tell(f"limit: {name}", runs, batches, associations)
        _compare(folder / "out", contenders.collega, SYNCED, batches, associations, pairs, "synced")
        name = "not synced"
        if contenders.can_switch_syncing():
            _compare(folder / "out", contenders.collega_unsynced, UNSYNCED, batches, associations, pairs, name)
        else:
            why = "this version has no setting dicom.sync"
            for rival in UNSYNCED:
                emit_missing(_named(rival.name, name, associations), "ratio", why)
    shutil.rmtree(folder)


def _compare(  # noqa: PLR0913 - what a comparison is made of
    folder: Path,
    ours: Contender,
    rivals: Sequence[Rival],
    batches: Sequence[Batch],
    associations: int,
    pairs: int,
    words: str,
) -> None:
    """Run collega and each competitor in turn, and again; tell of each, then of the pairs."""
    own: list[Run] = []
    others: defaultdict[str, list[Run]] = defaultdict(list)
    met: defaultdict[str, list[Pair]] = defaultdict(list)
    for _ in range(pairs):
        for rival in rivals:
            own.append(once(folder, ours, batches, associations))
            others[rival.name].append(once(folder, rival.run, batches, associations))
            met[rival.name].append(Pair(ours_s=own[-1].seconds, theirs_s=others[rival.name][-1].seconds))
    _tell(f"collega, {words}", own, batches, associations)
    for name, runs in others.items():
        _tell(f"{name}, beside collega {words}", runs, batches, associations)
    for rival in rivals:
        found = ratios(met[rival.name])
        more = {"slices": sum(len(batch.files) for batch in batches), "page_cache": PAGES}
        emit_ratios(
            _named(rival.name, words, associations), found, at_least=rival.at_least[associations], pairs=found, **more
        )


def _named(rival: str, words: str, associations: int) -> str:
    return f"ingest ratio: collega {words}, times as fast as {rival}, associations: {associations}"


def once(folder: Path, contender: Contender, batches: Sequence[Batch], associations: int) -> Run:
    """Start a server with nothing in it, send everything, count what it has kept, and empty it again.

    Its files stay, without content, until everything is measured: ext4 passes over the inodes of files
    that were deleted within the last minutes, one by one, whenever it makes a file (`recently_deleted`).

    Raises
    ------
    ValueError
        Where the server has not kept what it has taken.
    """
    place = folder / str(len(list(folder.iterdir())) if folder.exists() else 0)
    place.mkdir(parents=True)
    with contender(place / "out") as server:
        os.sync()  # what others have written is not paid for here
        before, stalled = server.cpu(), pressure.stalled_s()
        sent = server.send(batches, associations)
        after = pressure.stalled_s()
        stored = server.stored(batches)
        wanted = sum(len(batch.files) for batch in batches)
        if stored.objects != wanted:
            message = f"{stored.objects} objects are kept, {wanted} were sent"
            raise ValueError(message)
        used = grown(before, server.cpu())
    _empty(place)
    return Run(
        seconds=sent.seconds,
        server_s=used,
        sender_s=sent.cpu_s,
        recorded_after_s=stored.recorded_after_s,
        stalled=pressure.share(stalled, after, sent.seconds),
    )


def _empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.truncate(path, 0)


def _tell(name: str, runs: Sequence[Run], batches: Sequence[Batch], associations: int) -> None:
    files = [file for batch in batches for file in batch.files]
    seconds = [run.seconds for run in runs]
    median = statistics.median(seconds)
    roles = {role: [run.server_s[role] for run in runs] for role in runs[0].server_s}
    roles["sender"] = [run.sender_s for run in runs]
    emit_all(
        f"ingest: {name}, associations: {associations}",
        "s",
        seconds,
        objects=len(files),
        objects_per_s=len(files) / median,
        megabytes_per_s=sum(file.stat().st_size for file in files) / 1e6 / median,
        cpu_ms_per_object={role: statistics.median(spent) * 1000 / len(files) for role, spent in roles.items()},
        recorded_after_s=max(run.recorded_after_s for run in runs),
        stalled={kind: statistics.median(run.stalled[kind] for run in runs) for kind in runs[0].stalled},
    )
