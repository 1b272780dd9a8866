"""Simulated vendors that work as vendors do: one as a service, one as a box, one with its own screen.

What they say is recorded truth.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from collega.run.manifest import FILE, read_manifest
from collega.testing.ports import LOOPBACK
from collega.testing.simulated_vendor import TRUTH, answered, is_called, read_vendor, recorded_truth, word_of
from collega.testing.vendor_answers import report
from collega.testing.vendor_node import Answerer, VendorNode
from collega.testing.vendor_screen import App, vendor_screen
from collega.testing.vendor_service import Answer, AnswerStudy, Files, json_answer, vendor_service

SERVICE, BOX, SCREEN = "sim-night-embolism", "sim-mammography", "sim-own-screen"
BOX_AET = "SIMVENDOR"
# What goes from the manifest of a simulator that becomes a service or a box, and from one that gets a screen.
OF_PYTHON, OF_SCREEN = ("runtime =", "entry =", "preload ="), ("screen =",)
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
    """Put a service and a box in the place of two copied simulators, and give a third its screen, for the block."""
    by_name = {folder.name: folder for folder in copies}
    with contextlib.ExitStack() as stack:
        if SERVICE in by_name:
            folder = by_name[SERVICE]
            service = stack.enter_context(vendor_service(_as_service(folder)))
            _change(folder, of="run", to=('runtime = "http"', f'http = {{ url = "{service.url}" }}'))
        if SCREEN in by_name:
            screen = stack.enter_context(vendor_screen(_as_screen(by_name[SCREEN])))
            _change(by_name[SCREEN], of="use", to=(f'screen = "{screen.url}"',), instead_of=OF_SCREEN)
        if BOX not in by_name:
            yield Vendors()
            return
        box = stack.enter_context(VendorNode(_as_box(by_name[BOX]), to=NOBODY, aet=BOX_AET))
        at = f'host = "{LOOPBACK}", port = {box.port}, aet = "{BOX_AET}", settle_s = 0'
        _change(by_name[BOX], of="run", to=('runtime = "dicom"', f"dicom = {{ {at} }}"))
        yield Vendors(box=box)


def _change(folder: Path, *, of: str, to: Sequence[str], instead_of: tuple[str, ...] = OF_PYTHON) -> None:
    """Let a copied manifest say how its vendor works, in a table of it."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(instead_of)]
    begin = kept.index(f"[{of}]") + 1
    (folder / FILE).write_text("\n".join([*kept[:begin], *to, *kept[begin:], ""]), encoding="utf-8")


def _as_service(folder: Path) -> AnswerStudy:
    def answer(given: Mapping[str, Any], _: Files) -> Answer:
        try:
            return json_answer(answered(folder, given))
        except ConnectionError as error:
            return json_answer({"error": str(error)}, HTTPStatus.INTERNAL_SERVER_ERROR)

    return answer


def _as_screen(folder: Path) -> App:
    manifest = read_manifest(folder)
    names = {finding.id: finding.name for finding in manifest.findings}
    return App(name=manifest.name, names=names, answer=partial(answered, folder))


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
