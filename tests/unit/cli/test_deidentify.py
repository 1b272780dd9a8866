"""``collega deidentify``: folders, names, keys, what is refused, and how a run goes on."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pydicom
import pytest
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import CollegaError
from collega.formats.dicom_write import encode
from collega.testing.synthetic import ct_series

pytestmark = [pytest.mark.shows("R13", "R53", "R85")]


def films(folder: Path, patients: int = 2, slices: int = 3) -> Path:
    """Write a study of each patient, in folders that carry names."""
    for seed in range(patients):
        for number, dataset in enumerate(ct_series(seed, slices=slices, size=32)):
            path = folder / f"JANSEN{seed}" / f"Jansen-{number}.dcm"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode(dataset))
    return folder


class Run(NamedTuple):
    """What a run said, and the error that it ended with."""

    stdout: str
    stderr: str
    error: str


def run(tmp_path: Path, *words: str | Path) -> Run:
    """Run the command in this process, with a data folder of its own."""
    environment = {"COLLEGA_DATA": str(tmp_path / "data")}
    one = () if "--processes" in words else ("--processes", "1")
    asked = ["deidentify", *map(str, words), *one]
    done = CliRunner().invoke(build_app(["deidentify"]), asked, env=environment)
    assert done.exception is None or isinstance(done.exception, CollegaError), done.exception
    return Run(done.stdout, done.stderr, str(done.exception or ""))


def told(done: Run) -> Any:
    """Read the JSON of a run."""
    return json.loads(done.stdout)


def test_it_runs_as_a_command_with_several_processes(tmp_path: Path) -> None:
    command: list[str | Path] = [
        Path(sys.executable).with_name("collega"),
        "deidentify",
        films(tmp_path / "in"),
        tmp_path / "out",
    ]
    environment = os.environ | {"COLLEGA_DATA": str(tmp_path / "data")}
    (tmp_path / "in" / "notes.txt").write_text("about Jansen")
    done = subprocess.run([*command, "--processes", "2"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, "one file could not be read"
    assert "6 objects written" in done.stdout
    assert "notes.txt" in done.stderr
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 6


def test_a_folder_goes_through_and_goes_on(tmp_path: Path) -> None:
    source, target = films(tmp_path / "in"), tmp_path / "out"
    (source / "JANSEN0" / "notes.txt").write_text("about Jansen")
    done = run(tmp_path, source, target, "--json")
    assert done.error == "1 files were not written"
    assert told(done)["written"] == 6
    assert [Path(name).name for name in told(done)["failed"]] == ["notes.txt"]
    written = sorted(target.rglob("*.dcm"))
    assert len(written) == 6
    assert not [path for path in target.rglob("*") if "jansen" in str(path.relative_to(target)).lower()]
    assert len({path.parent for path in written}) == 2, "one folder for each series"
    key = tmp_path / "data" / "secrets" / "deidentify-default"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert str(key) in done.stderr
    assert "keep it secret" in done.stderr
    before = {path: path.read_bytes() for path in written}
    written[0].unlink()
    written[1].write_bytes(before[written[1]][:400])  # as after a power cut
    again = run(tmp_path, source, target, "--json", "--resume")
    assert (told(again)["written"], told(again)["present"]) == (2, 4)
    assert {path: path.read_bytes() for path in target.rglob("*.dcm")} == before, "the same bytes"
    assert "key" not in again.stderr
    other = run(tmp_path, source, target, "--resume", "--profile", "research")
    assert "another key, project or profile" in other.error


def test_another_project_shares_nothing_and_a_report_is_written(tmp_path: Path) -> None:
    source = films(tmp_path / "in", patients=1, slices=1)
    report = tmp_path / "report.json"
    for project in ("one", "two"):
        assert run(tmp_path, source, tmp_path / project, "--project", project, "--report", report).error == ""
    names = [{part for path in (tmp_path / project).rglob("*") for part in path.parts} for project in ("one", "two")]
    assert not {part for part in names[0] & names[1] if len(part) == 17}
    first, second = (pydicom.dcmread(next((tmp_path / name).rglob("*.dcm"))) for name in ("one", "two"))
    shared = {element.keyword for element in first if element.VR == "UI" and second.get(element.tag) == element}
    assert shared == {"SOPClassUID"}
    said = json.loads(report.read_text())
    assert said["written"] == 1
    assert said["actions"]["emptied"]["AccessionNumber"] == 1


def test_two_objects_with_one_uid_are_not_mixed_up(tmp_path: Path) -> None:
    source = films(tmp_path / "in", patients=1, slices=1)
    (original,) = source.rglob("*.dcm")
    (source / "copy.dcm").write_bytes(original.read_bytes())
    changed = pydicom.dcmread(original)
    changed.SliceThickness = "9"
    (source / "other.dcm").write_bytes(encode(changed))
    done = run(tmp_path, source, tmp_path / "out", "--json")
    assert (told(done)["written"], told(done)["present"]) == (1, 1)
    assert list(told(done)["failed"].values()) == ["another object with the same UID was written before"]


REFUSED = {
    "out in in": (["in", "in/out"], "lie in one another"),
    "in in out": (["in/JANSEN0", "in"], "lie in one another"),
    "out is in": (["in", "in"], "lie in one another"),
    "out is not empty": (["in", "full"], "is not empty"),
    "out is not empty, and not ours": (["in", "full", "--resume"], "something else"),
    "nothing there": (["none", "out"], "no such file"),
    "no such profile": (["in", "out", "--profile", "best"], "basic, research"),
    "a project that is a path": (["in", "out", "--project", "../x"], "letters"),
    "no key there": (["in", "out", "--key-file", "none"], "No such file"),
    "a key that others can read": (["in", "out", "--key-file", "open.key"], "chmod 600"),
    "a key that can be guessed": (["in", "out", "--key-file", "short.key"], "at least 16"),
    "a report among the objects": (["in", "out", "--report", "out/r.json"], "may not lie in OUT"),
}


@pytest.mark.parametrize(("words", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    words: list[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films(tmp_path / "in", patients=1, slices=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "open.key").write_bytes(bytes(32))
    (tmp_path / "open.key").chmod(0o644)
    (tmp_path / "short.key").write_bytes(b"1")
    (tmp_path / "short.key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    done = run(tmp_path, *words)
    assert reason in done.error
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "data").rglob("deidentify-*")) or "--key-file" not in words
    assert len(list((tmp_path / "in").rglob("*"))) == 2
