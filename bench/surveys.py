"""Five hundred phones that answer a survey at one time: answers a second, how long each waits, whether one is lost."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from bench.figures import emit, emit_all
from tests.e2e.site import Site, site
from tests.e2e.surveying import Phone, opened

PHONES = 500
TARGET_S = 5.0


class _Timed(Phone):
    """Notes how long each request took."""

    def __init__(self, one: Site, seconds: list[float]) -> None:
        super().__init__(one)
        self._seconds = seconds

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Ask, by the clock."""
        begin = time.monotonic()
        answer = super().ask(method, path, form)
        if method == "POST":
            self._seconds.append(time.monotonic() - begin)
        return answer


def measure(folder: Path, phones: int = PHONES) -> None:
    """Measure: every phone begins at once and answers all, each question when the one before is saved."""
    folder.mkdir(parents=True, exist_ok=True)
    with site(folder / "site", pacs=None, apps=[]) as one:
        one.start()
        key, links = opened(one, folder, phones)
        seconds: list[float] = []
        begin = time.monotonic()
        crowd = [threading.Thread(target=_Timed(one, seconds).fill, args=(link, place)) for place, link in _each(links)]
        for phone in crowd:
            phone.start()
        for phone in crowd:
            phone.join()
        took = time.monotonic() - begin
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres") as database:
            one.command("survey", "close", key)
            rows = database.execute("SELECT cells->>'years' FROM survey_said").fetchall()
        lost = phones - len({years for (years,) in rows})
        load = round(os.getloadavg()[0], 1)
        emit("survey: saved a second", "1/s", len(seconds) / took, phones=phones, lost=lost, took_s=took, load=load)
        emit_all("survey: an answer is saved", "s", seconds, target=TARGET_S, phones=phones, lost=lost, load=load)


def _each(links: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(links))
