"""Generated CT slices: of half a megabyte to fill the wire, and small ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from collega.formats.dicom_write import encode
from collega.model.ids import stable_uid
from collega.testing.synthetic import ct_series

LARGE_EDGE, SMALL_EDGE = 512, 16  # 525 kB and 1.7 kB a file
HIGHEST = 4095  # 12 bits
THICKNESS_MM = 1.0


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Objects of one study, in a folder of their own."""

    folder: Path
    study_uid: str
    files: tuple[Path, ...]


def series(seed: int, count: int, *, edge: int, run: str = "", words: str = "bench load") -> Iterator[Dataset]:
    """Give ``count`` slices of one series, one after another, in the same dataset: write each before the next.

    Parameters
    ----------
    seed : int
        Patient, UIDs and pixels follow from it.
    edge : int
        Rows and columns, in pixels of two bytes.
    run : str
        Makes the same seed another study.
    words : str
        Study Description; an app can tell by it what is for it.
    """
    noise = np.random.default_rng([seed, edge])
    image = ct_series(seed, slices=1, size=edge, run=f"bench {run}")[0]
    image.StudyDescription = words
    image.SliceThickness = THICKNESS_MM
    across, down, _ = image.ImagePositionPatient
    for number in range(1, count + 1):
        image.SOPInstanceUID = stable_uid("bench", run, str(seed), str(number))
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.InstanceNumber = number
        image.ImagePositionPatient = [across, down, -THICKNESS_MM * number]
        image.PixelData = noise.integers(0, HIGHEST, size=(edge, edge), dtype=np.uint16, endpoint=True).tobytes()
        yield image


def written(folder: Path, *, studies: int, each: int, edge: int) -> list[Batch]:
    """Write ``studies`` studies of ``each`` slices below ``folder``."""
    return [_study(folder / f"{seed:04d}", seed, each, edge) for seed in range(1, studies + 1)]


def _study(folder: Path, seed: int, each: int, edge: int) -> Batch:
    folder.mkdir(parents=True)
    files, study_uid = [], ""
    for image in series(seed, each, edge=edge):
        path = folder / f"{image.InstanceNumber:05d}.dcm"
        path.write_bytes(encode(image))
        files.append(path)
        study_uid = str(image.StudyInstanceUID)
    return Batch(folder=folder, study_uid=study_uid, files=tuple(files))
