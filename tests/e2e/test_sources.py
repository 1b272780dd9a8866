"""Modalities and archives tell collega what there is to come, over real sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collega.testing.messages import availability, commitment_request, new_step, step_change
from tests.e2e.films import write_film
from tests.e2e.modality import CLASSES, modality
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R25")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), pacs=None) as one:
        one.start()
        yield one


def said(house: Site, study_uid: str) -> list[dict[str, Any]]:
    """What sources have said of a study, in its record of events."""
    events = house.account(study_uid)["events"]
    return [event["payload"] | {"source": event["actor"]} for event in events if event["kind"] == "evidence"]


def test_a_step_and_its_images(house: Site, tmp_path: Path) -> None:
    film = write_film(tmp_path, "step")
    with modality(house.dicom_port) as scanner:
        assert scanner.taken() == set(CLASSES)
        assert scanner.create("1.2.3.100", new_step(film.study)).Status == 0x0000
        assert scanner.create("1.2.3.100", new_step(film.study)).Status == 0x0111
        assert "SUCCESS  : 1" in dcmsend(house.dicom_port, film.path).text
        ended = step_change("COMPLETED", {"1.2.3.4": ["1.2.3.4.1"]})
        assert scanner.set("1.2.3.100", ended).Status == 0x0000
        again = scanner.set("1.2.3.100", ended)
    assert (again.Status, again.ErrorID) == (0x0110, 0xA710)
    assert [(one["said"], one["reference"], one["objects"], one["source"]) for one in said(house, film.study)] == [
        ("mpps in progress", "1.2.3.100", 0, "CT1"),
        ("mpps completed", "1.2.3.100", 1, "CT1"),
    ]
