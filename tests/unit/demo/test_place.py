from pathlib import Path

import pytest

from collega.bootstrap.demo.server import place
from collega.errors import InputError


def test_a_temporary_place_is_gone_afterwards() -> None:
    with place({}) as where:
        (where.demo / "something").write_text("x")
        assert where.temporary
        assert where.data.is_dir()
    assert not where.data.parent.exists()


def test_a_place_that_is_set_stays(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with place({"COLLEGA_DATA": str(data)}) as where:
        (data / "studies" / "00").mkdir(parents=True)
        assert not where.temporary
    with place({"COLLEGA_DATA": str(data)}):
        assert (data / "studies" / "00").is_dir()


def test_a_site_is_no_place_for_generated_patients(tmp_path: Path) -> None:
    (tmp_path / "studies" / "00").mkdir(parents=True)
    with pytest.raises(InputError, match="no demonstration made"), place({"COLLEGA_DATA": str(tmp_path)}):
        pytest.fail("must not begin")
