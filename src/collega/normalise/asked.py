"""What an app was asked: the study and the images that its answer is held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pydicom

from collega.formats.vendor.plane import Plane, planes_of
from collega.model.app import Manifest
from collega.model.study import Instance, Study


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Study, app, and the images that the app was given: their records and files by SOP Instance UID.

    ``priors`` are the SOP Instance UIDs of images of earlier studies that it was given too.
    """

    study: Study
    manifest: Manifest
    inputs: Mapping[str, Instance]
    files: Mapping[str, Path]
    priors: frozenset[str] = frozenset()

    def planes(self) -> Iterator[Plane]:
        """Read where the images lie in space; only answers that speak of the patient's space ask for it."""
        for path in self.files.values():
            yield from planes_of(pydicom.dcmread(path, stop_before_pixels=True))
