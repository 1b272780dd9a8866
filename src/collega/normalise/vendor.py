"""Reading a vendor's answer: objects and JSON, held against what the app promises, become a result."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from collega.errors import QuarantineError
from collega.formats.vendor.json_answer import FILE, Answer, read_answer
from collega.formats.vendor.objects import read_object
from collega.formats.vendor.said import Ended, Said
from collega.model.code import Text
from collega.model.finding import AppResult, Attachment, Status
from collega.model.results import ResultsSpec
from collega.model.study import Study
from collega.normalise.asked import Asked
from collega.normalise.json_file import read_json
from collega.normalise.located import Places
from collega.normalise.promised import Promise, promised

# A box that sends every slice of a CT back, drawn upon, sends some hundreds.
MOST_FILES = 2_000
LONGEST_REASON = 300
VENDOR_FAILED = Text(en="the app could not analyse it", nl="de app kon het niet analyseren")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A result, and what of the answer was kept and not understood."""

    result: AppResult
    unread: tuple[str, ...] = ()


def is_vendors(folder: Path) -> bool:
    """Whether an answer is a vendor's: anything but ours."""
    return not (folder / "result.json").exists() and any(_files(folder))


def read_vendor(folder: Path, asked: Asked) -> Reading:
    """Read what a vendor left in ``folder``.

    Raises
    ------
    QuarantineError
        ``no-results-table``, ``too-much``, ``wrong-study``, and those of the readers and of
        `promised`.
    """
    manifest, study, spec = asked.manifest, asked.study, asked.manifest.results
    if spec is None:
        text = "the answer is a vendor's, and the manifest has no table [results] that says how to read it"
        raise QuarantineError("no-results-table", text)
    files = list(_files(folder))
    if len(files) > MOST_FILES:
        text = f"the answer has {len(files)} files, more than {MOST_FILES}"
        raise QuarantineError("too-much", text)
    said = [read_object(file, f"dicom/{file.name}") for file in files if file.parent.name == "dicom"]
    answer = _answer(folder, spec)
    if answer:
        _check_study(answer.said, study)
        said.append(answer.said)
    about = AppResult(
        app_id=manifest.id,
        app_version=manifest.version,
        study_instance_uid=study.study_instance_uid,
        status=Status.FAILED,
        reason_code="vendor-failed",
        reason=VENDOR_FAILED,
        attachments=tuple(_attachments(said, files)),
    )
    stopped = _stopped(about, answer, said)
    if stopped:
        return Reading(result=stopped)
    promise = promised(said, asked, spec, Places(asked, folder))
    return Reading(result=_analysed(about, promise), unread=promise.unread)


def _files(folder: Path) -> Iterator[Path]:
    for place in ("dicom", "files"):
        yield from sorted(file for file in (folder / place).glob("*") if file.is_file() and not file.is_symlink())
    if (folder / FILE).is_file():
        yield folder / FILE


def _answer(folder: Path, spec: ResultsSpec) -> Answer | None:
    if not (folder / FILE).exists():
        return None
    if spec.json is None:
        text = f"{FILE} is there, and the manifest has no results.json that says how to read it"
        raise QuarantineError("mapping", text)
    return read_answer(read_json(folder / FILE), spec.json)


def _check_study(said: Said, study: Study) -> None:
    """Hold a JSON answer against the study; one that does not say which it is about is not doubted."""
    if said.study_instance_uid and said.study_instance_uid != study.study_instance_uid:
        text = f"{said.file} belongs to another study than the one that was given"
        raise QuarantineError("wrong-study", text)


def _attachments(said: list[Said], files: list[Path]) -> Iterator[Attachment]:
    """Everything that came, to be kept and shown as it is."""
    for item in said:
        yield Attachment(kind=item.kind, file=item.file, title=item.title)
    for file in files:
        if file.parent.name == "files":
            yield Attachment(kind=file.suffix.removeprefix(".").lower() or "file", file=f"files/{file.name}", title="")


def _stopped(about: AppResult, answer: Answer | None, said: list[Said]) -> AppResult | None:
    """Give the result of an app that says itself that it could not do it."""
    if answer and answer.status is not Status.ANALYSED:
        why = " ".join(answer.reason.split())[:LONGEST_REASON] or "no reason given"
        words = Text(en=f"the app says: {why}", nl=f"de app meldt: {why}")
        code = "vendor-failed" if answer.status is Status.FAILED else "vendor-not-suitable"
        return replace(about, status=answer.status, reason_code=code, reason=words)
    reports = [item for item in said if item.ended]
    is_stopped = reports and all(item.ended is Ended.NONE for item in reports)
    return about if is_stopped else None


def _analysed(about: AppResult, promise: Promise) -> AppResult:
    return replace(
        about,
        status=Status.ANALYSED,
        reason_code="",
        reason=None,
        findings=promise.findings,
        segments=promise.segments,
        notes=promise.notes,
    )
