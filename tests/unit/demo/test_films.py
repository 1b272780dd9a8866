from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread
from pydicom.uid import UID

from collega.bootstrap.demo.films import generated, of_folder
from collega.errors import InputError
from collega.formats.dicom_write import encode
from collega.testing.synthetic import chest_film

ZONE = ZoneInfo("Europe/Amsterdam")


def test_generated_films_are_of_other_patients_each(tmp_path: Path) -> None:
    programme = generated(tmp_path, 0.1, ZONE)
    films = list(programme.films)
    assert programme.count == len(films) == 3
    assert programme.interval_s == pytest.approx(2.0)
    written = [dcmread(film.files[0]) for film in films]
    assert len({film.PatientID for film in written}) == 3
    assert [film.study_instance_uid for film in films] == [film.StudyInstanceUID for film in written]


def test_another_run_makes_other_studies(tmp_path: Path) -> None:
    uids = {film.study_instance_uid for _ in range(2) for film in generated(tmp_path, 0.05, ZONE).films}
    assert len(uids) == 4


def test_a_folder_is_sent_study_by_study(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"film{number}").write_bytes(encode(chest_film(number)))
    second = chest_film(1)
    second.SOPInstanceUID = second.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "lateral.dcm").write_bytes(encode(second))
    bare = chest_film(3)
    del bare.Rows
    (tmp_path / "noimage.dcm").write_bytes(encode(bare))
    (tmp_path / "readme.txt").write_text("no film")
    programme = of_folder(tmp_path, None)
    assert (programme.count, programme.skipped, programme.interval_s) == (2, 1, 0.25)
    assert [len(film.files) for film in programme.films] == [2, 1]
    assert of_folder(tmp_path, 1.0).interval_s == 30.0


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no film")
    with pytest.raises(InputError, match="no DICOM files there"):
        of_folder(tmp_path, None)
