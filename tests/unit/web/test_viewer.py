"""The page of the viewer where it is installed, and where it is not."""

from pathlib import Path

import pytest
from tests.unit.web.conftest import House

from collega.web.pages import Front, Pages
from collega.web.viewer import is_here, ohif_link, viewer_router

HOSTILE = '1.2"><script>alert(1)</script>'


@pytest.mark.shows("R66")
async def test_the_label_stands_in_both_languages_and_the_study_cannot_break_out(
    house: House, front: Front, tmp_path: Path
) -> None:
    (tmp_path / "app.bundle.0123.js.gz").touch()
    house.app.include_router(viewer_router(Pages(front), tmp_path))
    assert is_here(tmp_path)
    answer = await house.ask(ohif_link(HOSTILE, "nl"))
    text = answer.body.decode()
    assert answer.status == 200
    assert "NIET VOOR PRIMAIRE DIAGNOSE · NOT FOR PRIMARY DIAGNOSIS" in text
    assert '<html lang="nl">' in text
    assert 'src="/viewer/app.bundle.0123.js"' in text
    assert "<script>alert" not in text
    assert "/studies/1.2%22%3E%3Cscript%3E" in text


async def test_an_installation_without_the_viewer_says_so(house: House, front: Front, tmp_path: Path) -> None:
    house.app.include_router(viewer_router(Pages(front), tmp_path))
    assert not is_here(tmp_path)
    answer = await house.ask(ohif_link("1.2", "en"))
    assert answer.status == 503
    assert "make setup" in answer.body.decode()
