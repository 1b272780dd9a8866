"""Studies of nobody: each of another patient, of the moment that was planned, sent by the scanner that makes such."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread
from tests.e2e.films import PROBE

from collega.bootstrap.demo.day import Kind, Part, exams, pace_of, part_of
from collega.bootstrap.demo.generate import looked_at, programmes
from collega.bootstrap.demo.show import SIMULATED_APPS
from collega.bootstrap.site import shipped_apps
from collega.run.manifest import find_apps

NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
PACE = pace_of(0.3, NOON)


def test_every_study_is_of_its_own_patient_and_moment(tmp_path: Path) -> None:
    plan = exams(0.3, PACE, set(Kind))
    shares = programmes(plan, tmp_path, "run")
    assert [(share.scanner, share.count) for share in shares] == [("SIMSCANNER", 6), ("SIMCT", 3)]
    films = [film for share in shares for film in share.films]
    headers = {film.study_instance_uid: dcmread(film.files[0], stop_before_pixels=True) for film in films}
    assert len({header.PatientID for header in headers.values()}) == len(headers) == 9
    for film in films:
        assert film.exam is not None
        header = headers[film.study_instance_uid]
        assert header.StudyDate + header.StudyTime == film.exam.at.strftime("%Y%m%d%H%M%S")
        assert film.due_s == film.exam.due_s
        night = film.exam.kind is Kind.HEAD_CT and part_of(film.exam.at) is not Part.DAY
        assert header.get("RequestedProcedurePriority", "") == ("STAT" if night else "")
    assert {len(film.files) for film in films} == {1, 28}


def test_another_run_makes_other_studies(tmp_path: Path) -> None:
    plan = exams(0.05, PACE, {Kind.FILM})
    uids = {
        film.study_instance_uid
        for run in ("one", "two")
        for share in programmes(plan, tmp_path, run)
        for film in share.films
    }
    assert len(uids) == 4


def test_scanners_make_what_an_app_looks_at() -> None:
    assert looked_at(find_apps([PROBE]).values()) == {Kind.FILM}
    assert looked_at(find_apps(shipped_apps()).values()) == set(Kind)
    assert looked_at([]) == {Kind.FILM}


@pytest.mark.shows("R32")
def test_the_app_that_fails_is_a_simulator_and_no_site_gets_it() -> None:
    [app] = find_apps([SIMULATED_APPS]).values()
    assert app.name.en.startswith("Simulator")
    assert app.purpose.en.startswith("Simulator")
    assert not app.clinical_use
    assert app.id not in find_apps(shipped_apps())
