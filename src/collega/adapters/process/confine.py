"""Confining one attempt: what it sees of the machine, and what it may use of it."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.process import linux

UNPRIVILEGED_ID = 65533
MEBIBYTE = 1024 * 1024
OPEN_FILES = 256
PROCESSES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What one attempt may use; megabytes are mebibytes, memory counts from where the template stands."""

    memory_mb: int
    output_mb: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Folders of one attempt. ``hidden`` is the data folder, covered while the app runs."""

    app: Path
    inputs: Path
    outputs: Path
    hidden: Path


def leave_namespaces() -> tuple[str, ...]:
    """Leave the machine's namespaces; returns the names of those left, nothing where refused."""
    parts = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWPID | linux.CLONE_NEWIPC
    user, group = os.geteuid(), os.getegid()
    try:
        if user == 0:
            linux.unshare(parts)
            return ("network", "mount", "process", "ipc")
        linux.unshare(parts | linux.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError:
        return ()
    return ("user", "network", "mount", "process", "ipc")


def cover(places: Places) -> Places:
    """Show the app its own three folders, the rest of the machine read-only, our data not at all.

    Returns the folders under the names that they now have.
    """
    root = Path("/")
    linux.mount("none", root, None, linux.MS_REC | linux.MS_PRIVATE)
    handles = {
        name: os.open(folder, os.O_PATH | os.O_DIRECTORY)
        for name, folder in (("app", places.app), ("in", places.inputs), ("out", places.outputs))
    }
    linux.make_read_only(root, recursive=True)
    linux.mount("tmpfs", places.hidden, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64k,mode=0755")
    for name, handle in handles.items():
        target = places.hidden / name
        target.mkdir()
        linux.mount(f"/proc/self/fd/{handle}", target, None, linux.MS_BIND)
        if name == "out":
            linux.make_writable(target)  # it was bound from a tree that is read-only by now
        os.close(handle)
    linux.make_read_only(places.hidden)
    hidden = places.hidden
    return Places(app=hidden / "app", inputs=hidden / "in", outputs=hidden / "out", hidden=hidden)


def hide_processes() -> None:
    """Show only the app's own processes; called by the first process of the new namespace."""
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("proc", Path("/proc"), "proc", flags)


def drop_to_unprivileged() -> tuple[str, ...]:
    """Give up root and every capability."""
    level: tuple[str, ...] = ()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        os.setresuid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        level = ("uid",)
    linux.give_up_privileges()
    return level


def bound(bounds: Bounds) -> None:
    """Set the limits of the kernel on this process and its children."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + bounds.memory_mb * MEBIBYTE
    output = bounds.output_mb * MEBIBYTE
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, PROCESSES),
    ):
        resource.setrlimit(kind, (value, value))
