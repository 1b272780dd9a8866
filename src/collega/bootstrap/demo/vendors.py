"""Simulated vendors that work as vendors do: one as a service, one as a box. What they say is recorded truth."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from collega.run.manifest import FILE
from collega.testing.ports import LOOPBACK
from collega.testing.simulated_vendor import TRUTH, answered, is_called, read_vendor, recorded_truth, word_of
from collega.testing.vendor_answers import report
from collega.testing.vendor_node import Answerer, VendorNode
from collega.testing.vendor_service import Answer, AnswerStudy, Files, json_answer, vendor_service

SERVICE, BOX = "sim-night-embolism", "sim-mammography"
BOX_AET = "SIMVENDOR"
# What belongs to Python in the manifest of a simulator, and goes where it becomes a service or a box.
OF_PYTHON = ("runtime =", "entry =", "preload =")
NOBODY = ("NOBODY", 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vendors:
    """The vendors at work; ``box`` is None where nobody plays it."""

    box: VendorNode | None = None

    def answer_to(self, aet: str, port: int) -> None:
        """Let the box know where its answers go."""
        if self.box is not None:
            self.box.answer_to((aet, port))


@contextlib.contextmanager
def at_work(copies: Sequence[Path]) -> Iterator[Vendors]:
    """Put a service and a box in the place of two of the copied simulators, for the block."""
    by_name = {folder.name: folder for folder in copies}
    with contextlib.ExitStack() as stack:
        if SERVICE in by_name:
            folder = by_name[SERVICE]
            service = stack.enter_context(vendor_service(_as_service(folder)))
            _change(folder, 'runtime = "http"', f'http = {{ url = "{service.url}" }}')
        if BOX not in by_name:
            yield Vendors()
            return
        box = stack.enter_context(VendorNode(_as_box(by_name[BOX]), to=NOBODY, aet=BOX_AET))
        at = f'host = "{LOOPBACK}", port = {box.port}, aet = "{BOX_AET}", settle_s = 0'
        _change(by_name[BOX], 'runtime = "dicom"', f"dicom = {{ {at} }}")
        yield Vendors(box=box)


def _change(folder: Path, *lines: str) -> None:
    """Let a copied manifest say how its vendor works."""
    kept = [line for line in (folder / FILE).read_text(encoding="utf-8").splitlines() if not line.startswith(OF_PYTHON)]
    begin = kept.index("[run]") + 1
    (folder / FILE).write_text("\n".join([*kept[:begin], *lines, *kept[begin:], ""]), encoding="utf-8")


def _as_service(folder: Path) -> AnswerStudy:
    def answer(given: Mapping[str, Any], _: Files) -> Answer:
        try:
            return json_answer(answered(folder, given))
        except ConnectionError as error:
            return json_answer({"error": str(error)}, HTTPStatus.INTERNAL_SERVER_ERROR)

    return answer


def _as_box(folder: Path) -> Answerer:
    def answer(images: Sequence[Dataset]) -> Sequence[Dataset]:
        """Give a report for each finding; of a study that nobody has recorded it says nothing."""
        study = str(images[0].StudyInstanceUID)
        present = recorded_truth(folder / TRUTH, study)
        if present is None:
            return []
        vendor = read_vendor(folder)
        word = word_of(vendor, study, present)
        return [
            report(
                images,
                present=is_called(one, word.scores[one.id]),
                score=word.scores[one.id],
                concept=(one.code["value"], one.code["scheme"], one.code["meaning"]),
            )
            for one in vendor.findings
        ]

    return answer
