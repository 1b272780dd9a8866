"""De-identifying a folder of objects, by several processes: names of the new files, and what became of each.

No database and no server is asked.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from collega import __version__
from collega.errors import InputError, QuarantineError
from collega.formats.dicom_deid.container import opened
from collega.formats.dicom_deid.file import Ready, made_ready
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Done, Report

# What a run is told by in its folder: another key or profile must not go on with it.
RECORD = "deidentification.json"
CHUNK = 8
PART = ".part"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done.

    Parameters
    ----------
    source, target : Path
        Where the objects are, and where they go.
    profile : Profile
        What stays and what goes.
    pseudonyms : Pseudonyms
        What stands in place of names, numbers, UIDs and dates.
    processes : int
        How many work at it.
    resume : bool
        Whether to go on with what is in ``target``.
    """

    source: Path
    target: Path
    profile: Profile
    pseudonyms: Pseudonyms
    processes: int = 1
    resume: bool = False


class Result(NamedTuple):
    """What became of one file: its new name, or why it has none."""

    source: str
    name: str = ""
    written: bool = False
    problem: str = ""
    report: Report = Report()


@dataclass(kw_only=True)
class Outcome:
    """What became of a folder.

    Parameters
    ----------
    written, present : int
        Objects that were written, and that were there already.
    failed : dict of str to str
        File of the source to the reason why it was not written.
    counts : Counter of Done
        How often what was done to which attribute.
    look_at : dict of str to list of str
        New file to what a person should look at.
    """

    written: int = 0
    present: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    counts: Counter[Done] = field(default_factory=Counter)
    look_at: dict[str, list[str]] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Take in what became of one file."""
        if result.problem:
            self.failed[result.source] = result.problem
            return
        self.written += result.written
        self.present += not result.written
        self.counts.update(result.report.counts)
        if result.report.warnings:
            self.look_at[result.name] = list(result.report.warnings)

    def as_json(self) -> dict[str, object]:
        """Give it as JSON; it names files of the source, so it stays in the house."""
        report = Report(counts=dict(self.counts)).as_json()
        look_at = dict(sorted(self.look_at.items()))
        failed = dict(sorted(self.failed.items()))
        return {
            "written": self.written,
            "present": self.present,
            "failed": failed,
            "actions": report["actions"],
            "look_at": look_at,
        }


def deidentify_folder(order: Order, tell: Callable[[int, int], None]) -> Outcome:
    """De-identify every object at or below a path; one that cannot be is listed, and never copied.

    Parameters
    ----------
    order : Order
        What is to be done.
    tell : callable
        Is told how many files are done, and of how many.

    Raises
    ------
    InputError
        The folders cannot be used: one lies in the other, or the target holds something else.
    """
    _prepare(order)
    files = _files(order.source)
    outcome = Outcome()
    tell(0, len(files))
    for number, result in enumerate(_results(order, files), start=1):
        outcome.add(result)
        tell(number, len(files))
    return outcome


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*") if path.is_file())


def check_folders(source: Path, target: Path, *, resume: bool) -> None:
    """See that objects can go from one place to another, before anything is made.

    Raises
    ------
    InputError
        There is nothing, one lies in the other, or the target holds something and is not to be gone on with.
    """
    if not source.exists():
        message = f"{source}: no such file or folder"
        raise InputError(message)
    begin, end = source.resolve(), target.resolve()
    folder = begin if begin.is_dir() else begin.parent
    if end == folder or (begin.is_dir() and begin in end.parents) or end in begin.parents:
        message = f"{target} and {source} lie in one another: the new objects need a folder of their own"
        raise InputError(message)
    if target.is_file() or (target.is_dir() and any(target.iterdir()) and not resume):
        message = f"{target} is not empty: name another folder, or go on with --resume"
        raise InputError(message)


def _prepare(order: Order) -> None:
    """Make the folder, or see that what is in it is of the same run."""
    check_folders(order.source, order.target, resume=order.resume)
    wanted, record = _record(order), order.target / RECORD
    order.target.mkdir(parents=True, exist_ok=True)
    if any(order.target.iterdir()) and not (record.is_file() and record.read_text(encoding="utf-8") == wanted):
        message = f"{order.target} was made with another key, project or profile, or by something else: name another"
        raise InputError(message)
    record.write_text(wanted, encoding="utf-8")
    for part in order.target.glob(f".*{PART}"):
        part.unlink()


def _record(order: Order) -> str:
    """Say how objects were made, in a way that tells nothing of a patient and does not give the key away."""
    profile = order.profile
    said = {
        "software": f"collega {__version__}",
        "profile": profile.name,
        "options": sorted(profile.options),
        "key": order.pseudonyms.fingerprint(),
        "rules": order.pseudonyms.identifier("profile", _in_order(profile)),
    }
    return json.dumps(said, indent=1) + "\n"


def _in_order(profile: Profile) -> str:
    """Write a profile so that the same one is always written the same."""
    sets = (sorted(profile.options), sorted(profile.keep), sorted(profile.remove))
    flags = (profile.holds_back_burned_in, profile.looks_for_text, profile.pseudonymous_accession)
    return repr((sets, profile.safe_private, profile.areas, flags))


def _results(order: Order, files: list[Path]) -> Iterator[Result]:
    """Do the files in their order, in this process or in several.

    A decoder that ends its process on a broken image takes its neighbours along: they are done one by one.
    """
    work = partial(_one, order)
    if order.processes == 1:
        yield from map(work, files)
        return
    done = 0
    while done < len(files):
        try:
            for result in _in_processes(work, files[done:], order.processes):
                done += 1
                yield result
        except BrokenProcessPool:
            for path in files[done : done + CHUNK]:
                done += 1
                yield _alone(work, path)


def _in_processes(work: Callable[[Path], Result], files: list[Path], processes: int) -> Iterator[Result]:
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        yield from pool.map(work, files, chunksize=CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(work: Callable[[Path], Result], path: Path) -> Result:
    try:
        return next(_in_processes(work, [path], 1))
    except BrokenProcessPool:
        return Result(str(path), problem="a decoder ended its process on it")


def _one(order: Order, path: Path) -> Result:
    """De-identify one file."""
    source = str(path)
    try:
        with made_ready(path, order.profile, order.pseudonyms) as ready:
            name = _name(ready, order.pseudonyms)
            written = _placed(ready, order.target, order.target / name)
            return Result(source, name=name, written=written, report=ready.done.report)
    except QuarantineError as error:
        return Result(source, problem=str(error))


def _name(ready: Ready, pseudonyms: Pseudonyms) -> str:
    """Give the path of a new file: nothing of the old one, and not its UIDs, which may have been kept."""
    dataset = ready.done.dataset
    uids = (dataset.get("StudyInstanceUID"), dataset.get("SeriesInstanceUID"), dataset.SOPInstanceUID)
    return "/".join([dataset.PatientID, *(pseudonyms.identifier("file", str(uid)) for uid in uids)]) + ".dcm"


def _placed(ready: Ready, folder: Path, target: Path) -> bool:
    """Put a new file in its place, whole or not at all; False where it was there already.

    Raises
    ------
    QuarantineError
        Another object of the same UID is there.
    """
    if not target.exists() or _is_cut(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = folder / f".{os.getpid()}{PART}"
        ready.write(part)
        with suppress(FileExistsError):
            os.link(part, target)
            part.unlink()
            return True
        part.unlink()
    if not ready.is_in(target):
        text = "another object with the same UID was written before"
        raise QuarantineError("conflict", text)
    return False


def _is_cut(file: Path) -> bool:
    """Whether a machine died while a file was written; it is then removed."""
    try:
        opened(file.read_bytes())
    except QuarantineError:
        file.unlink(missing_ok=True)
        return True
    return False
