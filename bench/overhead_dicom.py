"""What a vendor's box costs beside its own time: from the start of the attempt until its answer is taken."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bench.figures import emit_all
from pydicom.dataset import Dataset
from tests.e2e.boxes import BoxedSite, boxed_site
from tests.e2e.films import account, kinds, write_film
from tests.e2e.peers import dcmsend, wait_until

from collega.testing.vendor_answers import report

TARGET_S = 0.15


class Box:
    """Answers with one report, and notes how long it took to make it."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    def __call__(self, images: Sequence[Dataset]) -> Sequence[Dataset]:
        """Make the report."""
        began = time.perf_counter()
        made = report(images)
        self.took[str(images[0].StudyInstanceUID)] = time.perf_counter() - began
        return [made]


def measure(folder: Path, runs: int) -> None:
    """Send so many films, one after the other, on the whole line; the first is not counted."""
    box = Box()
    with boxed_site(folder, box, None, words=["X-thorax"], settle=0.0) as house:
        spent = [_one(house, box, folder / "films", number) for number in range(runs + 1)]
    emit_all("overhead of a run: dicom", "s", spent[1:], target=TARGET_S)


def _one(house: BoxedSite, box: Box, films: Path, number: int) -> float:
    film = write_film(films, f"overhead-{number}")
    dcmsend(house.site.dicom_port, film.path)
    wait_until(lambda: "ended" in kinds(account(house.site, film.study)), "the box has answered", 30)
    at = {event["kind"]: datetime.fromisoformat(event["at"]) for event in account(house.site, film.study)["events"]}
    return (at["ended"] - at["started"]).total_seconds() - box.took[film.study]
