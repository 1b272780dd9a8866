"""De-identifying a folder of objects: names of the new files, and a report; no database is asked."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from collega.adapters.files.secret import site_secret
from collega.errors import InputError, QuarantineError
from collega.formats.dicom_deid.file import deidentify_file
from collega.formats.dicom_deid.profile import Profile, preset, read_profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Report


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a folder: objects written, files that were not, and what was done."""

    written: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


def profile_of(name: str, project: str) -> Profile:
    """Give a shipped profile, or that of a TOML file."""
    path = Path(name)
    if path.suffix != ".toml":
        return preset(name, project)
    try:
        return read_profile(path.read_text(encoding="utf-8"), path.stem, project)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise InputError(message) from None


def key_of(file: Path | None, data: Path, project: str) -> bytes:
    """Read the key of a project; where no file is named, it is made beside the data the first time."""
    if file is not None:
        try:
            return file.read_bytes()
        except OSError as error:
            message = f"{file}: {error}"
            raise InputError(message) from None
    folder = data / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return site_secret(folder, f"deidentify-{project}")


def deidentify_folder(
    source: Path, target: Path, profile: Profile, pseudonyms: Pseudonyms, tell: Callable[[int, int], None]
) -> Outcome:
    """De-identify every object at or below a path; one that cannot be is listed, and never copied."""
    files = list(_files(source))
    target.mkdir(parents=True, exist_ok=True)
    written, failed, report = 0, {}, Report()
    for number, path in enumerate(files, start=1):
        part = target / f".{os.getpid()}.part"
        try:
            report += deidentify_file(path, part, profile, pseudonyms)
            part.replace(target / f"{number:06}.dcm")
            written += 1
        except QuarantineError as error:
            failed[str(path)] = str(error)
        tell(number, len(files))
    return Outcome(written=written, failed=failed, report=report)


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    yield from sorted(path for path in source.rglob("*") if path.is_file())
