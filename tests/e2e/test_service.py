"""collega under systemd: the unit, and what the supervisor says to it."""

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from collega.cli import supervisor
from tests.e2e.clusters import lay_out_cluster
from tests.e2e.films import PROBE
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site, family, site, wait_for

pytestmark = pytest.mark.shows("R31")
UNIT = Path(__file__).parents[2] / "packaging" / "collega.service"
MOST_EXPOSED = 3.0
# Each lays a mount over a part of /proc; the kernel then refuses the /proc of an app's own namespace.
BREAKS_APPS = ("ProtectKernelTunables", "ProtectKernelLogs", "ProtectHostname")

# What only statistics, pictures and simulations need: each takes 20 to 100 MB of every process that loads it.
HEAVY = re.compile(r"/(scipy|numba|llvmlite|matplotlib)/\S*\.so")
ASKED = (
    *("/", "/night", "/catalogue", "/stages", "/timeline", "/value", "/validations", "/discrepancies", "/queue"),
    *("/label-check", "/panels", "/surveys", "/acceptance", "/feedback-packs", "/pilots/probe", "/openapi.json"),
)


def hear(channel: socket.socket, wanted: str, seconds: float) -> list[str]:
    """Listen until a word comes; every word that was heard."""
    heard: list[str] = []
    deadline = time.monotonic() + seconds
    while wanted not in heard:
        channel.settimeout(max(deadline - time.monotonic(), 0.01))
        heard += channel.recv(4096).decode().splitlines()
    return heard


def test_ready_alive_and_stopping_are_said(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        settings = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "4000000"}
        with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=settings, cold=True) as one:
            process = one.start(ready=False)
            heard = hear(channel, "READY=1", 40)
            assert one.is_ready(), "ready means that it takes work"
            assert "WATCHDOG=1" in heard, "a slow start is no death"
            began = time.monotonic()
            for _ in range(3):
                hear(channel, "WATCHDOG=1", 4)
            assert time.monotonic() - began < 3 * 4
            process.terminate()
            assert "READY=1" not in hear(channel, "STOPPING=1", 20)
            assert process.wait(40) == 0


def loaded(one: Site) -> dict[int, set[str]]:
    """Ask for the main pages once; give per process of the site the heavy packages that it has mapped then."""
    for path in ASKED:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{one.web_port}{path}", timeout=30) as answer:
            assert answer.status == 200, path
    return {pid: set(HEAVY.findall(Path(f"/proc/{pid}/maps").read_text())) for pid in family(one.processes[-1].pid)}


def test_no_role_maps_what_only_statistics_pictures_and_simulations_need(tmp_path: Path) -> None:
    with site(tmp_path / "site", pacs=None, apps=[PROBE], cold=True) as one:
        lay_out_cluster(one.data)
        one.start(ready=False)
        wait_for(one.is_ready, "it is ready, however busy the machine", 90)
        found = loaded(one)
    assert len(found) >= 4, "the supervisor, a receiver, a web process, a worker"
    assert not {pid: packages for pid, packages in found.items() if packages}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the unit as it is installed, with the command of this environment."""
    assert shutil.which("systemd-analyze"), "systemd is not installed: apt-get install systemd"
    text = UNIT.read_text(encoding="utf-8").replace("/opt/collega/bin/collega", str(Path(sys.prefix) / "bin/collega"))
    path = tmp_path_factory.mktemp("unit") / "collega.service"
    path.write_text(text, encoding="utf-8")
    return path


def test_systemd_has_nothing_against_the_unit(installed: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_closed_as_far_as_apps_allow(installed: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(installed)], capture_output=True, text=True, check=True
    )
    (exposure,) = re.findall(r"Overall exposure level for collega.service: ([\d.]+)", done.stdout)
    print(f"exposure: {exposure}")  # noqa: T201 - the figure is wanted beside the verdict
    assert float(exposure) <= MOST_EXPOSED


def test_what_would_keep_apps_from_starting_is_not_in_it() -> None:
    lines = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert not [line for line in lines if line.startswith(BREAKS_APPS)]


def test_systemd_waits_longer_than_we_do() -> None:
    text = UNIT.read_text(encoding="utf-8")
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(patience) > supervisor.STOP_SECONDS + 120, "the stop of children, then of the database"
