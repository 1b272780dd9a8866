"""A vendor's box on the real line: the study goes to it by C-STORE, its answer comes back into our receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from collega.testing.vendor_answers import everything
from collega.testing.vendor_node import Manners
from tests.e2e.boxes import BoxedSite, boxed_site
from tests.e2e.films import account, kinds, wait_over, write_film
from tests.e2e.peers import Orthanc, dcmsend, orthanc


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxedSite]:
    with boxed_site(tmp_path_factory.mktemp("boxed"), everything, pacs, manners=Manners()) as one:
        yield one


@pytest.mark.shows("R5", "R66")
def test_a_study_goes_to_the_box_and_its_answer_comes_back(house: BoxedSite, tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "boxed")
    dcmsend(house.site.dicom_port, film.path)
    told = wait_over(house.site, film.study)
    ((image,),) = house.box.account.studies
    assert image.SOPInstanceUID == film.uid
    assert image.PixelData == dcmread(film.path).PixelData
    job = house.job(film.study)
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["answered"]
    assert len(house.answered(job)) == len(everything([image]))
    assert set(house.box.account.statuses) == {0}
    assert told["revision"] == 1
    assert "handed_over" in kinds(account(house.site, film.study))
