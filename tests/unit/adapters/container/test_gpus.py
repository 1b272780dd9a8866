"""Graphics processors are lent once, whichever process asks, and come back with the end of who held them."""

import asyncio
import sys
from pathlib import Path

import pytest

from collega.adapters.container.gpus import Gpus
from collega.errors import TransientError

pytestmark = pytest.mark.shows("R5", "R15")
HOLD = """
import asyncio, sys
from pathlib import Path
from collega.adapters.container.gpus import Gpus

async def hold():
    async with Gpus(("0", "1"), Path(sys.argv[1])).lent(1) as taken:
        print(*taken, flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


async def test_each_is_lent_once_and_comes_back(tmp_path: Path) -> None:
    gpus = Gpus(("0", "1"), tmp_path / "gpus", 0.0)
    async with gpus.lent(1) as first, gpus.lent(1) as second:
        assert (first, second) == (("0",), ("1",))
        with pytest.raises(TransientError):
            async with gpus.lent(1):
                pytest.fail("there is none")
        async with gpus.lent(0) as none:
            assert none == ()
    async with gpus.lent(2) as both:
        assert both == ("0", "1")


async def test_who_needs_two_keeps_none_of_them_waiting(tmp_path: Path) -> None:
    gpus = Gpus(("0", "1"), tmp_path / "gpus")
    async with gpus.lent(1):
        greedy = asyncio.create_task(_use(gpus, 2))
        await asyncio.sleep(0.2)
        async with gpus.lent(1) as other:
            assert other == ("1",)
        assert not greedy.done()
    assert await greedy == ("0", "1")


async def test_another_process_holds_one_until_it_is_killed(tmp_path: Path) -> None:
    gpus = Gpus(("0", "1"), tmp_path / "gpus", 0.2)
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(tmp_path / "gpus"), stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"0\n"
    assert await _use(gpus, 1) == ("1",)
    with pytest.raises(TransientError, match="others hold"):
        await _use(gpus, 2)
    holder.kill()
    await holder.wait()
    assert await _use(gpus, 2) == ("0", "1")


async def _use(gpus: Gpus, count: int) -> tuple[str, ...]:
    async with gpus.lent(count) as taken:
        return taken
