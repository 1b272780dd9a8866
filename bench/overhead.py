"""What each runtime adds to an app's own time: the wall time of an attempt less what the app says that it took."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from bench.figures import emit_all, emit_missing
from tests.images.build import images

from collega.adapters.files.archive import FileArchive
from collega.bootstrap.apps.runners import build_runners
from collega.bootstrap.rights import let_pass
from collega.config import Settings
from collega.model.app import Manifest
from collega.model.job import AttemptOutcome
from collega.model.runtime import ContainerSpec, Runtime
from collega.run.execute import lay_out
from collega.run.manifest import read_manifest
from collega.testing import records

APP = Path(__file__).resolve().parent / "apps" / "timed"
# Seconds beside the app's own time.
TARGETS: Mapping[str, float] = {"python": 0.05, "container": 0.7}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An app to start again and again, and where its folders are made."""

    folder: Path
    manifest: Manifest
    runs: int


def measure(folder: Path, runs: int) -> None:
    """Measure each runtime, one attempt at a time; the first attempt of each is not counted."""
    folder.mkdir(parents=True)
    let_pass([folder])
    for runtime, measured in RUNTIMES.items():
        asyncio.run(measured(folder / runtime, runs))


async def _python(folder: Path, runs: int) -> None:
    await _emit("python", Trial(folder=folder, manifest=read_manifest(APP), runs=runs))


async def _container(folder: Path, runs: int) -> None:
    folder.mkdir()  # noqa: ASYNC240 - nothing else runs meanwhile
    try:
        with images(folder, ("collega",)) as names:
            made = read_manifest(APP)
            container = ContainerSpec(image=names["collega"], command=("/app", "timed"))
            spec = replace(made.run, runtime=Runtime.CONTAINER, entry="", container=container)
            await _emit("container", Trial(folder=folder, manifest=replace(made, run=spec), runs=runs))
    except pytest.skip.Exception as error:
        emit_missing("overhead of a run: container", "s", str(error))


async def _emit(runtime: str, trial: Trial) -> None:
    walls, overheads = await attempts(trial)
    emit_all(f"overhead of a run: {runtime}", "s", overheads, target=TARGETS[runtime], wall_s=sum(walls) / len(walls))


async def attempts(trial: Trial) -> tuple[list[float], list[float]]:
    """Run an app; returns the wall times of its attempts, and those less the app's own, in seconds."""
    data = trial.folder / "data"
    data.mkdir(parents=True)
    runners = build_runners(Settings(data=data), data, [trial.manifest])
    runners.start()
    walls, overheads = [], []
    try:
        for number in range(trial.runs + 1):
            attempt_folder = _laid_out(data, trial.manifest, number)
            attempt = await runners.runner.run(trial.manifest, attempt_folder / "in", attempt_folder / "out")
            if attempt.outcome is not AttemptOutcome.ANSWERED:
                message = f"{trial.manifest.id}: {attempt.outcome}: {attempt.detail}"
                raise RuntimeError(message)
            own = float((attempt_folder / "out" / "took").read_text(encoding="utf-8"))
            walls.append(attempt.wall_s)
            overheads.append(attempt.wall_s - own)
    finally:
        await runners.close()
    return walls[1:], overheads[1:]


def _laid_out(data: Path, manifest: Manifest, number: int) -> Path:
    header = records.header()
    image = records.instance(header)
    kept = data / image.path
    with suppress(FileExistsError):
        kept.parent.mkdir()
    kept.write_bytes(bytes(128) + b"DICM" + bytes(512 * 512 * 2))
    archive = FileArchive(data)
    folder = archive.job_folder(f"job{number}", 1)
    lay_out(archive, folder, records.study(header), [image], manifest)
    return folder


RUNTIMES: Mapping[str, Callable[[Path, int], Coroutine[Any, Any, None]]] = {"python": _python, "container": _container}
