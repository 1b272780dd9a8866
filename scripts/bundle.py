"""Build one archive from which a server without internet installs collega: `make bundle`.

It holds the wheel of this checkout, every runtime wheel of the lock by checksum (PostgreSQL is one), the licences, an
installer and checksums. Two builds of one commit give the same bytes.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from platform import machine

HERE = Path(__file__).resolve().parent.parent
OFFLINE = Path("scripts/offline")  # what is packed as it is, or with its @MARKS@ filled in
LOCK = Path("requirements/runtime.txt")
UNIT = Path("packaging/collega.service")
EARLIEST = 315532800  # 1980: a zip archive, and so a wheel, knows no earlier time
GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")
LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$", re.IGNORECASE)
MEGABYTE = 1 << 20
# Byte code and the working room of an upgrade, over the sizes that the wheels tell.
ROOM_FACTOR = 1.6
STORED = 0  # wheels are compressed already: once more would take ten seconds to spare a sixtieth


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """What a wheel says of itself."""

    path: Path
    name: str
    version: str
    licence: str
    licence_files: Mapping[str, bytes]
    glibc: tuple[int, int]
    unpacked: int

    @property
    def checksum(self) -> str:
        """SHA-256 in hexadecimal."""
        return checksum(self.path)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_wheel(path: Path) -> Wheel:
    """Read the facts in a wheel's file name and its dist-info."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        information = next(name.partition("/")[0] for name in names if name.split("/")[0].endswith(".dist-info"))
        metadata = HeaderParser().parsestr(archive.read(f"{information}/METADATA").decode())
        licences = {name: archive.read(name) for name in names if _is_licence(name, information)}
        unpacked = sum(item.file_size for item in archive.infolist())
    return Wheel(
        path=path,
        name=re.sub(r"[-_.]+", "-", str(metadata["Name"])).lower(),
        version=str(metadata["Version"]),
        licence=_licence(metadata),
        licence_files=licences,
        glibc=glibc_of(path.stem.rpartition("-")[2]),
        unpacked=unpacked,
    )


def _is_licence(name: str, information: str) -> bool:
    """Whether a file of a wheel is a licence: of the package, or of a library that it carries."""
    return not name.endswith((".py", "/")) and (
        name.startswith(f"{information}/licenses/") or bool(LICENCE_FILE.search(name))
    )


def _licence(metadata: Message) -> str:
    """Say a licence in a line: the expression, else the classifiers, else the field."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [str(line) for line in metadata.get_all("Classifier") or [] if str(line).startswith("License ::")]
    stated = [line.split("::")[-1].strip() for line in classifiers] or [str(metadata.get("License") or "")]
    return ", ".join(stated).strip().split("\n")[0] or "see its files"


def glibc_of(platforms: str) -> tuple[int, int]:
    """Return the oldest glibc that satisfies a wheel's platform tags (PEP 600); 0.0 where any does."""
    known = [(int(major), int(minor)) for major, minor in GLIBC.findall(f"{platforms}_")]
    known += [LEGACY_GLIBC[tag] for tag in re.findall(r"manylinux(?:1|2010|2014)(?=_)", platforms)]
    return min(known, default=(0, 0))


def build_wheel(root: Path, folder: Path, epoch: int) -> None:
    """Build the wheel of a checkout; it refuses where a part that it must carry is not there."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(  # noqa: S603 - the build backend of this checkout
        command, cwd=root, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}, check=True, stdout=subprocess.DEVNULL
    )


def download(lock: Path, folder: Path) -> None:
    """Fetch the wheels of a lock for this Python and this platform, by checksum."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "-q", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(lock)]
    subprocess.run(command, check=True)  # noqa: S603 - pip of this environment


def requirements(wheels: Iterable[Wheel]) -> str:
    """Write the lines by which exactly these wheels are installed."""
    return "".join(f"{item.name}=={item.version} --hash=sha256:{item.checksum}\n" for item in wheels)


def facts(wheels: Sequence[Wheel]) -> dict[str, str]:
    """Say what the bundle needs of a server."""
    major, minor = max(item.glibc for item in wheels)
    return {
        "machine": machine(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "glibc": f"{major}.{minor}",
        "needs_mb": str(round(ROOM_FACTOR * sum(item.unpacked for item in wheels) / MEGABYTE)),
    }


def write_licences(wheels: Iterable[Wheel], folder: Path) -> None:
    """Lay out the licence files of each wheel, and a list of all."""
    lines = []
    for item in wheels:
        for name, content in item.licence_files.items():
            target = folder / f"{item.name}-{item.version}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        lines.append(f"{item.name}\t{item.version}\t{item.licence}\t{len(item.licence_files)} files\n")
    (folder / "INDEX.txt").write_text("".join(lines), encoding="utf-8")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their @MARKS@."""
    for name, value in values.items():
        text = text.replace(f"@{name.upper()}@", value)
    return text


def lay_out(root: Path, folder: Path, archive: str, epoch: int) -> None:
    """Make the content of the bundle in an empty folder."""
    (folder / "wheels").mkdir(parents=True)
    (folder / "LICENSES").mkdir()
    build_wheel(root, folder / "wheels", epoch)
    download(root / LOCK, folder / "wheels")
    wheels = [read_wheel(path) for path in sorted((folder / "wheels").iterdir())]
    platform = facts(wheels)
    (folder / "requirements.txt").write_text(requirements(wheels), encoding="utf-8")
    (folder / "PLATFORM").write_text("".join(f"{name}={value}\n" for name, value in platform.items()), encoding="utf-8")
    (folder / "VERSION").write_text(f"{version(root)}\n", encoding="utf-8")
    write_licences(wheels, folder / "LICENSES")
    for source in (OFFLINE / "install.sh", OFFLINE / "starter.toml", UNIT):
        shutil.copyfile(root / source, folder / source.name)
    (folder / "install.sh").chmod(0o755)
    readme = (root / OFFLINE / "README.txt").read_text(encoding="utf-8")
    marks = {**platform, "version": version(root), "archive": archive, "folder": folder.name}
    (folder / "README.txt").write_text(fill(readme, marks), encoding="utf-8")
    lines = [f"{checksum(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_of(folder)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def files_of(folder: Path) -> list[Path]:
    """List the files at and below a folder, in an order that no machine changes."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def pack(folder: Path, archive: Path, epoch: int) -> None:
    """Pack a folder so that the same content gives the same bytes."""
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=STORED, mtime=epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files_of(folder):
            entry = tar.gettarinfo(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = epoch
            entry.mode = 0o755 if path.name == "install.sh" else 0o644
            with path.open("rb") as content:
                tar.addfile(entry, content)


def version(root: Path) -> str:
    """Read the version of the checkout."""
    text = (root / "src" / "collega" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        message = "src/collega/__init__.py names no version"
        raise SystemExit(message)
    return found[1]


def moment_of(root: Path, environment: Mapping[str, str]) -> int:
    """Return the time that every file gets: SOURCE_DATE_EPOCH, else that of the commit, else the earliest."""
    if environment.get("SOURCE_DATE_EPOCH"):
        return int(environment["SOURCE_DATE_EPOCH"])
    git = shutil.which("git")
    if git is None:
        return EARLIEST
    asked = subprocess.run(  # noqa: S603 - git, found on PATH
        [git, "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
    )
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else EARLIEST


def build(root: Path, out: Path, epoch: int) -> Path:
    """Build the bundle; return its archive, beside which its checksum is written."""
    name = f"collega-{version(root)}-linux_{machine()}"
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="collega-bundle-") as scratch:
        folder = Path(scratch) / name
        lay_out(root, folder, archive.name, epoch)
        unfinished = archive.with_suffix(".part")
        pack(folder, unfinished, epoch)
        unfinished.replace(archive)
    archive.with_name(f"{archive.name}.sha256").write_text(f"{checksum(archive)}  {archive.name}\n", encoding="utf-8")
    return archive


def report(archive: Path) -> Iterator[str]:
    """Say what was built."""
    yield f"{archive}  {archive.stat().st_size / MEGABYTE:.0f} MB"
    yield f"sha256 {checksum(archive)}"


def main() -> int:
    """Build the bundle and print where it is."""
    parser = argparse.ArgumentParser(description="one archive for a server without internet")
    parser.add_argument("--out", type=Path, default=HERE / "dist", help="folder for the archive (dist)")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("bundle: built on Linux only, for Linux", file=sys.stderr)
        return 1
    archive = build(HERE, options.out, moment_of(HERE, os.environ))
    print("\n".join(report(archive)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
