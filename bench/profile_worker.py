"""Show where the CPU per film goes in the worker or the receiver; see README.md."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.inspect_pacs import PAGE, series  # noqa: E402
from bench.material import apps_to_use, films  # noqa: E402
from bench.profile_report import Stack, print_cpu, samples, start_sampled  # noqa: E402
from tests.e2e.peers import dcmsend, orthanc  # noqa: E402 - the tests are no part of the package
from tests.e2e.site import site, wait_for  # noqa: E402

FIRST = 2


def main() -> None:
    """Send films through a site whose worker or receiver is sampled, and print where its CPU went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=["worker", "receiver"], default="worker")
    parser.add_argument("--films", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        print_cpu(_sample(folder, asked.role, asked.films), asked.films, "film")


def _sample(folder: Path, role: str, count: int) -> list[tuple[float, Stack]]:
    report = folder / "report.jsonl"
    material = films(folder / "films", count + FIRST)
    with (
        orthanc(folder / "orthanc") as pacs,
        site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=apps_to_use().folders) as one,
    ):
        for other in ("receiver", "web", "worker"):
            if other == role:
                start_sampled(one, role, report)
            else:
                one.start("--role", other, ready=False)
        wait_for(one.is_ready, "collega is ready")
        dcmsend(one.dicom_port, *material.files)
        wait_for(lambda: series(pacs, PAGE) >= count + FIRST, "all pages are there", 600)
        time.sleep(1)
        one.stop()
    return samples(report)


if __name__ == "__main__":
    main()
