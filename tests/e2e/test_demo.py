"""The demonstration as its users run it: nothing but the command."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
import venv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import typer
from pydicom import dcmread
from pydicom.uid import Comprehensive3DSRStorage, ComprehensiveSRStorage

from collega.bootstrap.demo.show import Wishes
from collega.cli.demo import perform
from collega.formats.dicom_write import encode
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.synthetic import chest_film
from tests.e2e.conftest import ROOT
from tests.e2e.films import PROBE
from tests.e2e.site import family, wait_for

KEYS = ["sent", "analysed", "delivered", "confirmed", "missing", "p95_s"]
REPORTS = frozenset({str(Comprehensive3DSRStorage), str(ComprehensiveSRStorage)})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Make an environment with one app, and a folder for temporary files that nobody else uses."""
    (tmp_path / "tmp").mkdir(mode=0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLLEGA_")}
    return {**kept, "COLLEGA_APPS": str(PROBE), "TMPDIR": str(tmp_path / "tmp"), "COLUMNS": "80"}


def start(environment: Mapping[str, str], folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "collega", "demo", *arguments],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def last_line(output: bytes) -> dict[str, Any]:
    return dict(json.loads(output.decode().splitlines()[-1]))


def processes_of(folder: Path) -> list[int]:
    """List processes that have ``folder`` in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder) in (entry / "environ").read_text(errors="replace"):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid not in family(os.getpid())]


def none_is_left(folder: Path) -> bool:
    """Tell whether nothing runs on: what was killed is seen until the system has cleared it away."""
    wait_for(lambda: not processes_of(folder), f"every process of {folder} has ended", 10)
    return True


@pytest.fixture
def usual_ports_taken() -> Iterator[None]:
    with ExitStack() as stack:
        for port in (11112, 8080):
            holder = stack.enter_context(socket.socket())
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                holder.bind(("127.0.0.1", port))
                holder.listen()
            except OSError:
                continue  # somebody else has it, which is the point
        yield


@pytest.mark.shows("R25", "R31", "R32")
@pytest.mark.usefixtures("usual_ports_taken")
def test_generated_films_come_through(tmp_path: Path, environment: dict[str, str]) -> None:
    child = start(environment, tmp_path / "elsewhere", "--headless", "--minutes", "0.1")
    output, _ = child.communicate(timeout=100)
    assert child.returncode == 0, output.decode()
    figures = last_line(output)
    assert list(figures)[: len(KEYS)] == KEYS
    assert [figures[key] for key in KEYS[:-1]] == [3, 3, 3, 3, 0]
    assert 0 < figures["p95_s"] < 10
    assert (figures["films"], figures["head_cts"]) == (3, 0)  # no app here looks at a head CT
    assert "not for clinical use" in output.decode()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert none_is_left(tmp_path / "tmp")


@pytest.mark.shows("R9", "R25", "R26", "R31", "R32", "R66", "R71")
@pytest.mark.timeout(260)
def test_a_simulated_day_with_its_difficult_hour(tmp_path: Path, environment: dict[str, str]) -> None:
    del environment["COLLEGA_APPS"]
    # On a machine so busy that no result was ready while the PACS was away, or that every study was under way then, the
    # day is played once more.
    kept, figures, shown = tmp_path / "kept", *played_day(environment, tmp_path / "kept")
    if not figures["held_up"] or figures["p95_s"] is None:
        kept, figures, shown = tmp_path / "again", *played_day(environment, tmp_path / "again")
    assert (figures["films"], figures["head_cts"], figures["others"]) == (6, 3, 5)
    assert figures["day"] + figures["evening"] + figures["night"] == 14
    assert figures["night"] > 0
    # The PACS was away, what waited for it came through, and that hour is kept apart from the speed of the line.
    assert figures["held_up"] == figures["came_through"] >= 1
    assert figures["difficult"] >= figures["held_up"]
    assert figures["p95_difficult_s"] > figures["p95_s"] > 0
    # Readers opened and signed every study, and collega has it on record.
    assert (figures["opened"], figures["signed"]) == (14, 14)
    assert sum(figures["apps"]["head-ct-bleed"].values()) == 3
    assert sum(figures["apps"]["sim-chest-filter"].values()) == 6
    assert {"sim-night-bleed", "sim-night-cspine", "sim-night-embolism", "sim-lung-ct"} <= figures["apps"].keys()
    ways_are_told(figures, shown)
    # Calcium, creatinine and an earlier CT came for the one patient with myeloma; haemoglobin is lacking on purpose.
    assert figures["inputs"] == {"sim-myeloma": {"came": 3, "missing": 1}}
    assert "sim-myeloma was given 3 earlier studies" in shown
    vendors_work_as_vendors_do(figures, kept / "demo" / "apps")
    failures_are_shown(figures, environment, kept / "demo" / "simulated-pacs")
    assert none_is_left(tmp_path / "tmp")


def played_day(environment: dict[str, str], kept: Path) -> tuple[dict[str, Any], str]:
    """Return the figures and the words of one simulated day whose data stay in ``kept``."""
    environment["COLLEGA_DATA"] = str(kept)
    child = start(environment, kept.parent, "--headless", "--minutes", "0.3")
    output, _ = child.communicate(timeout=110)
    assert child.returncode == 0, output.decode()
    figures = last_line(output)
    assert [figures[key] for key in KEYS[:-1]] == [14, 14, 14, 14, 0]
    return figures, output.decode()


def ways_are_told(figures: Mapping[str, Any], shown: str) -> None:
    """Check that the summary tells of the apps whose word no channel carried, or not all of it."""
    channels = figures["channels"]
    assert {name: channels[name]["way"] for name in ("sim-myeloma", "sim-own-screen", "sim-mammography")} == {
        "sim-myeloma": "on-demand",
        "sim-own-screen": "own-screen",
        "sim-mammography": "automatic",
    }
    for name, word in (("sim-myeloma", "not_asked"), ("sim-own-screen", "own_screen")):
        assert channels[name]["studies"] == channels[name][word] >= 1
        assert channels[name]["board"] == channels[name]["pacs"] == channels[name]["raised"] == 0
        assert name in shown
    assert channels["head-ct-bleed"]["board"] == channels["head-ct-bleed"]["studies"] == 3


def vendors_work_as_vendors_do(figures: Mapping[str, Any], apps: Path) -> None:
    """Check that one simulated vendor answered as a service and one as a box, and that both were heard."""
    for app, runtime in (("sim-night-embolism", "http"), ("sim-mammography", "dicom")):
        assert tomllib.loads((apps / app / "app.toml").read_text(encoding="utf-8"))["run"]["runtime"] == runtime
        # One that may not rule out has no outcome where it found nothing; that it looked is counted all the same.
        assert figures["channels"][app]["studies"] >= 1
        assert "failed" not in figures["apps"].get(app, {})


def failures_are_shown(figures: Mapping[str, Any], environment: Mapping[str, str], shelf: Path) -> None:
    """Check that where the app failed nothing says that it found nothing."""
    assert figures["failed"] == figures["failed_on_page"] == figures["apps"]["sometimes-fails"]["failed"] >= 1
    worklist = subprocess.run(
        [sys.executable, "-m", "collega", "worklist", "--json"], env=environment, capture_output=True, check=True
    )
    apps = {row["study_instance_uid"]: {app["app"]: app for app in row["apps"]} for row in json.loads(worklist.stdout)}
    failed = {uid for uid, said in apps.items() if said.get("sometimes-fails", {}).get("outcome") == "failed"}
    assert len(failed) == figures["failed"]
    kept = [dcmread(path, stop_before_pixels=True) for path in shelf.glob("*.dcm")]
    reports = {str(item.StudyInstanceUID) for item in kept if item.ManufacturerModelName == "sometimes-fails"}
    assert not failed & reports
    for uid in failed:
        pages = [item.SeriesDescription for item in kept if item.StudyInstanceUID == uid and item.Modality != "SR"]
        assert any("failed" in page for page in pages), pages


@pytest.mark.slow  # in every run the bundle's installer goes the same way: tests/e2e/test_bundle.py
@pytest.mark.timeout(600)
@pytest.mark.shows("R64")
def test_the_wheel_in_an_empty_environment(tmp_path: Path, unpacked: Path) -> None:
    """A stranger's path without this checkout: the wheel and the lock, in a new environment, from an empty folder."""
    for name in ("tmp", "home", "empty"):
        (tmp_path / name).mkdir(mode=0o755)
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    pip = [str(tmp_path / "venv/bin/python"), "-I", "-m", "pip", "--isolated", "--quiet", "install", "--no-index"]
    lock = ["--require-hashes", "--find-links", str(unpacked / "wheels"), "-r", str(ROOT / "requirements/runtime.txt")]
    [wheel] = (unpacked / "wheels").glob("collega-*.whl")
    for what in (lock, ["--no-deps", str(wheel)]):
        subprocess.run([*pip, *what], env=bare | {"PIP_CONFIG_FILE": os.devnull}, check=True)
    done = subprocess.run(
        [str(tmp_path / "venv/bin/collega"), "demo", "--headless", "--minutes", "0.1"],
        env=bare,
        cwd=tmp_path / "empty",
        capture_output=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert [last_line(done.stdout)[key] for key in KEYS[:-1]] == [3, 3, 3, 3, 0]
    assert [path for name in ("tmp", "home", "empty") for path in (tmp_path / name).iterdir()] == []
    assert none_is_left(tmp_path)


def rest_of(controller: int) -> bytes:
    """Read a terminal until nobody holds its other side open, which reads as an error of input (pty(7))."""
    shown = b""
    try:
        while part := os.read(controller, 4096):
            shown += part
    except OSError:
        pass
    os.close(controller)
    return shown


@pytest.mark.parametrize("key", [b"\x03", b"\n"])
def test_at_a_terminal_the_board_stays_until_somebody_stops_it(
    key: bytes, tmp_path: Path, environment: dict[str, str]
) -> None:
    pid, controller = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        command = [sys.executable, "-m", "collega", "demo", "--minutes", "0.02"]
        os.execve(sys.executable, command, environment | {"TERM": "xterm", "DISPLAY": ""})  # noqa: S606 - our own command
    shown = b""
    while b"Press Enter or Ctrl-C" not in shown:
        shown += os.read(controller, 4096)
    board = re.findall(rb"http://127\.0\.0\.1:\d+/", shown)[-1].decode()
    with urllib.request.urlopen(board, timeout=10) as answer:  # noqa: S310 - the address begins with http
        assert "DEMONSTRATION: simulated scanners" in answer.read().decode()
    os.write(controller, key)
    shown += rest_of(controller)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert "The temporary data folder is removed" in shown.decode(errors="replace")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert none_is_left(tmp_path / "tmp")


@pytest.mark.shows("R25")
def test_a_refused_film_needs_no_report(tmp_path: Path, environment: dict[str, str]) -> None:
    films = tmp_path / "films"
    films.mkdir()
    for number, description in enumerate(("X-thorax", "not suitable", "crash")):
        film = chest_film(number, run=str(tmp_path))
        film.StudyDescription = description
        (films / f"{number}.dcm").write_bytes(encode(film))
    (films / "notes.txt").write_text("no film")
    environment |= {"COLLEGA_DATA": str(tmp_path / "kept"), "COLLEGA_RUN__RETRY_WAIT_S": "0.1"}
    child = start(environment, tmp_path, "--films", str(films), "--headless")
    output, _ = child.communicate(timeout=100)
    assert child.returncode == 0, output.decode()
    assert list(last_line(output)) == KEYS
    assert [last_line(output)[key] for key in KEYS[:-1]] == [3, 3, 3, 3, 0]
    # What was set is kept, and the other commands read it.
    worklist = subprocess.run(
        [sys.executable, "-m", "collega", "worklist", "--json"], env=environment, capture_output=True, check=True
    )
    outcomes = {row["description"]: row["apps"][0]["outcome"] for row in json.loads(worklist.stdout)}
    assert outcomes["not suitable"] == "not_suitable"
    assert outcomes["crash"] == "failed"
    shelf = tmp_path / "kept" / "demo" / "simulated-pacs"
    assert len(list(shelf.glob("*.dcm"))) == 4  # three pages, one report


@pytest.mark.shows("R31")
def test_what_the_pacs_loses_is_missing(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLLEGA_DATA", str(tmp_path / "kept"))

    def losing(folder: Path) -> DifficultPacs:
        return DifficultPacs(folder, Difficulties(dropped_classes=REPORTS))

    with pytest.raises(typer.Exit) as ended:
        perform(Wishes(minutes=0.04, patience_s=3), headless=True, make_pacs=losing)
    assert ended.value.exit_code == 1
    figures = last_line(capsys.readouterr().out.encode())
    assert [figures[key] for key in KEYS] == [1, 1, 0, 0, 1, None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_signal_leaves_nothing_behind(number: signal.Signals, tmp_path: Path, environment: dict[str, str]) -> None:
    child = start(environment, tmp_path, "--minutes", "5")
    wait_for(lambda: list((tmp_path / "tmp").glob("*/data/studies/*")), "the first study is received")
    child.send_signal(number)
    child.send_signal(number)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 130, output.decode()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert none_is_left(tmp_path / "tmp")


def test_killed_it_takes_its_server_along(tmp_path: Path, environment: dict[str, str]) -> None:
    child = start(environment, tmp_path, "--minutes", "5")
    wait_for(lambda: list((tmp_path / "tmp").glob("*/data/studies/*")), "the first study is received")
    child.kill()
    child.communicate(timeout=10)
    wait_for(lambda: not processes_of(tmp_path / "tmp"), "every process has ended")
    assert not list((tmp_path / "tmp").glob("*/data/pg/postmaster.pid"))


def test_the_data_of_a_site_is_left_alone(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "site" / "studies" / "00").mkdir(parents=True)
    environment["COLLEGA_DATA"] = str(tmp_path / "site")
    child = start(environment, tmp_path, "--headless")
    output, _ = child.communicate(timeout=30)
    assert child.returncode == 1
    assert "holds studies that no demonstration made" in output.decode()
    assert [entry.name for entry in (tmp_path / "site").iterdir()] == ["studies"]
