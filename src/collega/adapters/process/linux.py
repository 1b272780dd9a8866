"""Calls of the kernel that Python 3.11 does not offer: namespaces, mounts, capabilities (man 2)."""

import ctypes
import os
import signal
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_NEWIPC = 0x08000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
SYS_MOUNT_SETATTR = 442  # the same number on every architecture since Linux 5.12
AT_FDCWD = -100
AT_RECURSIVE = 0x8000
MOUNT_ATTR_RDONLY = 0x1
CAPABILITY_VERSION_3 = 0x20080522


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the named namespaces; `OSError` where the system refuses."""
    _checked(_libc().unshare(flags))


def mount(source: str, target: Path, kind: str | None, flags: int, options: str | None = None) -> None:
    """Attach a file system or a folder; `OSError` where the system refuses."""
    arguments = (
        source.encode(),
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() if options else None,
    )
    _checked(_libc().mount(*arguments))


def make_read_only(path: Path, *, recursive: bool = False) -> None:
    """Turn a mount, and with ``recursive`` those below it, read-only; `OSError` where refused."""
    _set_mount(path, _MountAttr(attr_set=MOUNT_ATTR_RDONLY), AT_RECURSIVE if recursive else 0)


def make_writable(path: Path) -> None:
    """Turn a mount writable again; `OSError` where refused."""
    _set_mount(path, _MountAttr(attr_clr=MOUNT_ATTR_RDONLY), 0)


def _set_mount(path: Path, attributes: _MountAttr, flags: int) -> None:
    size = ctypes.sizeof(attributes)
    _checked(_libc().syscall(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, ctypes.byref(attributes), size))


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends."""
    _checked(_libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def give_up_privileges() -> None:
    """Drop every capability for good; programs started later gain none either."""
    libc = _libc()
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _checked(libc.capset(header, (ctypes.c_uint32 * 6)()))
