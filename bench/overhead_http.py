"""What a service costs beside its own time: from the start of the attempt until its answer lies in the folder."""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.figures import emit_all

from collega.adapters.http_app.runner import HttpRunner
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.model.job import AttemptOutcome
from collega.model.runtime import HttpSpec, RunSpec, Runtime
from collega.testing import records
from collega.testing.synthetic import chest_film, ct_series
from collega.testing.vendor_service import Answer, Files, Manner, json_answer, vendor_service

OWN_SECONDS = 0.1
TARGET_S = 0.05
STUDY = {"app": {"id": "service", "version": "1.0.0"}, "study": {"study_instance_uid": "1.2.3"}}


def measure(runs: int) -> None:
    """Ask a simulated service of this machine so many times, with a film and with a CT of 200 slices."""
    film = [encode(chest_film(1))]
    _measure("overhead of a run: http", film, runs, TARGET_S)
    _measure(
        "overhead of a run: http, a CT",
        [encode(one) for one in ct_series(1, slices=200, size=512)],
        max(runs // 5, 2),
        None,
    )


def _measure(bench: str, images: Sequence[bytes], runs: int, target: float | None) -> None:
    with vendor_service(_answer, Manner(delay_s=OWN_SECONDS)) as service:
        spent = asyncio.run(_ask(service.url, images, runs))
    size = sum(map(len, images)) / 1e6
    emit_all(bench, "s", spent, target=target, megabytes=size, images=len(images), own_s=OWN_SECONDS)


def _answer(study: Mapping[str, Any], _: Files) -> Answer:
    return json_answer({"schema": "collega/result/1", "app": study["app"]})


async def _ask(url: str, images: Sequence[bytes], runs: int) -> list[float]:
    """Run attempts one after the other; returns seconds beside the service's own time."""
    runner, spent = HttpRunner(()), []
    for number in range(runs):
        with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
            folder = Path(name) / str(number)
            _lay_out(folder, images)
            attempt = await runner.run(_manifest(url, folder), folder / "in", folder / "out")
            if attempt.outcome is not AttemptOutcome.ANSWERED:
                raise SystemExit(attempt.detail)
            spent.append(attempt.wall_s - OWN_SECONDS)
    return spent


def _lay_out(folder: Path, images: Sequence[bytes]) -> None:
    (folder / "in" / "dicom").mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "in" / "study.json").write_text(json.dumps(STUDY), encoding="utf-8")
    for number, image in enumerate(images, 1):
        (folder / f"in/dicom/{number:05d}.dcm").write_bytes(image)


def _manifest(url: str, folder: Path) -> Manifest:
    run = RunSpec(
        runtime=Runtime.HTTP, time_limit_s=60.0, memory_mb=16, output_mb=10, attempts=1, http=HttpSpec(url=url)
    )
    return replace(records.manifest("service", folder), run=run)
