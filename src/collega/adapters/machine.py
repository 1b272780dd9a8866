"""The machine as it is now: clock, zone, disk, memory, rights of folders (Linux)."""

import contextlib
import ctypes
import os
import platform
import shutil
import stat
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median

from collega.model.host import MachineFacts

MEBIBYTE = 1024 * 1024
TRIES = 5
SMALL = b"\0" * 4096
STA_UNSYNC = 0x0040
PRIVATE_FOLDERS = ("studies", "results", "quarantine", "runs", "secrets")


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex`` of adjtimex(2), with room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


class LinuxMachine:
    """Measures this machine."""

    def facts(self, data: Path) -> MachineFacts:
        """Measure it; see `collega.ports.machine.Machine`."""
        moment = datetime.now().astimezone()
        return MachineFacts(
            name=platform.node(),
            synchronised=_synchronised(),
            zone_name=str(moment.tzinfo),
            utc_offset=moment.utcoffset() or moment.astimezone().utcoffset() or moment - moment,
            free_mb=shutil.disk_usage(data).free // MEBIBYTE,
            write_s=median(_write_s(data) for _ in range(TRIES)),
            memory_mb=_memory_mb(),
            cores=len(os.sched_getaffinity(0)),
            modes={
                name: stat.S_IMODE((data / name).stat().st_mode) for name in PRIVATE_FOLDERS if (data / name).is_dir()
            },
        )


def _synchronised() -> bool | None:
    """Ask the kernel by adjtimex(2), which changes nothing where ``modes`` is 0."""
    with contextlib.suppress(OSError, AttributeError):
        answer = _Timex()
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer)) >= 0:
            return not answer.status & STA_UNSYNC
    return None


def _write_s(folder: Path) -> float:
    """Seconds of a small write with fsync, as each received object needs one."""
    handle, name = tempfile.mkstemp(dir=folder, prefix="check-", suffix=".part")
    try:
        began = time.monotonic()
        with os.fdopen(handle, "wb") as file:
            file.write(SMALL)
            file.flush()
            os.fsync(file.fileno())
        return time.monotonic() - began
    finally:
        Path(name).unlink(missing_ok=True)


def _memory_mb() -> int:
    """Memory of the machine, or of the control group where that is less."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        installed = min(installed, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return installed // MEBIBYTE
