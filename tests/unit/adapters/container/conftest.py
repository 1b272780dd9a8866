"""Real containers of our own images, run by the real runner."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from collega.adapters.container.runner import ContainerRunner
from collega.adapters.files.archive import FileArchive
from collega.model.app import Manifest
from collega.model.job import Attempt
from collega.model.runtime import ContainerSpec, Package, RunSpec, Runtime
from collega.run.execute import lay_out
from collega.testing import records
from tests.images.build import images as built
from tests.images.build import working_options

IMAGES = 2
KINDS = ("collega", "monai", "holoscan", "mercure")


@dataclass(kw_only=True)
class Yard:
    """A data folder, an app's folder, and a runner."""

    data: Path
    app: Path
    names: Mapping[str, str]
    runner: ContainerRunner
    count: int = 0

    def manifest(self, *command: str, kind: str = "collega", image: str = "", **limits: Any) -> Manifest:
        """Describe an app in one of the images; ``limits`` replace those of its manifest."""
        package = Package.MONAI if kind == "holoscan" else Package(kind)
        processes = limits.pop("processes", 32)
        spec = RunSpec(
            runtime=Runtime.CONTAINER,
            time_limit_s=20.0,
            memory_mb=64,
            output_mb=8,
            attempts=1,
            container=ContainerSpec(
                image=image or self.names[kind],
                package=package,
                command=("/app", *command) if command else (),
                processes=processes,
            ),
        )
        return records.manifest("finder", self.app, run=replace(spec, **limits))

    async def run(self, *command: str, **values: Any) -> Attempt:
        """Run one attempt on a study of two images."""
        self.count += 1
        return await self.runner.run(*self.prepared(self.manifest(*command, **values)))

    def prepared(self, manifest: Manifest) -> tuple[Manifest, Path, Path]:
        """Lay out the folders of an attempt as the step does."""
        headers = [records.header(str(number)) for number in range(IMAGES)]
        stored = [records.instance(header) for header in headers]
        for item in stored:
            path = self.data / item.path
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(bytes(128) + b"DICM" + item.header.sop_instance_uid.encode())
        lay_out(FileArchive(self.data), self.folder, records.study(headers[0]), stored, manifest)
        return manifest, self.folder / "in", self.folder / "out"

    @property
    def folder(self) -> Path:
        """The folder of the last attempt."""
        folder = self.data / f"runs/job{self.count}/1"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def log(self) -> str:
        """Read what the last attempt printed."""
        return (self.folder / "log.txt").read_text(encoding="utf-8")

    def left(self) -> list[str]:
        """List the files in the output folder of the last attempt."""
        out = self.folder / "out"
        return sorted(str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir())


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with built(tmp_path_factory.mktemp("images"), KINDS) as found:
        yield found


@pytest.fixture
async def yard(tmp_path: Path, names: Mapping[str, str]) -> AsyncIterator[Yard]:
    data, app = tmp_path / "data", tmp_path / "finder"
    data.mkdir()
    app.mkdir()
    runner = ContainerRunner(data, engine="", arguments=working_options(), gpus=("7",))
    yield Yard(data=data, app=app, names=names, runner=runner)
    await runner.close()
