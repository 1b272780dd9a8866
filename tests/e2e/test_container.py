"""Apps that are images, on the whole line: a film goes in, a container looks at it, a report stands in Orthanc."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.films import held, scores, wait_over, write_film
from tests.e2e.manifests import write_manifest
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.site import Site, site
from tests.images.build import images


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders of apps: one that answers, one whose image nobody has loaded."""
    folder = tmp_path_factory.mktemp("apps")
    with images(tmp_path_factory.mktemp("images"), ("collega",)) as names:
        for app, image in (("boxed", names["collega"]), ("lacking", "localhost/collega-test-nowhere:1")):
            run = f'runtime = "container"\ncontainer = {{ image = "{image}", command = ["/app", "answer"] }}'
            write_manifest(folder, app, run, seconds=20)
        yield folder


@pytest.mark.shows("R5", "R25")
def test_an_image_reports_to_the_pacs_and_one_that_is_missing_keeps_nothing_back(apps: Path, tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "plain")
    with (
        orthanc(tmp_path / "orthanc") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[apps]) as house,
    ):
        house.start()
        dcmsend(house.dicom_port, film.path)
        told = wait_over(house, film.study)
        found = held(pacs, film.study)
    assert [one.ManufacturerModelName for one in found.reports] == ["boxed"]
    assert scores(found.reports[0]) == ["90.0000"]
    said = {job["app_id"]: job for job in told["jobs"]}
    assert said["boxed"]["outcome"] == "found"
    assert said["lacking"]["outcome"] == "failed"
    assert "is not on this machine" in json.dumps(said["lacking"])


@pytest.mark.shows("R5")
def test_check_and_run_know_images(apps: Path, tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "plain")
    with site(tmp_path / "site", pacs=None, apps=[]) as house:
        assert "image localhost/collega-test-nowhere:1" in check(house, apps / "lacking", 2)
        check(house, apps / "boxed", 0)
        answer = house.json("apps", "run", str(apps / "boxed"), str(film.path))
    assert answer["findings"][0]["evaluation"] == "present"
    assert "read-only" in answer["attempt"]["isolation"]


def check(house: Site, app: Path, code: int) -> str:
    return house.command("apps", "check", str(app), "--json", code=code)
