"""Real peers for the tests: Orthanc and the programs of dcmtk, each started and ended by its id.

A program that is not installed is an error that names its package; nothing is skipped.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.errors import ConfigurationError, PeerError
from collega.testing.ports import owned_by, reserved_ports

LOOPBACK = "127.0.0.1"
PACKAGES = {
    "Orthanc": "orthanc",
    "dcmqrscp": "dcmtk",
    "storescp": "dcmtk",
    "storescu": "dcmtk",
    "findscu": "dcmtk",
    "dcmsend": "dcmtk",
    "echoscu": "dcmtk",
    "dciodvfy": "dicom3tools",
    "dcentvfy": "dicom3tools",
    "chromium": "chromium",
    "openssl": "openssl",
}
DICOMWEB_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
SECONDS_TO_START = 30
SECONDS_TO_STOP = 10
# Without it a stock dcmtk waits about 45 ms per object (Nagle's algorithm).
PROMPT = {"TCP_NODELAY": "1"}


def program(name: str, folders: Sequence[str] | None = None) -> str:
    """Find a program, on the path unless ``folders`` are named.

    Raises
    ------
    ConfigurationError
        If it is not installed; the text names the package.
    """
    # Debian keeps Orthanc in /usr/sbin, which is not on every user's path.
    searched = folders if folders is not None else (os.environ.get("PATH", ""), "/usr/sbin")
    found = shutil.which(name, path=os.pathsep.join(searched))
    if found is None:
        message = f"{name} is not installed: apt-get install {PACKAGES[name]}"
        raise ConfigurationError(message)
    return found


def wait_until(ready: Callable[[], bool], what: str, seconds: float = SECONDS_TO_START) -> None:
    """Wait until ``ready`` says yes.

    Raises
    ------
    PeerError
        If it does not in time.
    """
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            message = f"{what}: not within {seconds} s"
            raise PeerError(message)
        time.sleep(0.02)


@contextmanager
def running(
    arguments: Sequence[str | Path],
    ports: Sequence[int],
    log: Path,
    *,
    prompt: bool = True,
    gently: bool = True,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it must listen on ``ports`` itself before the block begins."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [program(str(arguments[0])), *map(str, arguments[1:])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(PROMPT if prompt else {})},
        )
    try:
        wait_until(lambda: _listens_or_ended(child, ports), f"{arguments[0]} listens on {ports}")
        if child.poll() is not None:
            message = f"{arguments[0]} ended with {child.returncode}: {log.read_text(errors='replace')[-2000:]}"
            raise PeerError(message)
        yield child
    finally:
        end(child, gently=gently)


def _listens_or_ended(child: subprocess.Popen[bytes], ports: Sequence[int]) -> bool:
    return child.poll() is not None or all(owned_by(child.pid, port) for port in ports)


def end(child: subprocess.Popen[bytes], *, gently: bool = True) -> None:
    """End one process that we started, gently first where there is time."""
    child.terminate() if gently else child.kill()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


# ------------------------------------------------------------------------------- Orthanc


@dataclass(frozen=True, kw_only=True)
class Orthanc:
    """A running Orthanc: its AE title, its ports, and what it says over REST."""

    aet: str
    http_port: int
    dicom_port: int
    pid: int
    login: str = ""

    def rest(self, path: str, question: object = None) -> Any:
        """GET ``path``, or POST ``question`` to it, and read the JSON answer."""
        return json.loads(self.rest_bytes(path, question))

    def rest_bytes(self, path: str, question: object = None) -> bytes:
        """GET ``path``, or POST ``question`` to it, and give the bytes of the answer."""
        body = None if question is None else json.dumps(question).encode()
        headers = {"Authorization": f"Basic {b64encode(self.login.encode()).decode()}"} if self.login else {}
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.http_port}{path}", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the address is built above
            content: bytes = answer.read()
        return content

    def instances(self) -> list[str]:
        """Orthanc's ids of all instances."""
        return list(self.rest("/instances"))

    def instance_file(self, orthanc_id: str) -> bytes:
        """Give the DICOM file of an instance."""
        return self.rest_bytes(f"/instances/{orthanc_id}/file")

    def find_by_study(self, study_uid: str, level: str = "Instance") -> list[dict[str, Any]]:
        """Everything at ``level`` (Study, Series, Instance) of a study, with its main tags."""
        question = {"Level": level, "Expand": True, "Query": {"StudyInstanceUID": study_uid}}
        return list(self.rest("/tools/find", question))

    def series_of(self, study_uid: str) -> list[dict[str, str]]:
        """Give the main tags (Modality, SeriesDescription, SeriesInstanceUID, ...) of each series of a study."""
        return [series["MainDicomTags"] for series in self.find_by_study(study_uid, "Series")]

    def answers(self) -> bool:
        """Whether REST answers."""
        try:
            self.rest("/system")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True


@contextmanager
def orthanc(
    folder: Path,
    *,
    aet: str = "TESTPACS",
    port: int = 0,
    peers: Mapping[str, tuple[str, str, int]] | None = None,
    settings: Mapping[str, object] | None = None,
    prompt: bool = True,
    login: str = "",
) -> Iterator[Orthanc]:
    """Run Orthanc as a PACS, its database in ``folder``; the same folder continues it.

    Parameters
    ----------
    folder : Path
        Where its database and log stand.
    aet : str
        Its AE title.
    port : int
        Where it takes DICOM; 0 takes a free port.
    peers : mapping of str to (str, str, int)
        AE title, host and port of those it may call: retrieve, storage commitment reports.
    settings : mapping
        Further settings of Orthanc, in the place of ours.
    prompt : bool
        Switch off Nagle's algorithm in its DICOM part; a stock Orthanc, as sites have it, does not.
    login : str
        Name and password, with a colon between, where it asks for one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with reserved_ports(2) as (http_port, free_port):
        dicom_port = port or free_port
        configuration = folder / "orthanc.json"
        content = _orthanc_settings(folder, aet, http_port, dicom_port) | {"DicomModalities": dict(peers or {})}
        configuration.write_text(json.dumps(content | dict(settings or {}), indent=1), encoding="utf-8")
        arguments = ("Orthanc", configuration)
        ports, log = (http_port, dicom_port), folder / "orthanc.log"
        # In good order it takes over three seconds to end; what it has answered for stands in its database.
        with running(arguments, ports, log, prompt=prompt, gently=False) as child:
            one = Orthanc(aet=aet, http_port=http_port, dicom_port=dicom_port, pid=child.pid, login=login)
            wait_until(one.answers, "Orthanc answers over HTTP")
            yield one


def _orthanc_settings(folder: Path, aet: str, http_port: int, dicom_port: int) -> dict[str, object]:
    plugins = [str(DICOMWEB_PLUGIN)] if DICOMWEB_PLUGIN.exists() else []
    return {
        "Name": aet,
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": plugins,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": aet,
        "DicomPort": dicom_port,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowMove": True,
        "UnknownSopClassAccepted": True,
        "StorageAccessOnFind": "Always",
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


# ------------------------------------------------------------------------------- dcmtk


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A running server of dcmtk that writes what it gets into ``folder``."""

    aet: str
    port: int
    folder: Path
    pid: int

    def files(self) -> list[Path]:
        """Objects received so far."""
        return sorted(path for path in self.folder.iterdir() if path.is_file() and path.name != "index.dat")


@contextmanager
def dcmqrscp(folder: Path, *, aet: str = "QRPACS") -> Iterator[Archive]:
    """Run dcmtk's ``dcmqrscp``: C-STORE, C-FIND, C-MOVE, C-GET for any caller."""
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    with reserved_ports() as (port,):
        configuration = folder / "qr.cfg"
        configuration.write_text(_dcmqrscp_settings(storage, aet, port), encoding="ascii")
        with running(("dcmqrscp", "-c", configuration), (port,), folder / "dcmqrscp.log") as child:
            yield Archive(aet=aet, port=port, folder=storage, pid=child.pid)


def _dcmqrscp_settings(storage: Path, aet: str, port: int) -> str:
    lines = (
        f"NetworkTCPPort = {port}",
        "MaxPDUSize = 131072",
        "MaxAssociations = 16",
        "HostTable BEGIN",
        "HostTable END",
        "VendorTable BEGIN",
        "VendorTable END",
        "AETable BEGIN",
        f"{aet} {storage} RW (100000, 10gb) ANY",
        "AETable END",
    )
    return "\n".join(lines) + "\n"


@contextmanager
def storescp(folder: Path, *, aet: str = "STORESCP") -> Iterator[Archive]:
    """Run dcmtk's ``storescp``, a process for each association."""
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    with reserved_ports() as (port,):
        arguments = ("storescp", port, "--fork", "-aet", aet, "-od", storage)
        with running(tuple(map(str, arguments)), (port,), folder / "storescp.log") as child:
            yield Archive(aet=aet, port=port, folder=storage, pid=child.pid)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a client of dcmtk ended, and what it said on both outputs."""

    code: int
    text: str


def _run(name: str, *arguments: str | Path, seconds: float) -> Ended:
    done = subprocess.run(
        [program(name), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **PROMPT},
        timeout=seconds,
        check=False,
    )
    return Ended(code=done.returncode, text=done.stdout.decode(errors="replace"))


def dcmsend(
    port: int,
    *paths: Path,
    called: str = "COLLEGA",
    calling: str = "PACS",
    options: Sequence[str] = (),
    seconds: float = 300,
) -> Ended:
    """Send files or whole folders of ``.dcm`` files; dcmtk negotiates what they need.

    The exit code is 0 even where the peer refused objects: read the summary at the end of the
    text. Without the option ``-nh`` it stops at the first object that has no presentation context.
    """
    folders = ("+sd", "+r", "+sp", "*.dcm", "-nuc")
    arguments = ("-v", "-aet", calling, "-aec", called, *folders, *options, LOOPBACK, str(port))
    return _run("dcmsend", *arguments, *paths, seconds=seconds)


def storescu(
    port: int, *paths: Path, called: str = "COLLEGA", calling: str = "PACS", options: Sequence[str] = ("-R",)
) -> Ended:
    """Send files; ``-R`` proposes only what is needed, without it no SR gets through."""
    arguments = ("-v", *options, "-aet", calling, "-aec", called, LOOPBACK, str(port))
    return _run("storescu", *arguments, *paths, seconds=120)


def findscu(port: int, *keys: str, called: str = "COLLEGA", calling: str = "PACS") -> Ended:
    """Query by study root; a key is ``QueryRetrieveLevel=STUDY`` or a keyword alone."""
    asked = [word for key in keys for word in ("-k", key)]
    return _run("findscu", "-v", "-S", "-aet", calling, "-aec", called, *asked, LOOPBACK, str(port), seconds=120)


def echoscu(port: int, *, called: str = "COLLEGA", calling: str = "PACS") -> Ended:
    """Send a C-ECHO."""
    return _run("echoscu", "-v", "-aet", calling, "-aec", called, LOOPBACK, str(port), seconds=60)
