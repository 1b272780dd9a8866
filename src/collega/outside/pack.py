"""A feedback pack as one file: cases about nobody, a letter, and a checksum of each part.

The same cases give the same bytes. Written beside its place: what stands under its name is whole.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from collega.errors import QuarantineError
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.model.finding import AppResult, Finding, Region
from collega.model.pack import Case, LeftOut
from collega.model.study import Study
from collega.outside.pseudonymise import make_objects_ready

SUMS, CASES = "SHA256SUMS", "cases.json"
# No moment of making: who packs the same again has the same file.
MOMENT = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644 << 16
CHUNK = 1 << 20
REASONS: Mapping[str, LeftOut] = {"burned-in": LeftOut.BURNED_IN, "recognizable": LeftOut.RECOGNIZABLE}
Letter = Callable[[Mapping[int, LeftOut]], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class CaseFiles:
    """What a case is made of.

    Parameters
    ----------
    label : str
        Number of the case, as both sides call it.
    why_not : LeftOut or None
        Why it stays here, as far as that is known before its files are looked at.
    files : Mapping
        Name in the pack -> place of the object on disk, as it came.
    with_text : bool
        Whether the words of readers go along.
    """

    label: str
    case: Case
    study: Study
    result: AppResult | None
    files: Mapping[str, Path]
    with_text: bool = False
    why_not: LeftOut | None = None


@dataclass(frozen=True, kw_only=True)
class PackedCase:
    """A case that is in the file: how much of it, and the pseudonyms by which it is read back."""

    case: Case
    study: Study
    names: Mapping[str, tuple[str, str]]
    files: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file that may leave, still under another name; `put_in_place` gives it its own."""

    part: Path
    cases: tuple[PackedCase, ...]
    left_out: Mapping[int, LeftOut]
    sha256: str
    files: int
    bytes: int


def pack_profile(profile: Profile) -> Profile:
    """Add to the profile of what leaves that structured reports are cleaned, not emptied."""
    return replace(profile, options=profile.options | {Option.CLEAN_CONTENT})


def write_pack(  # noqa: PLR0913 - one file, one account
    target: Path, work: Path, cases: Sequence[CaseFiles], letter: Letter, profile: Profile, pseudonyms: Pseudonyms
) -> Packed:
    """Write everything beside ``target``; ``work`` is a folder for what is under way, emptied here."""
    part = target.with_name(f"{target.name}.part")
    writer = _Writer(work=work, profile=profile, pseudonyms=pseudonyms)
    with part.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        writer.write(archive, cases, letter)
        archive.close()
        file.flush()
        os.fsync(file.fileno())
    return Packed(
        part=part,
        cases=tuple(writer.packed),
        left_out=writer.left_out,
        sha256=_sum(part),
        files=len(writer.sums) + 1,
        bytes=part.stat().st_size,
    )


def put_in_place(packed: Packed, target: Path) -> None:
    """Give the file its name, at once and durably."""
    packed.part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Writer:
    """One pack while it is written."""

    def __init__(self, *, work: Path, profile: Profile, pseudonyms: Pseudonyms) -> None:
        self._work, self._profile, self._pseudonyms = work, profile, pseudonyms
        self.sums: dict[str, str] = {}
        self.left_out: dict[int, LeftOut] = {}
        self.packed: list[PackedCase] = []

    def write(self, archive: zipfile.ZipFile, cases: Sequence[CaseFiles], letter: Letter) -> None:
        told = [one for case in cases if (one := self._case(archive, case))]
        self._add(archive, CASES, _json(told))
        for name, text in sorted(letter(self.left_out).items()):
            self._add(archive, name, text.encode())
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))
        archive.writestr(_entry(SUMS), lines)

    def _case(self, archive: zipfile.ZipFile, files: CaseFiles) -> dict[str, Any] | None:
        """Add a case, or note why it stays."""
        try:
            why_not = files.why_not or (None if self._lay_out(files) else LeftOut.IMAGES_REMOVED)
            if why_not is None:
                return self._leaves(archive, files)
        except QuarantineError as error:
            why_not = REASONS.get(error.code, LeftOut.IDENTITY_LEFT)
        self.left_out[files.case.number] = why_not
        return None

    def _lay_out(self, files: CaseFiles) -> bool:
        """Put the objects of a case in a folder of their own; false where one is not there any more."""
        shutil.rmtree(self._work, ignore_errors=True)
        for name, place in files.files.items():
            if not place.is_file():
                return False
            (self._work / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (self._work / "in" / name).symlink_to(place.resolve())
        return bool(files.files)

    def _leaves(self, archive: zipfile.ZipFile, files: CaseFiles) -> dict[str, Any]:
        told = _told(files, self._pseudonyms)
        ready = make_objects_ready(
            self._work / "in", self._work / "sent", files.study, self._profile, self._pseudonyms, [_json(told).decode()]
        )
        for path in sorted((self._work / "sent").rglob("*.dcm")):
            name = path.relative_to(self._work / "sent").as_posix()
            self._add(archive, f"cases/{files.label}/{name}", path.read_bytes())
        shutil.rmtree(self._work, ignore_errors=True)
        self.packed.append(
            PackedCase(case=files.case, study=files.study, names=ready.names, files=ready.files, bytes=ready.bytes)
        )
        return told

    def _add(self, archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        archive.writestr(_entry(name), content)
        self.sums[name] = hashlib.sha256(content).hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, PLAIN_FILE, 3
    return entry


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _told(files: CaseFiles, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Tell a case key by key: no moment, no reader, and no word that somebody typed unless it was read for that."""
    case = files.case
    findings = files.result.findings if files.result else ()
    return {
        "case": files.label,
        "source": case.source,
        "app": {"id": case.app_id, "version": case.app_version},
        "finding": case.finding_id,
        "contrast": case.contrast,
        "causes": list(case.causes),
        "readers": case.readers,
        "text": case.text if files.with_text else "",
        "place": _place(case.place, pseudonyms) if case.place else None,
        "ai": {
            "outcome": files.result.outcome if files.result else "",
            "findings": [_finding(one, pseudonyms) for one in findings],
        },
    }


def _finding(finding: Finding, pseudonyms: Pseudonyms) -> dict[str, Any]:
    score = finding.score
    return {
        "id": finding.id,
        "code": {"scheme": finding.code.scheme, "value": finding.code.value},
        "evaluation": finding.evaluation,
        "score": {
            "value": score.value,
            "scale": [score.low, score.high],
            "direction": score.direction,
            "calibrated": score.calibrated,
        },
        "threshold": finding.threshold,
        "images": [pseudonyms.uid(image) for image in finding.images],
        "regions": [_place(region, pseudonyms) for region in finding.regions],
        "measurements": [
            {"scheme": one.name.scheme, "code": one.name.value, "value": one.value, "unit": one.unit}
            for one in finding.measurements
        ],
    }


def _place(region: Region, pseudonyms: Pseudonyms) -> dict[str, Any]:
    return {
        "kind": region.kind,
        "image": pseudonyms.uid(region.image),
        "frame": region.frame,
        "points": [list(point) for point in region.points],
    }
