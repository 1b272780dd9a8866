"""One film at a time: how long until its result is visible, by collega's record and from outside."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pydicom
from bench import scanner
from bench.figures import emit_all
from bench.inspect_pacs import PAGE, wait_for_series
from bench.material import Apps, Material
from tests.e2e.peers import Orthanc, orthanc
from tests.e2e.site import Site, site, wait_for

TARGET_SECONDS = 1.0
POLL_SECONDS = 0.02
WARM_UP = 2
# The record of a study, in the order of its events; each step ends with one.
STEPS = ("received", "complete", "queued", "started", "ended", "normalised", "planned", "delivered", "confirmed")


def measure(folder: Path, material: Material, apps: Apps, count: int) -> None:
    """Send films one by one, each when the one before is done with."""
    with (
        orthanc(folder / "orthanc") as pacs,
        site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=apps.folders) as collega,
    ):
        collega.start()
        chosen = material.files[: count + WARM_UP]
        told = [_one(collega, pacs, file) for file in chosen][WARM_UP:]
    names = {
        "complete to visible": "as collega records it: complete until the last result is found by query",
        "complete to visible, from outside": f"Orthanc asked every {POLL_SECONDS * 1000:g} ms",
        "last byte to visible, from outside": "with the quiet time after which a study counts as complete",
    }
    for index, (name, meaning) in enumerate(names.items()):
        target = TARGET_SECONDS if index == 0 else None
        emit_all(name, "s", [seconds[index] for seconds, _ in told], target=target, meaning=meaning)
    for before, after in pairwise(STEPS):
        steps = [moments[after] - moments[before] for _, moments in told if before in moments and after in moments]
        emit_all(f"step: {before} to {after}", "s", steps)


def _one(collega: Site, pacs: Orthanc, file: Path) -> tuple[tuple[float, float, float], Mapping[str, float]]:
    """Send one film; seconds of the three figures, and the moments of its record."""
    study = str(pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID)
    last_byte = scanner.send(collega.dicom_port, file)
    # The page is the last result of a study: once it is there, so is the report.
    seen = wait_for_series(pacs, study, [PAGE], step_s=POLL_SECONDS, seconds=60)
    wait_for(lambda: is_over(collega.account(study)), "the study is confirmed")
    moments = _moments(collega.account(study)["events"])
    time.sleep(0.1)
    recorded = moments["confirmed"] - moments["complete"]
    return (recorded, seen - moments["complete"], seen - last_byte), moments


def is_over(account: Mapping[str, Any]) -> bool:
    """Whether every result of a study was found in the PACS."""
    deliveries = account["deliveries"]
    pages = [item for item in deliveries if item["kind"] == "status_page"]
    return bool(pages) and all(item["state"] == "visible" for item in deliveries)


def _moments(events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Last moment of each kind of event."""
    return {event["kind"]: datetime.fromisoformat(event["at"]).timestamp() for event in events}
