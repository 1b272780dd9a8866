"""What the same objects cost without collega: dcmtk straight to Orthanc."""

import statistics
import time
from pathlib import Path

from bench.figures import emit, emit_all
from bench.material import Material
from bench.whole import Results
from tests.e2e.peers import dcmsend, orthanc, storescu

SCAN_FOLDERS = ("-R", "+sd", "+r")


def films_alone(folder: Path, material: Material) -> float:
    """Seconds in which Orthanc itself takes the films from dcmsend."""
    with orthanc(folder) as pacs:
        begin = time.monotonic()
        dcmsend(pacs.dicom_port, *material.files, called=pacs.aet)
        return time.monotonic() - begin


def compare(folder: Path, material: Material, results: Results, films_s: list[float]) -> None:
    """Send the results of the line once more by storescu, and hold the line against both."""
    with orthanc(folder) as pacs:
        begin = time.monotonic()
        storescu(pacs.dicom_port, results.folder, called=pacs.aet, options=SCAN_FOLDERS)
        results_s = time.monotonic() - begin
    films = len(material.files)
    emit_all("floor: films, dcmsend to Orthanc", "s", films_s, films=films)
    emit("floor: results, storescu to Orthanc", "s", results_s, films=films, objects=results.objects)
    plain = statistics.median(films_s) + results_s
    emit("line over floor", "ratio", results.seconds / plain, films=films, floor_s=plain)
