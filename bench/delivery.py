"""A result on its way to the PACS: C-STORE and C-FIND against STOW-RS and QIDO-RS, in turns, to the same Orthanc."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.figures import emit_all, emit_ratios
from tests.e2e.peers import LOOPBACK, Orthanc, orthanc

from collega.accept.study import build, name
from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.sender import WebProof, WebSender
from collega.adapters.rest.server import Server
from collega.model.delivery import Parcel, SendOutcome
from collega.ports.peers import ResultSink

WARM_UP = 3
# What a study with one app brings: a report and a status page.
RESULT = ("sr", "page")


def measure(folder: Path, count: int) -> None:
    """Send ``count`` results by each way, each time a report and a page, until a query shows both."""
    folder.mkdir(parents=True)
    with orthanc(folder / "orthanc") as pacs:
        ways = {"C-STORE + C-FIND": _by_dicom(pacs), "STOW-RS + QIDO-RS": _by_web(pacs)}
        wall: dict[str, list[float]] = {way: [] for way in ways}
        cpu: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(WARM_UP + count):
            for way, sink in ways.items():
                seconds, spent = _one(sink, _result(folder / "objects"))
                if number >= WARM_UP:
                    wall[way].append(seconds)
                    cpu[way].append(spent)
        for way in ways:
            emit_all(f"result delivered and shown: {way}", "s", wall[way])
            emit_all(f"CPU of ours for it: {way}", "s", cpu[way])
    first, second = ways
    for what, values in (("wall", wall), ("CPU", cpu)):
        ratios = [before / after for before, after in zip(values[first], values[second], strict=True)]
        emit_ratios(f"{first} over {second}, {what}", ratios)


def _by_dicom(pacs: Orthanc) -> ResultSink:
    return PacsSender(
        PacsAddress(
            host=LOOPBACK,
            port=pacs.dicom_port,
            aet=pacs.aet,
            calling_aet="COLLEGA",
            timeout_s=10,
            confirm="visible",
            query_level="image",
        )
    )


def _by_web(pacs: Orthanc) -> ResultSink:
    server = WebServer(Server(url=f"http://{LOOPBACK}:{pacs.http_port}/dicom-web", timeout_s=10))
    return WebSender(server, WebProof(confirm="visible", query_level="image"))


def _result(folder: Path) -> Sequence[Parcel]:
    """Build a report and a page by the real builders, under numbers that nobody has had."""
    folder.mkdir(exist_ok=True)
    pieces = build(name(str(uuid4()), datetime.now(UTC), "Europe/Amsterdam", "en"))
    parcels = []
    for kind in RESULT:
        file = folder / f"{kind}.dcm"
        file.write_bytes(pieces[kind].content)
        parcels.append(Parcel(reference=pieces[kind].reference, file=file))
    return parcels


def _one(sink: ResultSink, parcels: Sequence[Parcel]) -> tuple[float, float]:
    """Send once; gives the seconds, and the CPU seconds of this process."""
    clocks: tuple[Callable[[], float], ...] = (time.perf_counter, time.process_time)
    began = [clock() for clock in clocks]
    found = sink.exchange(parcels, [])
    seconds, spent = (clock() - at for clock, at in zip(clocks, began, strict=True))
    taken = all(report.outcome is SendOutcome.ACCEPTED for report in found.reports.values())
    if not taken or len(found.visible) != len(parcels):
        message = f"{len(found.visible)} of {len(parcels)} objects are shown: {found.note or 'not at once'}"
        raise ValueError(message)
    return seconds, spent
