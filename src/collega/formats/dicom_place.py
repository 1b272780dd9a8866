"""Where on the body an image of ours belongs."""

from pydicom.dataset import Dataset

# Projections have sides, but no position in space.
PROJECTIONS = frozenset({"CR", "DX", "IO", "MG", "PX", "RG"})

# Body parts (PS3.16 annex L) of which there is one: Laterality must not stand beside them.
UNPAIRED = frozenset(
    [
        "ABDOMEN",
        "ABDOMENPELVIS",
        "AORTA",
        "BLADDER",
        "BRAIN",
        "CHEST",
        "CHESTABDOMEN",
        "CHESTABDPELVIS",
        "COCCYX",
        "COLON",
        "CSPINE",
        "HEAD",
        "HEADNECK",
        "HEART",
        "JAW",
        "LIVER",
        "LSPINE",
        "LSSPINE",
        "NECK",
        "NECKCHEST",
        "PELVIS",
        "PROSTATE",
        "SKULL",
        "SPINE",
        "SSPINE",
        "STERNUM",
        "TSPINE",
        "UTERUS",
        "WHOLEBODY",
    ]
)


def is_projection(source: Dataset) -> bool:
    """Tell a projection radiograph from the rest."""
    return source.get("Modality") in PROJECTIONS


def add_body_part(dataset: Dataset, source: Dataset) -> None:
    """Body part of the series (PS3.3 C.7.3.1), by which readers' layouts pick it."""
    if source.get("BodyPartExamined"):
        dataset.BodyPartExamined = source.BodyPartExamined


def add_laterality(dataset: Dataset, source: Dataset) -> None:
    """Side of a paired body part (C.7.3.1), empty where the source does not say it."""
    if source.get("BodyPartExamined") not in UNPAIRED:
        dataset.Laterality = source.get("Laterality")


def add_sides(dataset: Dataset, source: Dataset) -> None:
    """Patient Orientation (C.7.6.1.1.1), empty where the source does not know it.

    A viewer needs it to lay a mask over a film the right way round.
    """
    dataset.PatientOrientation = source.get("PatientOrientation")


def number_of_frames(source: Dataset) -> int:
    """Frames of an image (C.7.6.6); one where it does not say, or says no number."""
    try:
        return int(source.get("NumberOfFrames") or 1)
    except ValueError:
        return 1
