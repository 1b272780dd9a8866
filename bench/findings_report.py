"""How long the reports of 75 findings take to write: what the step ``plan`` builds for a normal filter."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bench.figures import emit_all
from pydicom.dataset import Dataset

from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_sr import findings_sr
from collega.formats.dicom_write import encode
from collega.model.code import Code
from collega.model.finding import Region, RegionKind
from collega.model.result import ObjectIdentity
from collega.testing import records
from collega.testing.synthetic import chest_film

FINDINGS, TIMES, TARGET_S = 75, 6, 1.0
IDENTITY = ObjectIdentity(
    sop_instance_uid="2.25.1",
    series_instance_uid="2.25.2",
    series_number=9000,
    instance_number=1,
    series_description="AI finder",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    timezone="Europe/Amsterdam",
    language="nl",
)


def main() -> None:
    """Print seconds of CPU for each document: the machine may have other work."""
    film = chest_film(1)
    image = str(film.SOPInstanceUID)
    codes = [Code(scheme="99BENCH", value=f"f{number}", meaning=f"Finding {number}") for number in range(FINDINGS)]
    manifest = records.manifest(findings=tuple(records.finding_spec(id=code.value, code=code) for code in codes))
    box = Region(kind=RegionKind.BOX, image=image, frame=1, points=((10.0, 20.0), (30.0, 40.0)))
    found = [replace(records.finding([image]), id=code.value, code=code, regions=(box,)) for code in codes]
    result = records.analysed(str(film.StudyInstanceUID), found)

    def findings() -> Dataset:
        return findings_sr(result, manifest.identity, IDENTITY, [film])

    def regions() -> Dataset:
        made = regions_sr(result, manifest.identity, IDENTITY, [film])
        assert made is not None  # noqa: S101 - every finding has a place
        return made

    for name, make in (("findings", findings), ("places", regions)):
        spent = [_spent(make) for _ in range(TIMES)]
        emit_all(f"report of {FINDINGS} findings: {name}", "s", spent[1:], target=TARGET_S)


def _spent(make: Callable[[], Dataset]) -> float:
    began = time.process_time()
    encode(make())
    return time.process_time() - began


if __name__ == "__main__":
    main()
