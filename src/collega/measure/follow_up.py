"""What became of a patient, as a label of the study after which it was found."""

from collections.abc import Collection
from datetime import datetime

from collega.model.reference import Followed, TruthWord


def after_study(found: Collection[Followed], begin: datetime, end: datetime) -> Followed | None:
    """Say what records between two moments tell; None where they tell nothing.

    The last word counts. Where one says that it is there and another that it is not, it is uncertain: which of them is
    of what the study shows cannot be known. Silence is no denial.
    """
    mine = sorted((one for one in found if begin <= one.at <= end), key=lambda one: one.at)
    if not mine:
        return None
    words = {one.word for one in mine} - {TruthWord.UNCERTAIN}
    word = next(iter(words)) if len(words) == 1 else TruthWord.UNCERTAIN
    return Followed(at=mine[-1].at, word=word)
