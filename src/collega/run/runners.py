"""One runner for each runtime, behind the port of one."""

from collections.abc import Mapping
from pathlib import Path

from collega.errors import PeerError
from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome
from collega.model.runtime import Runtime, Way
from collega.ports.machine import AppRunner


class ByRuntime:
    """Hands each app to the runner of its runtime; see `collega.ports.machine.AppRunner`."""

    def __init__(self, runners: Mapping[Runtime, AppRunner]) -> None:
        self._runners = runners

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Run once, or refuse where this machine has no such runtime; an app with its own screen waits for a reader."""
        if manifest.use.way is Way.OWN_SCREEN:
            return never_ran(AttemptOutcome.HANDED_OVER, "")
        runner = self._runners.get(manifest.run.runtime)
        if runner is None:
            return refused(f"this site has no runner for the runtime {manifest.run.runtime}")
        return await runner.run(manifest, inputs, outputs)


async def start(
    runner: AppRunner, manifest: Manifest, folder: Path, *, inputs: str = "in", outputs: str = "out"
) -> Attempt:
    """Let the runner work in the folder of an attempt; that nobody is there is an account too."""
    try:
        return await runner.run(manifest, folder / inputs, folder / outputs)
    except PeerError as error:
        return never_ran(AttemptOutcome.UNREACHABLE, str(error))


def refused(detail: str) -> Attempt:
    """Account of an attempt that was never started."""
    return never_ran(AttemptOutcome.REFUSED, detail)


def never_ran(outcome: AttemptOutcome, detail: str) -> Attempt:
    """Account of an attempt that used nothing."""
    return Attempt(outcome=outcome, detail=detail, isolation=(), wall_s=0.0, cpu_s=0.0, peak_mb=0.0)
