"""Decoders in processes of their own: what hangs or ends there is told, and the next question is answered."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collega.adapters.decoder.pool import Decoders
from collega.errors import DecodingError, TransientError
from collega.formats.dicom_write import encode
from collega.testing.synthetic import chest_film


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    made = Decoders(seconds=15)
    yield made
    await made.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.dcm"
    path.write_bytes(encode(chest_film(1)))
    return path


async def test_many_questions_at_once_are_answered_each_with_its_own(decoders: Decoders, film: Path) -> None:
    asked = [decoders.ask("metadata", [film], addresses=[f"/here/{number}"]) for number in range(6)]
    for number, (text,) in enumerate(await asyncio.gather(*asked)):
        assert f'"/here/{number}/bulkdata/7FE00010"'.encode() in text


async def test_what_cannot_be_read_is_told_and_the_decoder_lives_on(decoders: Decoders, film: Path) -> None:
    noise = film.with_name("noise.dcm")
    noise.write_bytes(b"no DICOM at all" * 100)
    for path, task, code in (
        (noise, "explicit", "undecodable"),
        (film.with_name("gone.dcm"), "explicit", "gone"),
    ):
        with pytest.raises(DecodingError) as told:
            await decoders.ask(task, [path])
        assert told.value.code == code
    with pytest.raises(DecodingError) as absent:
        await decoders.ask("frames", [film], numbers=[9], as_stored=True)
    assert absent.value.code == "none"
    assert len(await decoders.ask("file", [film])) == 1


async def test_what_hangs_is_broken_off_and_the_next_is_answered(film: Path) -> None:
    decoders = Decoders(seconds=15)
    await decoders.ask("file", [film])  # so that the time of a start does not count
    impatient = Decoders(seconds=0.5)
    pipe = film.with_name("pipe.dcm")
    os.mkfifo(pipe)  # nobody writes: whoever reads it waits for ever
    with pytest.raises(TransientError, match="broken off"):
        await impatient.ask("file", [pipe])
    assert len(await decoders.ask("file", [film])) == 1
    await decoders.close()
    await impatient.close()


async def test_a_decoder_that_crashes_takes_its_question_alone_along(decoders: Decoders, film: Path) -> None:
    pipe = film.with_name("pipe.dcm")
    os.mkfifo(pipe)
    await decoders.ask("file", [film])
    waiting = asyncio.create_task(decoders.ask("file", [pipe]))
    await asyncio.sleep(0.2)
    for child in _children():
        os.kill(child, signal.SIGKILL)
    with pytest.raises(DecodingError, match="ended on this object"):
        await waiting
    assert len(await decoders.ask("file", [film])) == 1


def _children() -> list[int]:
    """List our processes that decode."""
    tasks = Path("/proc/self/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return [int(child) for child in children if b"decoder.worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
