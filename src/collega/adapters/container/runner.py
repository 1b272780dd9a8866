"""The side of the worker: one attempt, one container."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collega.adapters.container.engine import CANNOT_INVOKE, NO_COMMAND, Engine, find_engine
from collega.adapters.container.fence import LEVELS, account, floor, limits, surroundings
from collega.adapters.container.gpus import Gpus
from collega.adapters.container.guard import LABEL_DATA, LABEL_WORKER, dismiss, ourselves, post_guard, sweep
from collega.adapters.container.image import find_image, read_image
from collega.adapters.container.packages import DECLARED_IN, NAMED, PLANS, bring_in
from collega.adapters.container.plan import OPEN_TO_READ, Image, Places, Plan
from collega.adapters.container.watch import Ended, Watched, begun
from collega.errors import ConfigurationError, InputError
from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome
from collega.model.runtime import ContainerSpec, Package, RunSpec

# How the end of a process by a signal reads (podman-run(1)): 128 and the number of SIGKILL, of SIGXFSZ.
KILLED, FILE_TOO_LARGE = 137, 153
# The engine's own bound, for the case that neither worker nor guard is left to end a container.
SPARE_SECONDS = 60
MOST_WORDS = 300


class ContainerRunner:
    """Runs apps that come as images.

    Parameters
    ----------
    data : Path
        The data folder; containers carry its name, so that those of a lost worker are found again.
    engine, arguments : str, Sequence of str
        The settings ``run.container_engine`` and ``run.container_arguments``.
    gpus : Sequence of str
        The setting ``run.gpu_devices``.
    """

    def __init__(self, data: Path, *, engine: str, arguments: Sequence[str], gpus: Sequence[str]) -> None:
        self._data = data
        self._asked = (engine, tuple(arguments))
        self.gpus = Gpus(gpus, data / "gpus")
        self._owner = ourselves()
        self._count = 0
        self._ready: asyncio.Task[Engine | str] | None = None
        self._guard: asyncio.subprocess.Process | None = None
        self._images: dict[str, Image] = {}

    def start(self) -> None:
        """Look for the engine before the first study comes, and clear away what a lost worker left."""
        if self._ready is None or (self._ready.done() and isinstance(self._ready.result(), str)):
            self._ready = asyncio.create_task(self._make_ready())

    async def close(self) -> None:
        """Let the guard go; each attempt has ended its own container by then."""
        if self._ready is not None:
            await asyncio.wait({self._ready})
        if self._guard is not None:
            await dismiss(self._guard)
        self._ready = self._guard = None

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Run one attempt; see `collega.ports.machine.AppRunner`."""
        began = time.monotonic()
        self.start()
        engine = await asyncio.shield(self._ready) if self._ready else "the runner is closed"
        if isinstance(engine, str):
            return _never(engine)
        asked, here = manifest.run.gpus, self.gpus.count
        if asked > here:
            return _never(f"it needs {asked} graphics processors (run.gpus), this site has {here} (run.gpu_devices)")
        try:
            started = await self._plan(engine, manifest, inputs, outputs)
        except (InputError, ConfigurationError) as error:
            return _never(str(error))
        ended = await self._contain(engine, manifest, started)
        outcome, detail = judge(ended, manifest.run, started.plan)
        removed = await asyncio.to_thread(bring_in, started.package, started.plan, started.places)
        if removed:
            detail = detail or f"removed from its output, being no files: {', '.join(removed)}"
        return Attempt(
            outcome=outcome,
            detail=detail[:MOST_WORDS],
            isolation=LEVELS if ended.has_begun else (),
            wall_s=time.monotonic() - began,
            cpu_s=ended.usage.cpu_s,
            peak_mb=ended.usage.peak_mb,
        )

    async def _make_ready(self) -> Engine | str:
        engine = await find_engine(*self._asked)
        if isinstance(engine, Engine):
            await sweep(engine, self._data)
            self._guard = await post_guard(engine, self._owner)
        return engine

    async def _plan(self, engine: Engine, manifest: Manifest, inputs: Path, outputs: Path) -> "Started":
        """Find the image and lay out what it is shown."""
        container = manifest.run.container
        if container is None:
            message = f"{manifest.folder}: run.container is missing"
            raise ConfigurationError(message)
        image_id = await find_image(engine, container.image)
        if image_id not in self._images:
            self._images[image_id] = await read_image(engine, image_id, DECLARED_IN[container.package])
        places = Places(inputs=inputs, outputs=outputs, given=outputs.parent / "given", taken=outputs.parent / "taken")
        plan = await asyncio.to_thread(lay_out, manifest, container, self._images[image_id], places)
        return Started(container=container, image_id=image_id, places=places, plan=plan)

    async def _contain(self, engine: Engine, manifest: Manifest, started: "Started") -> Ended:
        """Run the container to its end, within its limits."""
        self._count += 1
        name, run = f"{self._owner.name}.{self._count}", manifest.run
        pid_file = started.places.outputs.parent / "container.pid"
        own = [f"--pidfile={pid_file}", f"--timeout={int(started.plan.time_limit_s) + SPARE_SECONDS}"]
        async with self.gpus.lent(run.gpus) as gpus:
            starting = asyncio.create_subprocess_exec(
                engine.program,
                *("run", "--rm", f"--name={name}", *engine.options),
                *(f"--label={LABEL_DATA}={self._data}", f"--label={LABEL_WORKER}={self._owner.name}"),
                *floor(is_podman=engine.is_podman),
                *limits(memory_mb=run.memory_mb, output_mb=run.output_mb, processes=started.container.processes),
                *(own if engine.is_podman else ()),
                *surroundings(started.plan, run, started.image_id, gpus),
                # The engine marks a lack of memory by a file in its working folder: it belongs to the attempt.
                cwd=started.places.outputs.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            watched = Watched(
                engine=engine,
                name=name,
                process=await begun(engine, name, starting),
                pid_file=pid_file,
                written=started.plan.written,
                deadline=time.monotonic() + started.plan.time_limit_s,
                output_mb=run.output_mb,
            )
            heading = f"image {started.container.image} {started.image_id}\n"
            return await watched.until_the_end(started.places.outputs.parent / "log.txt", heading)


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """An attempt that is laid out: the image by its digest, since a name may mean another one any moment."""

    container: ContainerSpec
    image_id: str
    places: Places
    plan: Plan

    @property
    def package(self) -> Package:
        """Whose contract the image keeps."""
        return self.container.package


def lay_out(manifest: Manifest, container: ContainerSpec, image: Image, places: Places) -> Plan:
    """Make the folders of an attempt, and let the app write to its own."""
    if container.package in NAMED:
        for folder in (places.given, places.taken):
            folder.mkdir()
            folder.chmod(OPEN_TO_READ)
    plan = PLANS[container.package](manifest, container.command, image, places)
    if os.geteuid() == 0:
        os.chown(plan.written, *account())
    return plan


def judge(ended: Ended, run: RunSpec, plan: Plan) -> tuple[AttemptOutcome, str]:
    """Say how an attempt ended, and in words why."""
    if ended.verdict is AttemptOutcome.TIMED_OUT:
        whose = "run.time_limit_s" if plan.time_limit_s == run.time_limit_s else "the package's own timeout"
        return ended.verdict, f"no answer within {plan.time_limit_s:g} s ({whose})"
    if ended.verdict is not None or ended.code == FILE_TOO_LARGE:
        return AttemptOutcome.TOO_MUCH_OUTPUT, f"it wrote more than {run.output_mb} MB (run.output_mb)"
    if not ended.has_begun:
        for_good = ended.code in {CANNOT_INVOKE, NO_COMMAND}
        outcome = AttemptOutcome.REFUSED if for_good else AttemptOutcome.CRASHED
        return outcome, f"the container engine did not start it: {ended.last_line}"
    if ended.code == 0:
        return AttemptOutcome.ANSWERED, ""
    if ended.code == KILLED:
        return (
            AttemptOutcome.OUT_OF_MEMORY,
            f"the kernel killed it, as it does with what wants more than {run.memory_mb} MB (run.memory_mb)",
        )
    return AttemptOutcome.CRASHED, f"the app ended with exit code {ended.code}: {ended.last_line}"


def _never(detail: str) -> Attempt:
    return Attempt(outcome=AttemptOutcome.REFUSED, detail=detail, isolation=(), wall_s=0.0, cpu_s=0.0, peak_mb=0.0)
