"""The switch that silences an app at once, also in what waits for a PACS that is away."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from collega.testing.pacs import KeepingPacs
from collega.testing.ports import reserved_ports
from tests.e2e.films import APPS, account, wait_told, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import site


def states(told: dict[str, Any], kind: str, app: str = "") -> list[str]:
    """States of the deliveries of one kind, oldest first."""
    return [one["state"] for one in told["deliveries"] if one["kind"] == kind and app in ("", one["app_id"])]


@pytest.mark.shows("R25", "R32")
def test_a_suspended_app_is_taken_from_what_is_not_sent_yet(tmp_path: Path) -> None:
    film = write_film(tmp_path, "waiting")
    with reserved_ports(1) as (port,):
        settings = {"COLLEGA_PACS__RETRY_FIRST_S": "2", "COLLEGA_PACS__RETRY_MOST_S": "2"}
        with site(tmp_path / "site", pacs=("SIMPACS", port), apps=[APPS], settings=settings) as house:
            house.start()
            dcmsend(house.dicom_port, film.path)
            wait_told(house, film.study, lambda told: states(told, "status_page") == ["planned"], "the page waits")
            house.command("apps", "stage", "probe", "suspended", "--reason", "too many false alarms", "--by", "AI lead")
            wait_told(
                house,
                film.study,
                lambda told: states(told, "status_page") == ["withdrawn", "planned"],
                "a page without the suspended app waits",
            )
            with KeepingPacs(tmp_path / "pacs", port=port) as pacs:
                wait_told(
                    house, film.study, lambda told: states(told, "status_page")[-1] == "visible", "the page is shown"
                )
                told = account(house, film.study)
                assert states(told, "findings_sr", "probe") == ["withdrawn"]
                assert states(told, "findings_sr", "witness") == ["visible"]
                kept = [dcmread(BytesIO(item.path.read_bytes())) for item in pacs.objects()]
    pages = [one for one in kept if one.Modality == "OT"]
    assert len(pages) == 1
    assert "witness" in pages[0].ImageComments
    assert "probe" not in pages[0].ImageComments
