"""The runners of this site, one for each runtime."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.dimse.box import BoxRunner
from collega.adapters.http_app.runner import HttpRunner
from collega.adapters.process.runner import ProcessRunner
from collega.bootstrap.rights import interpreter_folders, let_pass
from collega.config import Settings
from collega.model.app import Manifest
from collega.model.runtime import Runtime
from collega.ports.machine import AppRunner
from collega.run.runners import ByRuntime


@dataclass(frozen=True, kw_only=True, slots=True)
class Runners:
    """What starts apps here, with what must be started and ended around it."""

    runner: AppRunner
    python: ProcessRunner

    def start(self) -> None:
        """Make ready before the first study comes."""
        self.python.start()

    async def close(self) -> None:
        """End every attempt."""
        await self.python.close()


def build_runners(settings: Settings, data: Path, apps: Iterable[Manifest]) -> Runners:
    """Make a runner for each runtime; ``data`` is the folder that apps do not see."""
    let_pass(interpreter_folders())
    preload = [name for manifest in apps for name in manifest.run.preload]
    python = ProcessRunner(data, preload, allow_unconfined=settings.run.allow_unconfined)
    runners: dict[Runtime, AppRunner] = {
        Runtime.PYTHON: python,
        Runtime.HTTP: HttpRunner(settings.run.allow_plain_http),
        Runtime.DICOM: BoxRunner(settings.dicom.aet),
    }
    return Runners(runner=ByRuntime(runners), python=python)
