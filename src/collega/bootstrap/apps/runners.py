"""The runners of this site, one for each runtime."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.container.runner import ContainerRunner
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
    container: ContainerRunner
    has_images: bool

    def start(self) -> None:
        """Make ready before the first study comes; without an image nobody looks for an engine."""
        self.python.start()
        if self.has_images:
            self.container.start()

    async def close(self) -> None:
        """End every attempt."""
        await self.python.close()
        await self.container.close()


def build_runners(settings: Settings, data: Path, apps: Collection[Manifest]) -> Runners:
    """Make a runner for each runtime; ``data`` is the folder that apps do not see."""
    let_pass(interpreter_folders())
    preload = [name for manifest in apps for name in manifest.run.preload]
    python = ProcessRunner(data, preload, allow_unconfined=settings.run.allow_unconfined)
    container = ContainerRunner(
        data,
        engine=settings.run.container_engine,
        arguments=settings.run.container_arguments,
        gpus=settings.run.gpu_devices,
    )
    runners: dict[Runtime, AppRunner] = {
        Runtime.PYTHON: python,
        Runtime.CONTAINER: container,
        Runtime.HTTP: HttpRunner(settings.run.allow_plain_http),
        Runtime.DICOM: BoxRunner(settings.dicom.aet),
    }
    has_images = any(manifest.run.container for manifest in apps)
    return Runners(runner=ByRuntime(runners), python=python, container=container, has_images=has_images)
