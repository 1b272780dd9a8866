"""How long work of this machine stood still for want of CPU or disk (Linux, accounting/psi)."""

from collections.abc import Mapping
from pathlib import Path

KINDS = ("cpu", "io")
MICRO = 1e-6


def stalled_s() -> dict[str, float]:
    """Seconds since the start of the machine in which some task waited; empty where the kernel does not say."""
    found = {}
    for kind in KINDS:
        try:
            lines = Path(f"/proc/pressure/{kind}").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        found[kind] = next(int(line.rpartition("=")[2]) * MICRO for line in lines if line.startswith("some "))
    return found


def share(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Part of these seconds in which some task waited."""
    return {kind: (after[kind] - before[kind]) / seconds for kind in before}
