"""An attempt's folders, and a runner of services that works in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from collega.adapters.http_app.runner import HttpRunner
from collega.model.job import Attempt
from collega.model.runtime import HttpSpec, RunSpec, Runtime
from collega.testing import records

STUDY = {"app": {"id": "chest", "version": "1.0.0"}, "study": {"study_instance_uid": "1.2.3"}}


def our_result(study: Mapping[str, Any], notes: Sequence[str] = ()) -> dict[str, Any]:
    return {"schema": "collega/result/1", "app": study["app"], "notes": list(notes)}


@dataclass(kw_only=True)
class Desk:
    """One attempt with two images."""

    folder: Path
    runner: HttpRunner
    images: Sequence[bytes] = (b"first image", b"second image")

    async def run(self, url: str, service: HttpSpec | None = None, **limits: Any) -> Attempt:
        """Ask the service at ``url``; ``limits`` replace those of the manifest."""
        (self.folder / "in" / "dicom").mkdir(parents=True)
        (self.folder / "out").mkdir()
        for number, image in enumerate(self.images, 1):
            (self.folder / f"in/dicom/{number:05d}.dcm").write_bytes(image)
        (self.folder / "in" / "study.json").write_text(json.dumps(STUDY), encoding="utf-8")
        manifest = records.manifest("chest", self.folder)
        asked = replace(service, url=url) if service else HttpSpec(url=url)
        spec = RunSpec(
            runtime=Runtime.HTTP,
            http=asked,
            **{"time_limit_s": 5.0, "memory_mb": 16, "output_mb": 1, "attempts": 2, **limits},
        )
        return await self.runner.run(replace(manifest, run=spec), self.folder / "in", self.folder / "out")

    def written(self) -> list[str]:
        out = self.folder / "out"
        return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())

    def result(self) -> Any:
        return json.loads((self.folder / "out" / "result.json").read_text(encoding="utf-8"))
