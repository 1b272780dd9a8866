"""An app without a server: run it on files, hold it against the contract."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.files.archive import FileArchive
from collega.bootstrap.apps.boxes import box_problems
from collega.bootstrap.apps.runners import build_runners
from collega.bootstrap.site import catalogue
from collega.config import Settings
from collega.errors import InputError, ManifestError, QuarantineError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome
from collega.model.runtime import ELSEWHERE
from collega.model.study import Instance, Study, StudyState
from collega.normalise.asked import Asked
from collega.normalise.conclude import read_answer
from collega.normalise.written import as_json
from collega.run.execute import lay_out
from collega.run.manifest import FILE, read_manifest
from collega.run.outside import is_outside
from collega.run.runners import start
from collega.testing.head_bleeds import Bleed
from collega.testing.head_ct import head_ct
from collega.testing.synthetic import chest_film, ct_series

TRIAL_SEED = 20260301
TRIAL_BLEED = Bleed(volume_ml=12.0)
HEAD_PARTS = frozenset({"HEAD", "BRAIN", "SKULL"})


def find_app(settings: Settings, app: str) -> Manifest:
    """Find an installed app by its id, or read the folder of one."""
    folder = Path(app)
    if (folder / FILE).exists() or folder.is_dir():
        return read_manifest(folder)
    apps = catalogue(settings)
    manifest = apps.get(app)
    if manifest is None:
        for problem in (text for folder, text in apps.problems.items() if folder.name == app):
            raise ManifestError(problem)
        message = f"{app}: neither an installed app (see `collega apps list`) nor a folder with an {FILE}"
        raise InputError(message)
    return manifest


def run_app(settings: Settings, app: str, paths: Sequence[Path], output: Path | None) -> dict[str, Any]:
    """Run an app on the files of one study.

    Returns
    -------
    dict
        The app's ``result.json``, or a vendor's answer in its form, with the account of the attempt
        under ``attempt``; where it gave no usable answer, a result with status ``failed`` and the reason.
    """
    manifest = find_app(settings, app)
    contents = [path.read_bytes() for path in dicom_files(paths)]
    return asyncio.run(_trial(settings, manifest, contents, output))


def check_app(settings: Settings, app: str) -> list[str]:
    """Hold an app against the contract; returns what is wrong, in words."""
    try:
        manifest = find_app(settings, app)
    except ManifestError as error:
        return str(error).splitlines()
    return examine(settings, manifest)[0]


def examine(settings: Settings, manifest: Manifest) -> tuple[list[str], tuple[str, ...]]:
    """Run an app on a generated study; returns what is wrong, in words, and how well it was fenced in.

    A vendor's box gets no made-up study, which it might pass on: it is greeted. Nor does an app outside the house:
    nothing goes there but through the gate. Its health is asked (`collega.bootstrap.apps.remarks`).
    """
    if is_outside(manifest):
        return [], ()
    if manifest.run.dicom is not None:
        return box_problems(settings, manifest, catalogue(settings)), ()
    answer = asyncio.run(_trial(settings, manifest, _generated(manifest), None))
    problems = []
    if answer["attempt"]["outcome"] != AttemptOutcome.ANSWERED:
        problems.append(f"{manifest.folder}: on a generated study: {answer['attempt']['outcome']}: {_detail(answer)}")
    elif answer["status"] == "failed":
        problems.append(f"{manifest.folder}: on a generated study: {answer['reason']['text']['en']}")
    isolation = (ELSEWHERE,) if manifest.run.is_remote else tuple(answer["attempt"]["isolation"])
    return problems, isolation


def dicom_files(paths: Iterable[Path]) -> list[Path]:
    """List the files at and below the paths that begin as DICOM files do (PS3.10 7.1)."""
    found = []
    for path in paths:
        if not path.exists():
            message = f"{path}: no such file or folder"
            raise InputError(message)
        candidates = [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())
        found += [item for item in candidates if item == path or _is_dicom(item)]
    if not found:
        message = f"{', '.join(map(str, paths))}: no DICOM files there"
        raise InputError(message)
    return found


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _generated(manifest: Manifest) -> list[bytes]:
    """Make a study of a modality that the app accepts, and of a part of the body where it asks for one."""
    if "CT" in manifest.accepts["modality"]:
        of_head = HEAD_PARTS & {str(part).upper() for part in manifest.accepts.get("body_part", ())}
        series = head_ct(TRIAL_SEED, lesions=[TRIAL_BLEED]) if of_head else ct_series(TRIAL_SEED)
        return [encode(dataset) for dataset in series]
    return [encode(chest_film(seed=TRIAL_SEED))]


async def _trial(
    settings: Settings, manifest: Manifest, contents: Sequence[bytes], output: Path | None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="collega-trial-") as name:
        data = Path(name)
        archive = FileArchive(data)
        study, images = _study(archive, contents, ZoneInfo(settings.site.timezone))
        folder = data / "attempt"
        lay_out(archive, folder, study, images, manifest)
        runners = build_runners(settings, data, [manifest])
        try:
            attempt = await start(runners.runner, manifest, folder)
        finally:
            await runners.close()
        answer = _judge(attempt, _asked(archive, study, images, manifest), folder / "out")
        if output is not None:
            shutil.copytree(folder / "out", output, dirs_exist_ok=True)
        return {**answer, "attempt": _account(attempt)}


def _study(archive: FileArchive, contents: Sequence[bytes], zone: ZoneInfo) -> tuple[Study, list[Instance]]:
    images = []
    for number, content in enumerate(contents):
        header = read_header(content, zone)
        path = f"studies/{number:05d}.dcm"
        archive.keep(path, content)
        images.append(
            Instance(
                header=header, study_key="", revision=1, path=path, size=len(content), received_at=datetime.now(UTC)
            )
        )
    studies = {item.header.study_instance_uid for item in images}
    if len(studies) != 1:
        message = f"the files belong to {len(studies)} studies; give those of one"
        raise InputError(message)
    first = images[0].header
    study = Study(
        key="",
        study_instance_uid=first.study_instance_uid,
        patient=first.patient,
        accession_number=first.accession_number,
        study_date=first.study_date,
        study_time=first.study_time,
        description=first.study_description,
        study_at=first.study_at,
        revision=1,
        state=StudyState.ROUTED,
        last_received_at=images[-1].received_at,
        complete_at=None,
    )
    return study, images


def _asked(archive: FileArchive, study: Study, images: Sequence[Instance], manifest: Manifest) -> Asked:
    inputs = {item.header.sop_instance_uid: item for item in images}
    files = {uid: archive.path(item.path) for uid, item in inputs.items()}
    return Asked(study=study, manifest=manifest, inputs=inputs, files=files)


def _judge(attempt: Attempt, asked: Asked, folder: Path) -> dict[str, Any]:
    study, manifest = asked.study, asked.manifest
    if attempt.outcome is not AttemptOutcome.ANSWERED:
        return _failure(study, manifest, attempt.outcome.replace("_", "-"), attempt.detail or attempt.outcome)
    try:
        reading = read_answer(folder, asked)
    except QuarantineError as error:
        return _failure(study, manifest, error.code, str(error))
    if not (folder / "result.json").exists():
        return as_json(reading)
    answer: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for item, found in zip(answer["findings"], reading.result.findings, strict=True):
        item["evaluation"] = found.evaluation  # an app may give scores alone
    return answer


def _failure(study: Study, manifest: Manifest, code: str, text: str) -> dict[str, Any]:
    return {
        "schema": "collega/result/1",
        "app": {"id": manifest.id, "version": manifest.version},
        "study_instance_uid": study.study_instance_uid,
        "status": "failed",
        "reason": {"code": code, "text": {"en": text, "nl": text}},
        "findings": [],
    }


def _account(attempt: Attempt) -> dict[str, Any]:
    return {
        "outcome": attempt.outcome,
        "detail": attempt.detail,
        "isolation": list(attempt.isolation),
        "wall_s": round(attempt.wall_s, 4),
        "cpu_s": round(attempt.cpu_s, 4),
        "peak_mb": round(attempt.peak_mb, 1),
    }


def _detail(answer: dict[str, Any]) -> str:
    return str(answer["attempt"]["detail"])
