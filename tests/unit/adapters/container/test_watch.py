"""A container is never left to itself."""

import asyncio
from pathlib import Path

import pytest

from collega.adapters.container.engine import Engine
from collega.adapters.container.watch import begun

pytestmark = pytest.mark.shows("R5")
ENDS = """#!/bin/sh
echo "$@" >> {folder}/asked
kill -9 $(cat {folder}/pid)
"""


async def test_one_that_is_given_up_while_its_client_starts_is_ended_before_anything_goes_on(tmp_path: Path) -> None:
    program = tmp_path / "podman"
    program.write_text(ENDS.format(folder=tmp_path))
    program.chmod(0o700)
    clients: list[asyncio.subprocess.Process] = []

    async def start() -> asyncio.subprocess.Process:
        await asyncio.sleep(0.3)
        clients.append(await asyncio.create_subprocess_exec("sleep", "60", stdout=asyncio.subprocess.PIPE))
        (tmp_path / "pid").write_text(str(clients[0].pid))
        return clients[0]

    attempt = asyncio.create_task(begun(Engine(program=str(program)), "one", start()))
    await asyncio.sleep(0.05)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert (tmp_path / "asked").read_text() == "rm --force --time=0 --ignore one\n"
    assert clients[0].returncode == -9
