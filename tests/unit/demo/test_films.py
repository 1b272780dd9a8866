from pathlib import Path

import pytest
from pydicom.uid import UID

from collega.bootstrap.demo.films import of_folder
from collega.errors import InputError
from collega.formats.dicom_write import encode
from collega.testing.synthetic import chest_film


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
    assert (programme.count, programme.skipped, programme.most_under_way) == (2, 1, 8)
    assert [(len(film.files), film.due_s, film.exam) for film in programme.films] == [(2, 0, None), (1, 0.25, None)]
    paced = of_folder(tmp_path, 1.0)
    assert paced.most_under_way == 0
    assert [film.due_s for film in paced.films] == [0, 30]


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no film")
    with pytest.raises(InputError, match="no DICOM files there"):
        of_folder(tmp_path, None)
