"""From the click to the first image of a large CT in the quick view, in a real browser."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import slices
from bench.figures import emit_all
from playwright.sync_api import Browser
from tests.e2e.browser import browser, page
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

TARGET_S = 0.7
# Seconds from the start of the navigation to the moment at which the pixels of the first image are on the canvas and
# a frame with them was drawn; the parts before it as the browser tells them.
WATCH = """
window.firstImage = new Promise((resolve) => {
  const told = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  addEventListener('DOMContentLoaded', () => {
    const view = document.getElementById('quick-view');
    if (view.dataset.shown) { told(); return; }
    new MutationObserver((_, seen) => { if (view.dataset.shown) { seen.disconnect(); told(); } })
      .observe(view, { attributes: true, attributeFilter: ['data-shown'] });
  });
});
"""
PARTS = """() => {
  const loaded = performance.getEntriesByType('resource');
  const ends = (end) => loaded.filter(({ name }) => end.test(name)).map((one) => one.responseEnd);
  const first = (end) => Math.min(Infinity, ...ends(end));
  const page = performance.getEntriesByType('navigation')[0].responseEnd;
  const [list, frame] = [first(/\\/images$/), first(/\\/images\\/[^/]+\\/\\d+$/)];
  return { page, scripts: first(/viewer-draw\\.js$/), list, frame };
}"""


def measure(folder: Path, count: int, runs: int) -> None:
    """Open the page of a CT of ``count`` slices ``runs`` times, each in a profile that has kept nothing."""
    with _filled(folder, count) as (one, study), browser() as chromium:
        _opened(chromium, one, study)  # the first after a start reads from disk what is then in memory
        taken: dict[str, list[float]] = {}
        for _ in range(runs):
            for name, moment in _opened(chromium, one, study).items():
                taken.setdefault(name, []).append(moment)
    load = round(os.getloadavg()[0], 1)
    emit_all("quick view: first image", "s", taken.pop("image"), target=TARGET_S, slices=count, load=load)
    for name, seconds in taken.items():
        emit_all(f"quick view: {name} is here", "s", seconds, slices=count)


def _opened(chromium: Browser, one: Site, study: str) -> dict[str, float]:
    with page(chromium) as tab:
        tab.add_init_script(WATCH)
        tab.goto(f"http://127.0.0.1:{one.web_port}/studies/{study}", wait_until="commit")
        image = float(tab.evaluate("window.firstImage"))
        parts: dict[str, float] = tab.evaluate(PARTS)
    return {"image": image / 1000, **{name: value / 1000 for name, value in parts.items()}}


@contextmanager
def _filled(folder: Path, count: int) -> Iterator[tuple[Site, str]]:
    with tempfile.TemporaryDirectory() as name, site(folder, pacs=None) as one:
        one.start()
        (batch,) = slices.written(Path(name), studies=1, each=count, edge=slices.LARGE_EDGE)
        dcmsend(one.dicom_port, batch.folder)
        wait_for(lambda: one.account(batch.study_uid)["state"] == "routed", "the study is complete", 120)
        time.sleep(2)  # what follows the last byte is over
        yield one, batch.study_uid
