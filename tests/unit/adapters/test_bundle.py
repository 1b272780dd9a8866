"""A backup is whole or refused, in either form."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.adapters.bundle import CHECKSUMS, MANIFEST, BundleReader, BundleWriter
from collega.errors import InputError

pytestmark = pytest.mark.shows("R31", "R59")
FORMS = pytest.mark.parametrize("name", ["copy", "copy.tar"])
CONTENT = {"files/studies/ab/one.dcm": b"one" * 1000, "files/studies/ab/two.dcm": b"", "database.dump": b"rows"}


def ignore(_count: int) -> None:
    """Show no progress."""


def write(target: Path, source: Path, previous: BundleReader | None = None) -> None:
    with BundleWriter(target, previous, ignore) as writer:
        for name, content in CONTENT.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            writer.add(name, path)
        writer.add_bytes("settings.json", b"{}")
        writer.finish({"collega": "1", "schema": []})


@FORMS
def test_what_goes_in_comes_out(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, tmp_path / "source")
    reader = BundleReader(tmp_path / name)
    reader.verify(ignore)
    for item, content in CONTENT.items():
        with (tmp_path / "out").open("wb") as file:
            reader.copy(item, file, ignore)
        assert (tmp_path / "out").read_bytes() == content
    assert reader.manifest["files"] == 4
    assert reader.manifest["bytes"] == sum(map(len, CONTENT.values())) + 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "source", "out"])


@FORMS
def test_one_that_was_cut_off_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyboardInterrupt), BundleWriter(tmp_path / name, None, ignore) as writer:  # noqa: PT012 - the cut
        writer.add_bytes("settings.json", b"{}")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@FORMS
def test_rests_of_a_killed_one_are_cleared_away(tmp_path: Path, name: str) -> None:
    BundleWriter(tmp_path / name, None, ignore).__enter__().add_bytes("settings.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.part"]
    write(tmp_path / name, tmp_path / "source")
    BundleReader(tmp_path / name).verify(ignore)


@FORMS
def test_a_name_that_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, tmp_path / "source")
    with pytest.raises(InputError, match="is there already"):
        write(tmp_path / name, tmp_path / "source")
    BundleReader(tmp_path / name).verify(ignore)


ITEMS = [*CONTENT, "settings.json", CHECKSUMS, MANIFEST]
# An empty file has nothing to lose: it can only grow or go.
CHANGES = [
    (item, change)
    for item in ITEMS
    for change in ("flip", "shorten", "lengthen", "remove")
    if CONTENT.get(item) != b"" or change in {"lengthen", "remove"}
]


@pytest.mark.parametrize(("item", "change"), CHANGES)
def test_any_change_of_any_file_is_seen(tmp_path: Path, item: str, change: str) -> None:
    write(tmp_path / "copy", tmp_path / "source")
    path = tmp_path / "copy" / item
    content = path.read_bytes()
    if change == "remove":
        path.unlink()
    elif change == "lengthen":
        path.write_bytes(content + b"x")
    elif change == "shorten":
        path.write_bytes(content[:-1])
    else:
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(InputError, match="copy"):
        BundleReader(tmp_path / "copy").verify(ignore)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    write(folder / "copy.tar", folder / "source")
    whole = (folder / "copy.tar").stat().st_size
    # A tar ends in zeros that say nothing: what counts is cut.
    used = len((folder / "copy.tar").read_bytes().rstrip(b"\0"))
    os.truncate(folder / "copy.tar", int(share * min(whole, used)))
    with pytest.raises(InputError):
        BundleReader(folder / "copy.tar").verify(ignore)


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.tar").write_bytes(b"no tar")
    (tmp_path / "empty").mkdir()
    for name in ("film.tar", "empty", "nowhere"):
        with pytest.raises(InputError, match=name):
            BundleReader(tmp_path / name)


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "copy", None, ignore) as writer:
        writer.add_bytes("files/../../evil", b"x")
        writer.finish({})
    with pytest.raises(InputError, match="not as it was written"):
        BundleReader(tmp_path / "copy")


def test_another_format_is_named(tmp_path: Path) -> None:
    write(tmp_path / "copy", tmp_path / "source")
    manifest = tmp_path / "copy" / MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": "collega-backup/9"}))
    with pytest.raises(InputError, match="collega-backup/1"):
        BundleReader(tmp_path / "copy")


def test_files_of_an_earlier_one_are_linked_and_changed_ones_are_not(tmp_path: Path) -> None:
    write(tmp_path / "one", tmp_path / "source")
    earlier = BundleReader(tmp_path / "one")
    with BundleWriter(tmp_path / "two", earlier, ignore) as writer:
        writer.add("files/studies/ab/one.dcm", tmp_path / "source" / "files/studies/ab/one.dcm")
        (tmp_path / "source" / "database.dump").write_bytes(b"other rows")
        writer.add("database.dump", tmp_path / "source" / "database.dump")
        assert writer.finish({})["linked"] == 1
    first, second = (tmp_path / copy / "files/studies/ab/one.dcm" for copy in ("one", "two"))
    assert first.stat().st_ino == second.stat().st_ino
    BundleReader(tmp_path / "two").verify(ignore)
