"""Fetches OHIF, built by its makers, from npm, and packs it for the address under which collega serves it."""

import argparse
import base64
import gzip
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "collega" / "web" / "ohif"  # no repository holds it; a wheel does
# A new version: change both, then run the tests of the viewers.
PACKAGE = "@ohif/app@3.13.2"
INTEGRITY = "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
PREFIX = "/viewer/"
DIST = "package/dist/"
# What the program itself loads. The rest is for other ways to serve it: source maps, a service worker, other people's
# sign-in, models to segment with, a viewer for microscopy, icons for telephones.
WANTED = (
    re.compile(r"[\w-]+\.bundle\.(?:[0-9a-f]+\.js|css)"),
    re.compile(r"\d+\.css"),
    re.compile(r"[0-9a-f]{16}\.(?:wasm|woff2)"),
    re.compile(r"ohif-logo(?:-light)?\.svg"),
    re.compile(r"assets/images/[\w-]+\.png"),
)
# Where its parts look for each other: the root of a server, until it is told otherwise. And what broke here.
CHANGES = {
    ".js": (
        (re.compile(rb'(__webpack_require__\.p = )"/"'), rb'\1"' + PREFIX.encode() + b'"'),
        # A mask of a film has no Pixel Measures (PS3.3 A.51.5.1 asks for them in a frame of reference alone): the
        # viewer went blank over it.
        (re.compile(rb"(SliceThickness\s*\} = PixelMeasures);"), rb"\1 || {};"),
    ),
    ".css": ((re.compile(rb"url\(/(?!/)"), b"url(" + PREFIX.encode()),),
}
SOURCE_MAP = re.compile(rb"\s*(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=[^*]+\*/)\s*\Z")
LEVEL = 9


def wanted(name: str) -> bool:
    """Tell whether a file of the distribution is served."""
    return any(pattern.fullmatch(name) for pattern in WANTED)


def at_prefix(name: str, content: bytes) -> bytes:
    """Give a file as it must be to be served below the prefix."""
    changes = CHANGES.get(PurePosixPath(name).suffix, ())
    for pattern, there in changes:
        content = pattern.sub(there, content)
    return SOURCE_MAP.sub(b"\n", content) if changes else content


def check(archive: Path) -> None:
    """Refuse another archive than the one that was tried.

    Raises
    ------
    SystemExit
        Its checksum is another.
    """
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        message = f"{archive.name} is not the archive of {PACKAGE} that was tried: sha512-{digest}"
        raise SystemExit(message)


def unpack(archive: Path, folder: Path) -> int:
    """Write the files that are served, each packed as it is sent; return how many bytes they are."""
    size = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix(DIST)
            source = tar.extractfile(member) if member.isfile() else None
            if member.name == "package/LICENSE" and source is not None:
                (folder / "LICENSE").write_bytes(source.read())
            elif member.name.startswith(DIST) and wanted(name) and source is not None:
                file = folder / f"{name}.gz"
                file.parent.mkdir(parents=True, exist_ok=True)
                # Without a time inside: the same archive gives the same bytes on each machine.
                file.write_bytes(gzip.compress(at_prefix(name, source.read()), LEVEL, mtime=0))
                size += file.stat().st_size
    return size


def fetch(npm: str, folder: Path) -> Path:
    """Have npm fetch the archive, without what it names as needed: that is built into it."""
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), PACKAGE]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - the npm of this environment
    return next(folder.glob("*.tgz"))


def main() -> None:
    """Fetch, check, unpack beside what is there, and put it in its place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--npm", default=str(ROOT / ".venv" / "bin" / "npm"), help="the command npm")
    parser.add_argument("--archive", type=Path, help="an archive that is here already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collega-viewer-") as name:
        archive = asked.archive or fetch(asked.npm, Path(name))
        check(archive)
        made = Path(name) / "made"
        made.mkdir()
        size = unpack(archive, made)
        (made / "VERSION").write_text(PACKAGE.rpartition("@")[2] + "\n", encoding="utf-8")
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(made, FOLDER)
    print(f"viewer: {PACKAGE}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
