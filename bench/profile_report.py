"""Tables of what was sampled: milliseconds by library, by step, by function."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.e2e.site import Site

ROOT = Path(__file__).resolve().parent.parent
Stack = Sequence[str]
# What a stack is spent on: the first of these that stands in it, from the innermost frame outwards.
LIBRARIES = (
    "highdicom", "PIL", "pynetdicom", "pydicom", "procrastinate", "psycopg_pool", "psycopg", "numpy", "structlog",
    "collega", "asyncio",
)  # fmt: skip
LEADING_THERE = ("cli", "bootstrap", "adapters/postgres")
ROWS = 28


def start_sampled(one: Site, role: str, report: Path, *, waits: bool = False) -> subprocess.Popen[bytes]:
    """Start one role of a site with the sampler in it; ``waits``: also of threads that use no CPU."""
    what = "waits" if waits else "cpu"
    arguments = [sys.executable, str(ROOT / "bench" / "sampling.py"), str(report), what, "serve", "--role", role]
    process = subprocess.Popen(arguments, env=one.environment, stdin=subprocess.DEVNULL)
    one.processes.append(process)
    return process


def samples(report: Path, kind: str = "ns") -> list[tuple[float, Stack]]:
    """Read milliseconds by stack: of CPU (``ns``), or of time passed (``wall_ns``)."""
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    return [(line[kind] / 1e6, line["stack"]) for line in lines if line[kind]]


def print_cpu(spent: Iterable[tuple[float, Stack]], count: int, what: str) -> None:
    """Print where the CPU went, for each of ``count`` things."""
    kept = per(spent, count)
    print(f"ms of CPU per {what}: {sum(spent for spent, _ in kept):.1f} without imports, {count} of them")
    print_table("by library, innermost", kept, lambda stack: [_library(stack)])
    print_table("by step: outermost function of a stage, else outermost library", kept, lambda stack: [_step(stack)])
    print_table("inclusive, functions of collega", kept, lambda stack: {short(part) for part in stack if is_own(part)})
    print_table("inclusive, all functions", kept, lambda stack: {short(part) for part in stack})
    print_table("self", kept, lambda stack: [stack[-1]])


def per(spent: Iterable[tuple[float, Stack]], count: int) -> list[tuple[float, Stack]]:
    """Share among ``count`` things; importing modules is left out, it is done once."""
    return [(one / count, stack) for one, stack in spent if not any("importlib" in part for part in stack)]


def print_table(title: str, samples: Iterable[tuple[float, Stack]], keys: Callable[[Stack], Iterable[str]]) -> None:
    """Print the largest sums by key."""
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
        if is_own(part) and not any(f"/collega/{room}/" in part for room in LEADING_THERE):
            return short(part)
    return next((name for part in stack for name in LIBRARIES[:-2] if f"/{name}/" in part), "python itself")


def is_own(part: str) -> bool:
    """Whether a frame is collega's."""
    return "/collega/" in part


def short(part: str) -> str:
    """Shorten file, line and function to module and function."""
    file, _, function = part.rsplit(":", 2)
    return f"{'/'.join(Path(file).parts[-2:])} {function}"
