"""Reading ``app.toml``: a mistake names the file, the key and what was expected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collega.errors import ConfigurationError, ManifestError
from collega.model.finding import Direction
from collega.model.study import Priority
from collega.run.manifest import find_apps, read_manifest

TEXT = """
schema = "collega/app/1"
[app]
id = "finder"
version = "1.2.3"
name = { en = "Finder", nl = "Vinder" }
vendor = "nobody"
clinical_use = false
purpose = { en = "a test", nl = "een proef" }
[run]
runtime = "python"
entry = "app:main"
time_limit_s = 10
memory_mb = 256
output_mb = 8
attempts = 2
[accepts]
modality = ["CR"]
age_years = { at_least = 18 }
[[findings]]
id = "pneumonia"
code = { scheme = "SCT", value = "233604007", meaning = "Pneumonia" }
name = { en = "Pneumonia", nl = "Longontsteking" }
scale = [0, 1]
direction = "lower-is-present"
calibrated = false
threshold = 0.5
threshold_range = [0.2, 0.8]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(text: str = TEXT, name: str = "finder", *, module: bool = True) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "app.toml").write_text(text, encoding="utf-8")
        if module:
            (folder / "app.py").write_text("def main(inputs, outputs): ...\n", encoding="utf-8")
        return folder

    return make


def test_a_manifest_is_read(write: Callable[..., Path]) -> None:
    folder = write()
    manifest = read_manifest(folder)
    assert (manifest.id, manifest.version, manifest.folder) == ("finder", "1.2.3", folder.resolve())
    assert manifest.daily_cap is None
    (finding,) = manifest.findings
    assert (finding.low, finding.high, finding.direction) == (0.0, 1.0, Direction.LOWER_IS_PRESENT)
    assert finding.threshold_range == (0.2, 0.8)
    assert finding.urgency is Priority.HIGH
    assert manifest.identity.device_uid.startswith("2.25.")


@pytest.mark.shows("R65")
def test_a_finding_may_be_called_more_urgent_than_others(write: Callable[..., Path]) -> None:
    manifest = read_manifest(write(TEXT.replace("direction =", 'urgency = "stat"\ndirection =')))
    assert manifest.findings[0].urgency is Priority.STAT


def test_a_new_version_is_another_device(write: Callable[..., Path]) -> None:
    first = read_manifest(write()).identity.device_uid
    assert first != read_manifest(write(TEXT.replace("1.2.3", "1.2.4"))).identity.device_uid


# What is wrong -> (text to replace, by what, words of the message).
MISTAKES: dict[str, tuple[str, str, list[str]]] = {
    "unknown key": ("[run]", "[run]\nspeed = 3", ["run", "unknown key speed", "time_limit_s"]),
    "unknown section": ("[run]", "[running]\na = 1\n[run]", ["unknown key running"]),
    "missing key": ('vendor = "nobody"\n', "", ["app", "missing key vendor"]),
    "missing section": ('[accepts]\nmodality = ["CR"]\nage_years = { at_least = 18 }\n', "", ["missing key accepts"]),
    "no modality": ('modality = ["CR"]\n', "", ["accepts", "missing key modality"]),
    "unknown rule": (
        'modality = ["CR"]',
        'modality = ["CR"]\nsmell = ["x"]',
        ["accepts", "unknown key smell", "body_part"],
    ),
    "a word for a list": ('modality = ["CR"]', 'modality = "CR"', ["accepts.modality", "expected array", '"CR"']),
    "an empty range": ("{ at_least = 18 }", "{}", ["accepts.age_years", "expected"]),
    "other schema": ("collega/app/1", "collega/app/9", ["schema", "collega/app/1", "collega/app/9"]),
    "odd id": ('id = "finder"', 'id = "Finder!"', ["app.id", "form", "Finder!"]),
    "id of another folder": ('id = "finder"', 'id = "other"', ["app.id", "folder", "'finder'"]),
    "odd version": ("1.2.3", "1.2", ["app.version", "form"]),
    "other runtime": ('"python"', '"docker"', ["run.runtime", "one of", "python", "docker"]),
    "no such module": ("app:main", "nowhere:main", ["run.entry", "module 'nowhere'"]),
    "an entry that is none": ("app:main", "app.py", ["run.entry", "form"]),
    "no time": ("time_limit_s = 10", "time_limit_s = 0", ["run.time_limit_s", "0"]),
    "time without end": ("time_limit_s = 10", "time_limit_s = inf", ["run.time_limit_s"]),
    "time that is no number": ("time_limit_s = 10", "time_limit_s = nan", ["run.time_limit_s", "finite"]),
    "scale turned round": ("scale = [0, 1]", "scale = [1, 0]", ["findings[0].scale", "low below high"]),
    "scale without end": ("scale = [0, 1]", "scale = [0, inf]", ["findings[0].scale", "finite"]),
    "scale of one number": ("scale = [0, 1]", "scale = [0]", ["findings[0].scale", "2"]),
    "threshold outside its range": (
        "threshold = 0.5",
        "threshold = 0.9",
        ["findings[0].threshold", "[0.2, 0.8]", "0.9"],
    ),
    "threshold that is no number": ("threshold = 0.5", "threshold = nan", ["findings[0].threshold"]),
    "range outside the scale": ("[0.2, 0.8]", "[0.2, 1.8]", ["findings[0].threshold_range", "inside the scale"]),
    "direction that is none": ("lower-is-present", "up", ["findings[0].direction", "higher-is-present", "up"]),
    "urgency that is none": ("direction =", 'urgency = "low"\ndirection =', ["findings[0].urgency", "stat", "low"]),
    "a code without meaning": (', meaning = "Pneumonia"', "", ["findings[0].code", "missing key meaning"]),
    "a meaning that is too long": (
        'meaning = "Pneumonia"',
        f'meaning = "{"x" * 65}"',
        ["findings[0].code.meaning", "64"],
    ),
    "one language": (', nl = "Vinder"', "", ["app.name", "missing key nl"]),
    "no attempts": ("attempts = 2", "attempts = 0", ["run.attempts"]),
    "no TOML": ("[run]", "[run", ["TOML"]),
}


@pytest.mark.shows("R42")
@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_explained(write: Callable[..., Path], name: str) -> None:
    old, new, words = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ManifestError) as caught:
        read_manifest(write(TEXT.replace(old, new)))
    said = str(caught.value)
    assert "app.toml" in said
    assert all(word in said for word in words), said


def test_two_findings_of_one_id(write: Callable[..., Path]) -> None:
    again = TEXT[TEXT.index("[[findings]]") :]
    with pytest.raises(ManifestError, match="different id"):
        read_manifest(write(TEXT + again))


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file.*holds an app.toml"):
        read_manifest(tmp_path)


def test_apps_are_found_below_a_folder(write: Callable[..., Path], tmp_path: Path) -> None:
    write()
    write(TEXT.replace('id = "finder"', 'id = "counter"'), "counter")
    (tmp_path / "no-app").mkdir()
    assert sorted(find_apps([tmp_path])) == ["counter", "finder"]
    assert list(find_apps([tmp_path / "finder"])) == ["finder"]


def test_two_apps_of_one_id(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write()
    with pytest.raises(ManifestError, match="taken by"):
        find_apps([folder, tmp_path])


def test_a_folder_of_apps_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no folder"):
        find_apps([tmp_path / "absent"])


def test_a_manifest_is_a_mapping(write: Callable[..., Path]) -> None:
    values: dict[str, Any] = {"": "missing key schema"}
    for text, word in values.items():
        with pytest.raises(ManifestError, match=word):
            read_manifest(write(text))
