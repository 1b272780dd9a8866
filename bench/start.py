"""Starting, and doing nothing."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import emit_all
from bench.material import Apps
from bench.processes import by_role, pss_mb
from tests.e2e.site import site

TARGET_START_S, TARGET_IDLE_MB, TARGET_HELP_S = 5.0, 400.0, 0.4
SETTLED_SECONDS = 3.0


def measure(folder: Path, apps: Apps, runs: int) -> None:
    """Start again and again: with an empty data folder, and with the one of before."""
    cold, warm, idle = [], [], []
    roles: dict[str, float] = {}
    for run in range(runs):
        with site(folder / str(run), pacs=None, apps=apps.folders) as one:
            cold.append(_seconds(one.start))
            time.sleep(SETTLED_SECONDS)
            roles = by_role(one, pss_mb)
            idle.append(sum(roles.values()))
            one.stop()
            one.processes.clear()
            warm.append(_seconds(one.start))
    emit_all("cold start to healthz", "s", cold, target=TARGET_START_S, data="empty")
    emit_all("start to healthz", "s", warm, target=TARGET_START_S, data="of an earlier run")
    emit_all("idle memory", "MB PSS", idle, target=TARGET_IDLE_MB, by_process=roles)
    emit_all("collega --help", "s", [_seconds(_help) for _ in range(runs)], target=TARGET_HELP_S)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def _help() -> None:
    subprocess.run([sys.executable, "-m", "collega", "--help"], check=True, capture_output=True)
