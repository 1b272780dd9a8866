"""The fence around a container, as options that podman and docker both know."""

import os
import resource
from collections.abc import Sequence

from collega.adapters.container.plan import Mount, Plan
from collega.model.runtime import RunSpec

UNPRIVILEGED_ID = 65533
MEBIBYTE = 1024 * 1024
OPEN_FILES = 1024
MOST_PROCESSES = 4096
TEMPORARY_MB = 64
# What every container is kept from, by the words that are recorded for Python apps too.
LEVELS = ("network", "mount", "process", "ipc", "uid", "read-only", "capabilities", "limits")
GPU_KIND = "nvidia.com/gpu"


def account() -> tuple[int, int]:
    """User and group that the app runs as: nobody's under root, else our own, without any right."""
    return (UNPRIVILEGED_ID, UNPRIVILEGED_ID) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def floor(*, is_podman: bool) -> list[str]:
    """Options of every run, whatever the app: no network, nothing to write on, no rights."""
    user, group = account()
    return [
        "--pull=never",
        "--network=none",
        "--read-only",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        f"--user={user}:{group}",
        "--log-driver=none",
        f"--tmpfs=/tmp:rw,size={TEMPORARY_MB}m,mode=1777,nosuid,nodev",
        f"--ulimit=nofile={OPEN_FILES}:{OPEN_FILES}",
        # Given although --pids-limit binds: engines raise it else, which a worker without that right may not.
        f"--ulimit=nproc={_most_processes()}:{_most_processes()}",
        "--ulimit=core=0:0",
        *(["--userns=keep-id"] if is_podman and os.geteuid() != 0 else []),
    ]


def limits(*, memory_mb: int, output_mb: int, processes: int) -> list[str]:
    """Options for how much an app may use; no swap, and no file larger than all that it may write."""
    most = output_mb * MEBIBYTE
    return [
        f"--memory={memory_mb}m",
        f"--memory-swap={memory_mb}m",
        f"--pids-limit={processes}",
        f"--ulimit=fsize={most}:{most}",
    ]


def surroundings(plan: Plan, spec: RunSpec, image_id: str, gpus: Sequence[str]) -> list[str]:
    """Options for what an app sees, then the image with its command."""
    options = [option for mount in plan.mounts for option in ("--mount", _mount(mount))]
    options += [f"--env={name}={value}" for name, value in plan.environment.items()]
    options += [f"--device={gpu if '=' in gpu else f'{GPU_KIND}={gpu}'}" for gpu in gpus]
    if plan.workdir:
        options.append(f"--workdir={plan.workdir}")
    if plan.shared_memory_mb is not None:
        options.append(f"--shm-size={min(plan.shared_memory_mb, spec.memory_mb)}m")
    if plan.command:
        options.append(f"--entrypoint={plan.command[0]}")
    return [*options, image_id, *plan.command[1:]]


def _mount(mount: Mount) -> str:
    return f"type=bind,source={mount.source},target={mount.target}{'' if mount.writable else ',readonly'}"


def _most_processes() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return MOST_PROCESSES if hard == resource.RLIM_INFINITY else min(hard, MOST_PROCESSES)
