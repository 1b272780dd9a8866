"""What de-identifying costs: CPU of a CT slice of half a megabyte with a header as scanners write them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import emit
from pydicom.dataset import Dataset

from collega.bootstrap.leave.deidentifying import Order, deidentify_folder
from collega.formats.dicom_deid.file import deidentify_file
from collega.formats.dicom_deid.profile import preset
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_write import encode
from collega.testing.synthetic import ct_series

TARGET_MS = 10.0  # a hundred slices a second on one core
SIZE, PRIVATE, PLANES = 512, 120, 16
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="bench")


def measure(folder: Path, slices: int) -> None:
    """De-identify slices one by one, then a folder of them by all cores."""
    source = folder / "in"
    source.mkdir(parents=True)
    paths = [_written(source / f"{number}.dcm", data) for number, data in enumerate(_slices(slices))]
    for name in ("basic", "research"):
        profile = preset(name, "bench")
        deidentify_file(paths[0], folder / "one.dcm", profile, PSEUDONYMS)
        begin = time.process_time()
        for path in paths:
            deidentify_file(path, folder / "one.dcm", profile, PSEUDONYMS)
        spent = 1000 * (time.process_time() - begin) / slices
        emit("slice de-identified, CPU", "ms", spent, target=TARGET_MS, profile=name, bytes=paths[0].stat().st_size)
    cores = len(os.sched_getaffinity(0))
    order = Order(
        source=source, target=folder / "out", profile=preset("basic", "bench"), pseudonyms=PSEUDONYMS, processes=cores
    )
    begin = time.monotonic()
    outcome = deidentify_folder(order, lambda _done, _total: None)
    seconds = time.monotonic() - begin
    emit("slices de-identified per second", "1/s", outcome.written / seconds, slices=slices, processes=cores)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _slices(count: int) -> Iterator[bytes]:
    """Make slices with different names, private elements and sequences."""
    planes = ct_series(1, slices=PLANES, size=SIZE)
    for number in range(count):
        plane = planes[number % PLANES]
        plane.SOPInstanceUID = f"2.25.{10**30 + number}"
        _as_scanners_write(plane)
        yield encode(plane)


def _as_scanners_write(plane: Dataset) -> None:
    block = plane.private_block(0x0019, "GEMS_ACQU_01", create=True)
    for number in range(PRIVATE):
        vr, value = (("DS", "1.25"), ("LO", "PRIVATE TEXT"), ("SS", number), ("OB", b"12345678"))[number % 4]
        block.add_new(number, vr, value)
    for keyword in ("ReferencedImageSequence", "ReferencedStudySequence", "ProcedureCodeSequence"):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = plane.SOPClassUID, plane.SOPInstanceUID
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "DCM", "x"
        setattr(plane, keyword, [item])
