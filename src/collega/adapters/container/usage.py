"""What a running container has used, from its control groups (cgroups(7), versions 1 and 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
TOP = "/"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Seconds of CPU time, mebibytes of memory at the peak; zero where the kernel does not tell."""

    cpu_s: float = 0.0
    peak_mb: float = 0.0

    def and_later(self, later: "Usage") -> "Usage":
        """Neither figure falls: a group that is gone says nothing."""
        return Usage(cpu_s=max(self.cpu_s, later.cpu_s), peak_mb=max(self.peak_mb, later.peak_mb))


def usage_of(pid: int) -> Usage:
    """Read the account of the group that a process is in; nothing where it has ended."""
    places, ours = _groups_of(pid), _groups_of("self")
    # At its start a container is in our own group for a moment, at its end in the top one: neither account is its.
    own = {name: place for name, place in places.items() if place not in {TOP, ours.get(name)}}
    if "" in own:
        return _second_version(GROUPS / own[""].lstrip("/"))
    return _first_version(own)


def _groups_of(process: int | str) -> Mapping[str, str]:
    try:
        return _places(Path(f"/proc/{process}/cgroup").read_text(encoding="utf-8").splitlines())
    except OSError:
        return {}


def _places(lines: list[str]) -> Mapping[str, str]:
    """Map each controller to its group; under version 2 alone there is one group, without a controller's name."""
    found: dict[str, str] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        found |= dict.fromkeys(controllers.split(","), path)
    if "memory" in found:
        found.pop("", None)
    return found


def _first_version(places: Mapping[str, str]) -> Usage:
    def read(controller: str, file: str) -> int:
        place = places.get(controller)
        return _number(GROUPS / controller / place.lstrip("/") / file) if place else 0

    nanoseconds, peak = read("cpuacct", "cpuacct.usage"), read("memory", "memory.max_usage_in_bytes")
    return Usage(cpu_s=nanoseconds / 1e9, peak_mb=peak / MEBIBYTE)


def _second_version(group: Path) -> Usage:
    """``memory.peak`` came with Linux 5.19; before it what is in use at the moment has to do."""
    try:
        lines = (group / "cpu.stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return Usage()
    microseconds = next((int(line.split()[1]) for line in lines if line.startswith("usage_usec ")), 0)
    peak = _number(group / "memory.peak") or _number(group / "memory.current")
    return Usage(cpu_s=microseconds / 1e6, peak_mb=peak / MEBIBYTE)


def _number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
