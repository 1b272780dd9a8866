"""Objects that a vendor answered, held against who and what they must be about, before anything in them is read."""

from collections.abc import Collection, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.formats.dicom_said import read_said
from collega.model.box import Said, identity_problem
from collega.model.study import Study

# Only the moment of the study depends on a zone, and it is not looked at here.
ANY_ZONE = ZoneInfo("UTC")


def read_answered(folder: Path) -> Sequence[Said]:
    """Read what the DICOM objects in an output folder say of themselves; none where there are none.

    Raises
    ------
    QuarantineError
        One of them is no DICOM object.
    """
    found = []
    # Whatever a file is called: a package names its objects as it likes, and all of them are read.
    for file in sorted(item for item in (folder / "dicom").glob("*") if item.is_file() and not item.is_symlink()):
        encoded = file.read_bytes()
        found.append(read_said(encoded, read_object(encoded, ANY_ZONE)))
    return found


def check_answered(
    objects: Sequence[Said], study: Study, inputs: Collection[str], priors: Collection[str] = ()
) -> None:
    """Accept a vendor's objects, or set the answer apart.

    Parameters
    ----------
    objects : sequence of Said
        All objects of one answer.
    study : Study
        The study whose images were sent.
    inputs : collection of str
        SOP Instance UIDs of those images.
    priors : collection of str
        Those of the images of earlier studies that were sent too: a comparison may name them.

    Raises
    ------
    QuarantineError
        ``wrong-study``, ``changed-identity`` or ``unknown-image``.
    """
    # A report may refer to what came with it: a copy of an image with something drawn into it.
    known = frozenset(inputs) | frozenset(priors) | {said.header.sop_instance_uid for said in objects}
    for said in objects:
        if problem := identity_problem(said.header, study):
            raise problem
        here = said.images_of(study.study_instance_uid)
        if said.images and not here:
            text = "the answer is about images of another study"
            raise QuarantineError("wrong-study", text)
        if unknown := here - known:
            text = f"the answer names {len(unknown)} images that were not sent, such as {min(unknown)}"
            raise QuarantineError("unknown-image", text)
