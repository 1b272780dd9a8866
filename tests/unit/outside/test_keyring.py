"""Keys: what is sealed opens with its key and for its pseudonym, and whatever is wrong with a file is said."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collega.adapters.files.keyring_file import read_key_file, write_key_file
from collega.errors import ConfigurationError
from collega.model.leaving import Sealed
from collega.outside.keyring import Keyring, new_keyring, read_keyring

pytestmark = pytest.mark.shows("R85")
PLAIN = Sealed(
    pseudonym="PABC",
    kind="patient",
    project="cloud/finder",
    key_id="",
    sealed=b"",
    study_key="k",
    at=datetime(2026, 3, 2, tzinfo=UTC),
)


@pytest.fixture
def keys() -> Keyring:
    return new_keyring()


def test_what_was_sealed_opens_for_its_own_pseudonym_alone(keys: Keyring) -> None:
    sealed = keys.seal(PLAIN, "Jansen 1234567")
    assert b"1234567" not in sealed.sealed
    assert keys.seal(PLAIN, "Jansen 1234567").sealed != sealed.sealed, "no two seals are alike"
    assert keys.unseal(sealed) == "Jansen 1234567"
    others: list[dict[str, Any]] = [{"pseudonym": "PABD"}, {"kind": "study"}, {"project": "cloud/other"}]
    for other in others:
        with pytest.raises(ConfigurationError, match="one of them was changed"):
            keys.unseal(replace(sealed, **other))
    with pytest.raises(ConfigurationError, match="one of them was changed"):
        keys.unseal(replace(sealed, sealed=sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])))
    with pytest.raises(ConfigurationError, match="it lacks the key"):
        new_keyring().unseal(sealed)


def test_a_new_key_seals_and_the_old_one_opens_until_it_is_forgotten(keys: Keyring) -> None:
    old = keys.seal(PLAIN, "x")
    both = read_keyring(keys.renewed().text(), "keys")
    assert both.pseudonyms == keys.pseudonyms, "or everybody would have another pseudonym"
    new = both.seal(PLAIN, "x")
    assert (both.unseal(old), both.unseal(new)) == ("x", "x")
    alone = read_keyring(both.newest_alone().text(), "keys")
    assert alone.unseal(new) == "x"
    with pytest.raises(ConfigurationError, match="it lacks the key"):
        alone.unseal(old)


def test_what_is_shown_of_keys_is_no_key(keys: Keyring) -> None:
    assert keys.pseudonyms.hex() not in repr(keys)
    assert repr(keys.seals[0][1]) not in repr(keys)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"pseudonyms": "12", "seals": []}', '{"pseudonyms": 3, "seals": [{}]}']
)
def test_another_file_is_none_of_keys(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no file of keys of collega; put back the copy"):
        read_keyring(text, "keys.json")


def test_a_file_that_is_lost_or_open_or_a_folder_is_said(keys: Keyring, tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keys.json"
    with pytest.raises(ConfigurationError, match="is not there; put back the copy"):
        read_key_file(path)
    write_key_file(path, keys.text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["keys.json"], "nothing beside it is left"
    assert read_keyring(read_key_file(path), "keys") == keys
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="is open to other accounts; chmod 600"):
        read_key_file(path)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_key_file(folder)
