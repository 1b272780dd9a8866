"""The sample files on the pages of the reference are valid, as they stand."""

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from collega import config
from collega.model.finding import Status
from collega.normalise.outputs import read_result
from collega.run.manifest import problems_of

DOCS = Path(__file__).parents[2] / "docs"


def sample(page: str, language: str) -> str:
    """Return the first fenced block of a language on a page."""
    match = re.search(
        rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert match, f"{page} has no {language}"
    return match[1]


@pytest.fixture
def manifest() -> dict[str, Any]:
    return tomllib.loads(sample("reference/app-toml.md", "toml"))


def test_the_manifest_is_valid(manifest: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / manifest["app"]["id"]
    folder.mkdir()
    (folder / "app.py").touch()
    assert problems_of(manifest, folder) == []


def test_the_answer_is_valid_and_fits_the_manifest(manifest: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(sample("reference/result-json.md", "json"), encoding="utf-8")
    result = read_result(tmp_path)
    assert (result.app_id, result.app_version) == (manifest["app"]["id"], manifest["app"]["version"])
    assert [finding.id for finding in result.findings] == [finding["id"] for finding in manifest["findings"]]


def test_the_study_fits_the_manifest_and_the_answer(manifest: dict[str, Any]) -> None:
    study = json.loads(sample("reference/study-json.md", "json"))
    answer = json.loads(sample("reference/result-json.md", "json"))
    assert study["app"] == {key: manifest["app"][key] for key in ("id", "version")} == answer["app"]
    assert study["study"]["study_instance_uid"] == answer["study_instance_uid"]
    assert {image["sop_instance_uid"] for image in study["images"]} >= set(answer["findings"][0]["images"])


@pytest.mark.shows("R42")
@pytest.mark.parametrize(("view", "status"), [("PA", Status.ANALYSED), ("LL", Status.NOT_SUITABLE)])
def test_the_app_of_the_guide_keeps_the_contract(tmp_path: Path, view: str, status: Status) -> None:
    study = json.loads(sample("reference/study-json.md", "json"))
    study["images"][0]["view_position"] = view
    (tmp_path / "study.json").write_text(json.dumps(study), encoding="utf-8")
    (tmp_path / "app.py").write_text(sample("how-to/write-an-app.md", "python"), encoding="utf-8")
    runpy.run_path(str(tmp_path / "app.py"))["main"](tmp_path, tmp_path)
    result = read_result(tmp_path)
    assert result.status is status
    assert result.study_instance_uid == study["study"]["study_instance_uid"]


@pytest.mark.parametrize("page", ["reference/settings.md", "how-to/connect-a-pacs.md"])
def test_the_settings_are_valid(page: str, tmp_path: Path) -> None:
    file = tmp_path / "collega.toml"
    file.write_text(sample(page, "toml"), encoding="utf-8")
    assert config.load(file, {}).dicom.aet == "COLLEGA"
