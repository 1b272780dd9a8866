"""What a vendor's box answers: the objects, and for which attempt each of them counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.errors import QuarantineError
from collega.model.study import InstanceHeader, Study

# PS3.4 B.5: every structured report, key objects and dose among them.
REPORT_CLASSES = "1.2.840.10008.5.1.4.1.1.88."
# Without a time to wait for more, and without a report that says that its word is complete.
FALL_BACK_SETTLE_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Unasked:
    """An object that a box sent and that answers no job; ``source`` is the AE title with which the box called."""

    sop_instance_uid: str
    study_key: str
    source: str
    at: datetime


class Standing(StrEnum):
    """What became of an answered object.

    ``open`` waits to be read, ``taken`` has been; ``late`` came after its attempt had ended without
    an answer, ``again`` after there was one.
    """

    OPEN = "open"
    TAKEN = "taken"
    LATE = "late"
    AGAIN = "again"


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxAnswer:
    """One object that a box answered for a job.

    ``digest`` is that of `Said`; ``is_released``: its association ended in good order.
    """

    job_key: str
    sop_instance_uid: str
    sop_class_uid: str
    path: str
    digest: str
    at: datetime
    standing: Standing
    is_released: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """An image to which an object refers; ``study_instance_uid`` is empty where the object does not say it."""

    study_instance_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What an object of a box says: about whom, and about which images.

    ``digest`` is the same for two objects that differ in nothing but their own UIDs and times.
    """

    header: InstanceHeader
    images: tuple[Named, ...]
    digest: str

    def images_of(self, study_instance_uid: str) -> frozenset[str]:
        """Images that it names in a study, or without naming their study."""
        return frozenset(
            item.sop_instance_uid for item in self.images if item.study_instance_uid in {"", study_instance_uid}
        )


def identity_problem(header: InstanceHeader, study: Study) -> QuarantineError | None:
    """Hold who an answer is about against the study whose images were sent; what is wrong where they differ.

    What a box leaves out, but for the patient's number, contradicts nothing.
    """
    if header.study_instance_uid != study.study_instance_uid:
        text = "the answer bears another Study Instance UID than the images that it is about"
        return QuarantineError("wrong-study", text)
    answered, known = header.patient, study.patient
    pairs = {
        "Issuer of Patient ID": (answered.issuer, known.issuer),
        "Patient's Birth Date": (answered.birth_date, known.birth_date),
        "Accession Number": (header.accession_number, study.accession_number),
    }
    changed = [name for name, (said, kept) in pairs.items() if said and kept and said != kept]
    if answered.patient_id != known.patient_id:
        changed.insert(0, "Patient ID")
    if not changed:
        return None
    return QuarantineError("changed-identity", f"the answer bears another {' and another '.join(changed)}")


def is_repeated(digest: str, uid: str, earlier: Iterable[BoxAnswer]) -> bool:
    """Tell whether another object of the same answer says the very same."""
    return any(item.digest == digest and item.sop_instance_uid != uid for item in earlier)
