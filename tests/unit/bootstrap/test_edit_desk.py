"""A case that cannot be read is told on its page, in whatever way it is asked for."""

import asyncio
from pathlib import Path

import pytest

from collega.bootstrap.worth.edit_desk import EditDesk
from collega.config import Settings


@pytest.mark.shows("R56")
@pytest.mark.parametrize("content", [b"\xff\xfe[case]", b"[case", b""])
def test_a_file_that_is_no_case_is_told_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.toml").write_bytes(content)
    desk = EditDesk(settings=Settings.model_validate({"value": {"cases": str(tmp_path)}}))

    async def ask() -> list[dict[str, object] | None]:
        opened = await desk.opened("odd")
        return [opened, await desk.tried("odd", {}), await desk.saved("odd", {}, "", "kim")]

    for told in asyncio.run(ask()):
        assert told is not None
        assert told["faults"]
    assert (tmp_path / "odd.toml").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["odd.toml"]
