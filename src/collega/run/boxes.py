"""When the answer of a vendor's box is whole, and whose answers cannot be told apart."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.formats.dicom_said import read_said
from collega.model.app import Manifest
from collega.model.box import FALL_BACK_SETTLE_S, REPORT_CLASSES, BoxAnswer
from collega.model.runtime import DicomSpec
from collega.ports.machine import Archive

# No moment is looked at.
ANY_ZONE = ZoneInfo("UTC")


def whole_at(answers: Sequence[BoxAnswer], spec: DicomSpec) -> datetime:
    """Moment from which no more is waited for.

    A box that is given no time to settle has said all with the end of the association that brought its report.
    """
    last = max(answer.at for answer in answers)
    if spec.settle_s:
        return last + timedelta(seconds=spec.settle_s)
    has_report = any(answer.sop_class_uid.startswith(REPORT_CLASSES) for answer in answers)
    if has_report and all(answer.is_released for answer in answers):
        return last
    return last + timedelta(seconds=FALL_BACK_SETTLE_S)


def are_about_all(archive: Archive, answers: Sequence[BoxAnswer], images: Sequence[str]) -> bool:
    """Whether the answers that came name every image of a job: its box has had them all already."""
    named: set[str] = set()
    for answer in answers:
        # What cannot be read names nothing here; whoever reads the answer says why.
        with contextlib.suppress(QuarantineError, OSError):
            encoded = archive.path(answer.path).read_bytes()
            named |= {item.sop_instance_uid for item in read_said(encoded, read_object(encoded, ANY_ZONE)).images}
    return bool(answers) and named >= set(images)


def claimed_twice(catalogue: Mapping[str, Manifest], app: Manifest) -> Sequence[str]:
    """AE titles from which answers for this app would come and for another app too, with that app's id."""
    own = frozenset(app.run.dicom.answers_from if app.run.dicom else ())
    return sorted(
        f"{aet} ({other.id})"
        for other in list(catalogue.values())
        if other.id != app.id and other.run.dicom
        for aet in own & frozenset(other.run.dicom.answers_from)
    )
