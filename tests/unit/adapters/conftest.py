"""Apps written on the spot, and the real runner that runs them."""

import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from collega.adapters.process.runner import ProcessRunner
from collega.bootstrap.rights import interpreter_folders, let_pass
from collega.model.job import Attempt
from collega.testing import records


@dataclass(kw_only=True)
class Bench:
    """A data folder with one attempt's folders, an app, and a runner."""

    data: Path
    runner: ProcessRunner
    count: int = 0

    async def run(self, body: str, **limits: object) -> Attempt:
        """Run ``body`` as the function of an app; ``limits`` replace those of its manifest."""
        self.count += 1
        app = self.data.parent / f"apps/app{self.count}"
        app.mkdir(parents=True)
        code = "def main(inputs, outputs):\n" + textwrap.indent(textwrap.dedent(body), "    ")
        (app / "entry.py").write_text(code, encoding="utf-8")
        for name in ("in", "out"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "in" / "study.json").write_text("{}", encoding="utf-8")
        manifest = records.manifest("app", app)
        spec = replace(manifest.run, entry="entry:main", **{"time_limit_s": 5.0, **limits})  # type: ignore[arg-type]
        let_pass([app, self.folder])
        for path in (app, self.data.parent, self.data.parent / "apps"):
            path.chmod(0o755)
        return await self.runner.run(replace(manifest, run=spec), self.folder / "in", self.folder / "out")

    @property
    def folder(self) -> Path:
        return self.data / f"runs/job{self.count}/1"

    def written(self, name: str) -> str:
        return (self.folder / "out" / name).read_text(encoding="utf-8")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    data = tmp_path / "data"
    (data / "studies").mkdir(parents=True, mode=0o700)
    (data / "studies" / "secret.dcm").write_text("of another patient", encoding="utf-8")
    let_pass([data, *interpreter_folders()])
    runner = ProcessRunner(data, ["json"], allow_unconfined=False)
    yield Bench(data=data, runner=runner)
    await runner.close()


Run = Callable[..., Awaitable[Attempt]]


@pytest.fixture
def run(bench: Bench) -> Run:
    return bench.run
