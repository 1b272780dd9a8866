"""Apps in containers, in the real engine: each ends, each is told apart, none reaches what is not its own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from collega.adapters.container.fence import LEVELS
from collega.adapters.container.runner import ContainerRunner
from collega.model.job import AttemptOutcome
from tests.images.build import engine, working_options
from tests.unit.adapters.container.conftest import Yard


def containers(data: Path) -> list[str]:
    """List what is left of a data folder's containers, running or not."""
    return ask("ps", "--all", "--filter", f"label=collega.data={data}", "--format", "{{.Names}}").split()


async def until_running(data: Path) -> str:
    for _ in range(200):
        if found := containers(data):
            return found[0]
        await asyncio.sleep(0.05)
    pytest.fail("no container came up")


@pytest.mark.shows("R5")
async def test_an_image_answers_where_a_site_has_set_nothing(yard: Yard) -> None:
    runner = ContainerRunner(yard.data, engine="", arguments=(), gpus=())
    attempt = await runner.run(*yard.prepared(yard.manifest()))
    await runner.close()
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert attempt.isolation == LEVELS
    assert json.loads((yard.folder / "out/result.json").read_text())["status"] == "analysed"
    assert "answered" in yard.log()
    assert f"image {yard.names['collega']} " in yard.log()
    assert containers(yard.data) == []


async def test_what_it_used_is_on_record(yard: Yard) -> None:
    attempt = await yard.run("work")
    assert attempt.outcome is AttemptOutcome.ANSWERED
    assert 0.1 < attempt.cpu_s <= attempt.wall_s * (os.cpu_count() or 1)
    assert 38 < attempt.peak_mb < 65


@pytest.mark.parametrize(
    ("word", "limits", "outcome", "said"),
    [
        ("stay", {"time_limit_s": 0.7}, AttemptOutcome.TIMED_OUT, "no answer within 0.7 s (run.time_limit_s)"),
        ("eat", {}, AttemptOutcome.OUT_OF_MEMORY, "more than 64 MB (run.memory_mb)"),
        ("fill", {}, AttemptOutcome.TOO_MUCH_OUTPUT, "more than 8 MB (run.output_mb)"),
        ("swell", {}, AttemptOutcome.TOO_MUCH_OUTPUT, "more than 8 MB (run.output_mb)"),
        ("multiply", {}, AttemptOutcome.CRASHED, "exit code 2: fork 31: Resource temporarily unavailable"),
        ("break", {}, AttemptOutcome.CRASHED, "exit code 1: no model"),
    ],
)
@pytest.mark.shows("R5")
async def test_an_image_that_misbehaves_ends_and_says_why(
    yard: Yard, tmp_path: Path, word: str, limits: dict[str, float], outcome: AttemptOutcome, said: str
) -> None:
    server = tmp_path / "server"
    server.mkdir()
    began = time.monotonic()
    with contextlib.chdir(server):
        attempt = await yard.run(word, **limits)
    assert attempt.outcome is outcome, attempt
    assert said in attempt.detail
    assert time.monotonic() - began < 60
    assert containers(yard.data) == []
    assert list(server.iterdir()) == [], "the engine leaves nothing in the folder of the server"


async def test_what_a_disk_filler_leaves_is_bounded(yard: Yard) -> None:
    await yard.run("fill", output_mb=2)
    written = sum(path.stat().st_size for path in (yard.folder / "out").iterdir())
    assert written < 1024 * 1024 * 1024  # what a disk takes in a tenth of a second, and no more


async def test_a_log_is_bounded(yard: Yard) -> None:
    attempt = await yard.run("talk")
    assert attempt.outcome is AttemptOutcome.ANSWERED
    assert (yard.folder / "log.txt").stat().st_size < 5 * 1024 * 1024
    assert "the rest is not kept" in yard.log()[-100:]


async def test_an_image_reaches_no_network(yard: Yard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        place = ("--env=ADDRESS=127.0.0.1", f"--env=PORT={server.getsockname()[1]}")
        runner = ContainerRunner(
            yard.data,
            engine="",
            arguments=(*place, *working_options()),
            gpus=(),
        )
        try:
            attempt = await runner.run(*yard.prepared(yard.manifest("reach")))
            with pytest.raises(TimeoutError):
                server.accept()
        finally:
            await runner.close()
    assert attempt.outcome is AttemptOutcome.CRASHED
    assert "network: " in attempt.detail


async def test_an_image_gets_no_rights_and_writes_nowhere_else(yard: Yard) -> None:
    attempt = await yard.run("rise")
    assert attempt.outcome is AttemptOutcome.ANSWERED
    said = dict(line.split(": ", 1) for line in yard.log().splitlines() if ": " in line)
    assert "uid 0" not in yard.log()
    assert said.pop("tmp") == "done"
    assert set(said) == {"setuid", "chroot", "chown", "root", "in", "study", "device"}
    assert set(said.values()) <= {"Operation not permitted", "Read-only file system", "Permission denied"}


async def test_folders_that_come_and_go_in_its_answer_are_its_own_affair(yard: Yard) -> None:
    attempt = await yard.run("churn")
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert yard.left() == ["result.json"]


async def test_links_and_pipes_are_taken_out_of_the_answer(yard: Yard) -> None:
    attempt = await yard.run("point")
    assert attempt.outcome is AttemptOutcome.ANSWERED
    assert yard.left() == ["plain.txt"]
    assert attempt.detail == "removed from its output, being no files: everything, pipe, result.json"


@pytest.mark.shows("R64")
async def test_an_image_that_is_not_there_is_refused_with_what_to_type(yard: Yard) -> None:
    attempt = await yard.run(image="localhost/collega-test-nowhere:1")
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "image localhost/collega-test-nowhere:1 is not on this machine" in attempt.detail
    assert "load --input FILE" in attempt.detail


async def test_a_command_that_the_image_lacks_is_refused(yard: Yard) -> None:
    manifest = yard.manifest("x")
    container = replace(manifest.run.container, command=("/of/that/name",))  # type: ignore[type-var]
    attempt = await yard.runner.run(*yard.prepared(replace(manifest, run=replace(manifest.run, container=container))))
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "did not start it" in attempt.detail
    assert attempt.isolation == ()


async def test_a_graphics_processor_that_a_site_does_not_have_is_refused(yard: Yard) -> None:
    attempt = await yard.run(gpus=2)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert attempt.detail == "it needs 2 graphics processors (run.gpus), this site has 1 (run.gpu_devices)"


async def test_a_graphics_processor_that_only_the_settings_know_is_refused(yard: Yard) -> None:
    attempt = await yard.run(gpus=1)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "nvidia.com/gpu=7" in attempt.detail


async def test_without_an_engine_it_is_refused(yard: Yard) -> None:
    runner = ContainerRunner(yard.data, engine="no-such-engine", arguments=(), gpus=())
    attempt = await runner.run(*yard.prepared(yard.manifest()))
    await runner.close()
    assert (attempt.outcome, attempt.detail) == (
        AttemptOutcome.REFUSED,
        "no container engine on this machine: looked for no-such-engine",
    )


async def test_an_engine_that_cannot_fence_in_is_refused(yard: Yard, tmp_path: Path) -> None:
    lame = tmp_path / "podman-lame"
    lame.write_text("#!/bin/sh\necho 'Error: no such thing on this kernel' >&2\nexit 126\n", encoding="utf-8")
    lame.chmod(0o755)
    runner = ContainerRunner(yard.data, engine=str(lame), arguments=(), gpus=())
    attempt = await runner.run(*yard.prepared(yard.manifest()))
    await runner.close()
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "cannot fence apps in here" in attempt.detail
    assert "no such thing on this kernel" in attempt.detail


async def test_a_container_ends_with_the_attempt_that_is_given_up(yard: Yard) -> None:
    for _ in range(4):
        attempt = asyncio.create_task(yard.run("stay"))
        for _ in range(1000):
            if containers(yard.data):  # asked so that nothing else goes on: its client is still being started
                break
            await asyncio.sleep(0)
        attempt.cancel()
        await asyncio.gather(attempt, return_exceptions=True)
        assert containers(yard.data) == []


WORKER = """
import asyncio, sys
from pathlib import Path
from collega.adapters.container.runner import ContainerRunner
from tests.unit.adapters.container.conftest import Yard

async def main():
    data, app, image = sys.argv[1:]
    runner = ContainerRunner(Path(data), engine="", arguments=(), gpus=())
    await Yard(data=Path(data), app=Path(app), names={"collega": image}, runner=runner, count=8).run("stay")

asyncio.run(main())
"""


def started(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], cwd=Path(__file__).parents[4])


async def test_no_container_outlives_its_worker(yard: Yard) -> None:
    arguments = [str(yard.data), str(yard.app), yard.names["collega"]]
    worker = started(arguments)
    await until_running(yard.data)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    for _ in range(100):
        if not containers(yard.data):
            break
        await asyncio.sleep(0.05)
    assert containers(yard.data) == []


async def test_what_a_lost_worker_left_is_cleared_away_at_the_next_start(yard: Yard) -> None:
    names = (f"collega.{2**22 + 1}.1.{os.getpid()}.1", f"collega.{os.getpid()}.{began()}.living.1")
    for name in names:
        create(name, yard)
    try:
        assert (await yard.run("nothing")).outcome is AttemptOutcome.ANSWERED
        assert containers(yard.data) == [names[1]]
    finally:
        ask("rm", "--force", *names)


def ask(*arguments: str) -> str:
    return subprocess.run([engine(), *arguments], capture_output=True, text=True, check=False).stdout


def create(name: str, yard: Yard) -> None:
    label = f"--label=collega.data={yard.data}"
    assert ask("create", *working_options(), f"--name={name}", label, "--network=none", yard.names["collega"])


def began() -> str:
    return Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]


async def test_attempts_at_the_same_time_do_not_meet(yard: Yard) -> None:
    manifests = []
    for _ in range(3):
        yard.count += 1
        manifests.append(yard.prepared(yard.manifest()))
    attempts = await asyncio.gather(*(yard.runner.run(*prepared) for prepared in manifests))
    assert [attempt.outcome for attempt in attempts] == [AttemptOutcome.ANSWERED] * 3


async def test_a_graphics_processor_in_use_is_waited_for(yard: Yard) -> None:
    async with yard.runner.gpus.lent(1):
        waiting = asyncio.create_task(yard.run(gpus=1))
        await asyncio.sleep(1)
        assert (waiting.done(), containers(yard.data)) == (False, [])
    assert "nvidia.com/gpu=7" in (await waiting).detail
