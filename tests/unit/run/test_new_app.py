"""A new app keeps the contract from its first minute, and its card tells nothing until somebody fills it in."""

from pathlib import Path

import pytest

from collega.bootstrap.apps.cataloguing import make_app
from collega.bootstrap.apps.trial import check_app
from collega.config import Settings
from collega.errors import InputError
from collega.model.card_fields import FIELDS
from collega.model.runtime import Runtime
from collega.run.card import read_card
from collega.run.manifest import read_manifest


@pytest.mark.shows("R54")
@pytest.mark.parametrize("runtime", Runtime)
def test_a_new_app_is_read_and_its_card_is_empty(tmp_path: Path, runtime: Runtime) -> None:
    folder, is_open = make_app("new-app", runtime, tmp_path)
    assert read_manifest(folder).run.runtime is runtime
    assert is_open is (runtime is not Runtime.PYTHON)
    card = read_card(folder)
    assert card is not None
    assert (card.values, card.studies) == ({}, ())
    text = (folder / "card.toml").read_text(encoding="utf-8")
    assert all(f"# {asked.name} = " in text for asked in FIELDS)
    assert "FILL-IN" in (folder / "app.toml").read_text(encoding="utf-8")


@pytest.mark.shows("R54")
def test_a_new_python_app_passes_the_check_at_once(tmp_path: Path) -> None:
    folder, _ = make_app("new-app", Runtime.PYTHON, tmp_path)
    assert check_app(Settings(), str(folder)) == []


@pytest.mark.parametrize("name", ["New", "a", "x/y", "..", "1a", "a_b", "a" * 41])
def test_a_name_that_is_none_is_refused_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="lower-case"):
        make_app(name, Runtime.PYTHON, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    make_app("new-app", Runtime.PYTHON, tmp_path)
    with pytest.raises(InputError, match="there already"):
        make_app("new-app", Runtime.HTTP, tmp_path)
