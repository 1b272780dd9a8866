"""All films in one go: dcmsend to collega to Orthanc, until every result stands there."""

import resource
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import emit
from bench.inspect_pacs import PAGE, REPORT, series
from bench.material import Apps, Material
from bench.processes import by_role, cpu_s, grown
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site

TARGET_SECONDS, TARGET_FILMS = 180.0, 590
IDLE = frozenset({"done", "superseded", "discarded"})
STALL_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Results:
    """Seconds that the line took, and a copy of what it delivered."""

    seconds: float
    folder: Path
    objects: int


def measure(folder: Path, material: Material, apps: Apps) -> Results:
    """Send everything and tell what it took."""
    with (
        orthanc(folder / "orthanc") as pacs,
        site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=apps.folders) as collega,
    ):
        collega.start()
        time.sleep(1.0)
        before, pacs_before, sender_before = by_role(collega, cpu_s), cpu_s(pacs.pid), _children_s()
        begin = time.monotonic()
        dcmsend(collega.dicom_port, *material.files)
        sent = time.monotonic() - begin
        sender = _children_s() - sender_before
        reports, pages, seconds = _wait(pacs, collega, len(material.files), begin)
        used = grown(before, by_role(collega, cpu_s))
        peers = {"orthanc": cpu_s(pacs.pid) - pacs_before, "dcmsend": sender}
        films = len(material.files)
        rows = collega.get("/api/worklist?limit=1000")
        emit(
            "films end to end",
            "s",
            seconds,
            target=TARGET_SECONDS * films / TARGET_FILMS,
            films=films,
            sent_s=sent,
            reports=reports,
            pages=pages,
            outcomes=dict(Counter(str(app["outcome"]) for row in rows for app in row["apps"])),
        )
        emit("films per second", "1/s", films / seconds, films=films)
        app = _app_s(collega, [row["study_instance_uid"] for row in rows])
        _tell_cpu("cpu per film", films, used, app=app / films)
        _tell_cpu("cpu per film, peers", films, peers)
    results = folder / "site" / "data" / "results"
    return Results(seconds=seconds, folder=results, objects=len(list(results.rglob("*.dcm"))))


def _wait(pacs: Orthanc, collega: Site, films: int, begin: float) -> tuple[int, int, float]:
    """Wait until nothing more comes: all are there, or films were refused and every job has ended."""
    before, since = (0, 0), time.monotonic()
    while True:
        now = (series(pacs, REPORT), series(pacs, PAGE))
        if now != before:
            before, since = now, time.monotonic()
        quiet = time.monotonic() - since
        if min(now) >= films or quiet > STALL_SECONDS or (now[1] >= films and quiet > 1.0 and _all_ended(collega)):
            return *now, since - begin
        time.sleep(0.25)


def _all_ended(collega: Site) -> bool:
    return all(app["state"] in IDLE for row in collega.get("/api/worklist?limit=1000") for app in row["apps"])


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tell_cpu(name: str, films: int, used: Mapping[str, float], **more: float) -> None:
    per_film = {process: total / films for process, total in used.items()}
    emit(name, "s", sum(per_film.values()), films=films, by_process=per_film, **more)


def _app_s(collega: Site, studies: Iterable[str]) -> float:
    """CPU seconds of all attempts, as each was recorded when it ended."""
    total = 0.0
    for study in studies:
        jobs: list[dict[str, Any]] = collega.account(study)["jobs"]
        total += sum(attempt["cpu_s"] or 0.0 for job in jobs for attempt in job["attempts"])
    return total
