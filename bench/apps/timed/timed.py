"""An app that says how long it took itself: what is left of an attempt is its runtime's."""

import time
from pathlib import Path

OWN_SECONDS = 0.05


def run(inputs: Path, outputs: Path) -> None:
    """Read what it was given, wait, and write down the seconds in between."""
    began = time.perf_counter()
    (inputs / "study.json").read_text(encoding="utf-8")
    time.sleep(OWN_SECONDS)
    (outputs / "took").write_text(f"{time.perf_counter() - began:.6f}", encoding="utf-8")
