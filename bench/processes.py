"""CPU and memory of collega's processes, as the kernel counts them (proc_pid_stat(5), proc_pid_smaps(5))."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.e2e.site import Site, family

from collega.testing.ports import owned_by

TICKS = os.sysconf("SC_CLK_TCK")
USER, SYSTEM, REAPED_USER, REAPED_SYSTEM = 11, 12, 13, 14  # counted from the field after the name
TEMPLATE = b"process.template"


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of those of its descendants that it has reaped; 0 where it is gone."""
    return sum(user_and_system_s(pid).values())


def user_and_system_s(pid: int) -> dict[str, float]:
    """CPU seconds as `cpu_s`: those of programs, and those of the kernel for them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return {"user": 0.0, "system": 0.0}
    kinds = {"user": (USER, REAPED_USER), "system": (SYSTEM, REAPED_SYSTEM)}
    return {kind: sum(int(fields[index]) for index in indices) / TICKS for kind, indices in kinds.items()}


def pss_mb(pid: int) -> float:
    """Proportional share of memory in mebibytes; 0 where the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def rss_mb(pid: int) -> float:
    """Resident memory in mebibytes, what is shared included; 0 where the process is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def handles(pid: int) -> int:
    """Count open files, sockets among them; 0 where the process is gone."""
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def by_role(site: Site, measure: Callable[[int], float]) -> dict[str, float]:
    """Sum a measure over the processes of each role, PostgreSQL's included."""
    totals: defaultdict[str, float] = defaultdict(float)
    for role, pid in _members(site):
        totals[role] += measure(pid)
    return dict(totals)


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Give what was used between two counts."""
    return {role: after[role] - before.get(role, 0.0) for role in after}


def _members(site: Site) -> Iterator[tuple[str, int]]:
    for process in site.processes:
        if process.poll() is None:
            yield "supervisor", process.pid
            for child in _children(process.pid):
                yield from _role(site, child)
    yield from (("postgresql", pid) for pid in site.database_processes())


def _role(site: Site, child: int) -> Iterator[tuple[str, int]]:
    """Name a child of the supervisor by what it does: it listens, or it has the template of apps."""
    name = "worker"
    if owned_by(child, site.dicom_port):
        name = "receiver"
    elif owned_by(child, site.web_port):
        name = "web"
    elif site.hl7_port and owned_by(child, site.hl7_port):
        name = "links"
    yield name, child
    for below in family(child)[1:]:
        yield ("template and apps" if _is_template(below) else f"{name}, other"), below


def _is_template(pid: int) -> bool:
    """Tell the template, and attempts: its forks, which keep its command line."""
    try:
        return TEMPLATE in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True  # gone meanwhile, as attempts do


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
