"""Studies of nobody: each of another patient, of the moment that was planned, sent by the scanner that makes such."""

import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread
from tests.e2e.films import PROBE
from tests.e2e.peers import program

from collega.bootstrap.demo.day import ACUTE, MOST_MADE, Kind, Part, exams, pace_of, part_of
from collega.bootstrap.demo.generate import MODALITIES, PRESENT, looked_at, present_in, programmes
from collega.bootstrap.demo.show import FAILING_APP, SIMULATED_APPS
from collega.bootstrap.site import shipped_apps
from collega.formats.dicom_write import encode
from collega.run.manifest import find_apps
from collega.testing.mammogram import mammogram
from collega.testing.simulated_vendor import recorded_truth

NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
PACE = pace_of(0.3, NOON)


def test_every_study_is_of_its_own_patient_and_moment(tmp_path: Path) -> None:
    plan = exams(0.3, PACE, set(Kind))
    shares = programmes(plan, tmp_path, "run")
    counts = [("SIMSCANNER", 6), ("SIMCT", 4), ("SIMCT2", 3), ("SIMMG", 1)]
    assert [(share.scanner, share.count) for share in shares] == counts
    films = [film for share in shares for film in share.films]
    headers = {film.study_instance_uid: dcmread(film.files[0], stop_before_pixels=True) for film in films}
    assert len({header.PatientID for header in headers.values()}) == len(headers) == 14
    for film in films:
        assert film.exam is not None
        header = headers[film.study_instance_uid]
        assert header.StudyDate + header.StudyTime == film.exam.at.strftime("%Y%m%d%H%M%S")
        assert film.due_s == film.exam.due_s
        night = film.exam.kind in ACUTE and part_of(film.exam.at) is not Part.DAY
        assert header.get("RequestedProcedurePriority", "") == ("STAT" if night else "")
    assert {len(film.files) for film in films} == {1, 4, 10, 28}
    for film in films:
        modality, part = MODALITIES[film.exam.kind] if film.exam else ("", "")
        header = headers[film.study_instance_uid]
        assert (header.Modality, header.BodyPartExamined) == (modality, part)


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
    assert looked_at(find_apps(shipped_apps()).values()) == MOST_MADE
    assert looked_at(find_apps([SIMULATED_APPS]).values()) == set(Kind)
    assert looked_at([]) == {Kind.FILM}


@pytest.mark.shows("R32")
def test_the_app_that_fails_is_a_simulator_and_no_site_gets_it() -> None:
    [app] = find_apps([FAILING_APP]).values()
    assert app.name.en.startswith("Simulator")
    assert app.purpose.en.startswith("Simulator")
    assert not app.clinical_use
    assert app.id not in find_apps(shipped_apps())


@pytest.mark.shows("R5", "R48", "R66")
def test_the_truth_is_recorded_before_a_study_is_sent_in_words_that_a_simulator_knows(tmp_path: Path) -> None:
    record = tmp_path / "truth.jsonl"
    plan = exams(0.3, PACE, set(Kind))
    for share in programmes(plan, tmp_path, "run", [record]):
        for film in share.films:
            assert film.exam is not None
            assert recorded_truth(record, film.study_instance_uid) == frozenset(present_in(film.exam))
    known = {spec.id for app in find_apps([SIMULATED_APPS]).values() for spec in app.findings}
    assert {finding for variants in PRESENT.values() for variant in variants for finding in variant} <= known
    assert {kind for kind in Kind if any(present_in(exam) for exam in plan if exam.kind is kind)} == set(Kind)


def test_mammograms_keep_the_standard(tmp_path: Path) -> None:
    for number, view in enumerate(mammogram(7)):
        file = tmp_path / f"{number}.dcm"
        file.write_bytes(encode(view))
        done = subprocess.run([program("dciodvfy"), "-new", file], capture_output=True, check=False)
        assert b"Error" not in done.stderr
