"""Apps that come, change, break and go while collega runs."""

import os
import shutil
from pathlib import Path

import pytest

from collega.errors import ManifestError
from collega.run.catalogue import LOOK_SECONDS, LiveCatalogue

TEXT = """
schema = "collega/app/1"
[app]
id = "{name}"
version = "{version}"
name = {{ en = "Finder", nl = "Zoeker" }}
vendor = "nobody"
clinical_use = false
purpose = {{ en = "a test", nl = "een proef" }}
[run]
runtime = "http"
time_limit_s = 10
memory_mb = 64
output_mb = 1
attempts = 1
[run.http]
url = "http://127.0.0.1:9/"
[accepts]
modality = ["CR"]
[[findings]]
id = "pneumonia"
code = {{ scheme = "SCT", value = "233604007", meaning = "Pneumonia" }}
name = {{ en = "Pneumonia", nl = "Longontsteking" }}
scale = [0.0, 1.0]
direction = "higher-is-present"
calibrated = false
"""


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.said = folder, 0.0, list[str]()

    def write(self, name: str, version: str = "1.0.0", text: str = TEXT) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        file = self.folder / name / "app.toml"
        file.write_text(text.format(name=name, version=version), encoding="utf-8")
        self.now += LOOK_SECONDS
        os.utime(file, ns=(int(self.now), int(self.now)))  # a clock too coarse to see two changes

    def catalogue(self) -> LiveCatalogue:
        return LiveCatalogue([self.folder], self.said.append, lambda: self.now)


@pytest.fixture
def place(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("bleed")
    return made


@pytest.mark.shows("R54")
def test_an_app_that_is_added_is_there_without_a_restart(place: Site) -> None:
    apps = place.catalogue()
    assert list(apps) == ["bleed"]
    place.write("fracture")
    assert sorted(apps) == ["bleed", "fracture"]
    assert apps["fracture"].version == "1.0.0"
    assert "fracture 1.0.0 is here" in place.said[-1]


@pytest.mark.shows("R15")
def test_a_new_version_takes_the_place_of_the_old_one(place: Site) -> None:
    apps = place.catalogue()
    place.write("bleed", "1.1.0")
    assert apps["bleed"].version == "1.1.0"
    assert "read anew" in place.said[-1]


@pytest.mark.shows("R66")
def test_a_manifest_that_breaks_takes_no_app_along(place: Site) -> None:
    apps = place.catalogue()
    place.write("fracture", text="[app]\n")
    assert list(apps) == ["bleed"]
    assert any("fracture" in said and "missing key" in said for said in apps.problems.values())
    told = len(place.said)
    place.now += LOOK_SECONDS
    assert len(apps) == 1
    assert len(place.said) == told
    place.write("bleed", text="[app]\n")
    assert apps["bleed"].version == "1.0.0"
    assert len(apps.problems) == 2
    place.write("bleed", "1.2.0")
    place.write("fracture")
    assert {name: app.version for name, app in apps.items()} == {"bleed": "1.2.0", "fracture": "1.0.0"}
    assert apps.problems == {}


@pytest.mark.shows("R66")
def test_an_app_that_is_taken_away_is_gone(place: Site) -> None:
    place.write("fracture")
    apps = place.catalogue()
    shutil.rmtree(place.folder / "bleed")
    assert "bleed" in apps
    place.now += LOOK_SECONDS
    assert list(apps) == ["fracture"]
    assert "gone" in place.said[-1]


@pytest.mark.shows("R66")
def test_a_folder_that_is_not_mounted_removes_no_app(place: Site, tmp_path: Path) -> None:
    apps = place.catalogue()
    place.folder.rename(tmp_path.parent / f"{tmp_path.name}-away")
    place.now += LOOK_SECONDS
    assert list(apps) == ["bleed"]
    assert any("no folder" in said for said in apps.problems.values())
    (tmp_path.parent / f"{tmp_path.name}-away").rename(place.folder)
    place.now += LOOK_SECONDS
    assert list(apps) == ["bleed"]
    assert apps.problems == {}


@pytest.mark.shows("R66")
def test_the_first_of_two_apps_of_one_id_stays(place: Site) -> None:
    apps = place.catalogue()
    other = place.folder / "other" / "bleed"
    shutil.copytree(place.folder / "bleed", other)
    both = LiveCatalogue([place.folder, other.parent], place.said.append, lambda: place.now)
    assert both["bleed"].folder == apps["bleed"].folder
    assert any("is taken by" in said for said in both.problems.values())


@pytest.mark.shows("R66")
def test_a_site_of_which_no_app_can_be_read_does_not_start(place: Site) -> None:
    place.write("bleed", text="[app]\n")
    with pytest.raises(ManifestError, match="missing key"):
        place.catalogue()
    with pytest.raises(ManifestError, match="no folder"):
        LiveCatalogue([place.folder / "nowhere"], place.said.append, lambda: place.now)
