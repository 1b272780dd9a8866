"""Show where the CPU per film goes in the worker or the receiver; see README.md."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.inspect_pacs import PAGE, series  # noqa: E402
from bench.material import apps_to_use, films  # noqa: E402
from tests.e2e.peers import dcmsend, orthanc  # noqa: E402 - the tests are no part of the package
from tests.e2e.site import Site, site, wait_for  # noqa: E402

Stack = Sequence[str]
# What a stack is spent on: the first of these that stands in it, from the innermost frame outwards.
LIBRARIES = (
    "highdicom", "PIL", "pynetdicom", "pydicom", "procrastinate", "psycopg_pool", "psycopg", "numpy", "structlog",
    "collega", "asyncio",
)  # fmt: skip
LEADING_THERE = ("cli", "bootstrap", "adapters/postgres")
FIRST, ROWS = 2, 28


def main() -> None:
    """Send films through a site whose worker or receiver is sampled, and print where its CPU went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=["worker", "receiver"], default="worker")
    parser.add_argument("--films", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _print_all(_sample(folder, asked.role, asked.films), asked.films)


def _sample(folder: Path, role: str, count: int) -> list[tuple[float, Stack]]:
    report = folder / "report.jsonl"
    material = films(folder / "films", count + FIRST)
    with (
        orthanc(folder / "orthanc") as pacs,
        site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=apps_to_use().folders) as one,
    ):
        for other in ("receiver", "web", "worker"):
            if other == role:
                _start_sampled(one, role, report)
            else:
                one.start("--role", other, ready=False)
        wait_for(one.is_ready, "collega is ready")
        dcmsend(one.dicom_port, *material.files)
        wait_for(lambda: series(pacs, PAGE) >= count + FIRST, "all pages are there", 600)
        time.sleep(1)
        one.stop()
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    return [(line["ns"] / 1e6, line["stack"]) for line in lines]


def _start_sampled(one: Site, role: str, report: Path) -> None:
    arguments = [sys.executable, str(ROOT / "bench" / "sampling.py"), str(report), "serve", "--role", role]
    one.processes.append(subprocess.Popen(arguments, env=one.environment, stdin=subprocess.DEVNULL))


def _print_all(samples: Sequence[tuple[float, Stack]], films_sent: int) -> None:
    # What is spent on importing modules is spent once, not on films.
    kept = [(spent / films_sent, stack) for spent, stack in samples if not any("importlib" in part for part in stack)]
    print(f"ms of CPU per film: {sum(spent for spent, _ in kept):.1f} without imports, {films_sent} films")
    _print_table("by library, innermost", kept, lambda stack: [_library(stack)])
    _print_table("by step: outermost function of a stage, else outermost library", kept, lambda stack: [_step(stack)])
    _print_table("inclusive, functions of collega", kept, lambda stack: {_name(part) for part in stack if _own(part)})
    _print_table("inclusive, all functions", kept, lambda stack: {_name(part) for part in stack})
    _print_table("self", kept, lambda stack: [stack[-1]])


def _print_table(title: str, samples: Iterable[tuple[float, Stack]], keys: Callable[[Stack], Iterable[str]]) -> None:
    totals: defaultdict[str, float] = defaultdict(float)
    for spent, stack in samples:
        for key in keys(stack):
            totals[key] += spent
    print(f"\n{title}")
    for key, spent in sorted(totals.items(), key=lambda item: -item[1])[:ROWS]:
        print(f"{spent:8.2f}  {key}")


def _library(stack: Stack) -> str:
    for part in reversed(stack):
        for name in LIBRARIES:
            if f"/{name}/" in part:
                return name
    return "other"


def _step(stack: Stack) -> str:
    """Name what the whole stack is for; frames that only lead there are passed over."""
    for part in stack:
        if _own(part) and not any(f"/collega/{room}/" in part for room in LEADING_THERE):
            return _name(part)
    return next((name for part in stack for name in LIBRARIES[:-2] if f"/{name}/" in part), "python itself")


def _own(part: str) -> bool:
    return "/collega/" in part


def _name(part: str) -> str:
    """Shorten file, line and function to module and function."""
    file, _, function = part.rsplit(":", 2)
    return f"{'/'.join(Path(file).parts[-2:])} {function}"


if __name__ == "__main__":
    main()
