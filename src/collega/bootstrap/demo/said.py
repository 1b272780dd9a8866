"""What the simulated doctors say of a study: a first look at night, and opinions on what apps found."""

from collections.abc import Collection, Iterator, Mapping
from random import Random

from collega.bootstrap.demo.rota import Reader, Waiting
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation

SEED = 3
# People err: of the studies with something in them so many a hundred are overlooked, of the others so many overcalled.
OVERLOOKED, OVERCALLED, UNSURE = 18, 6, 8
CALLED, CALLED_UNSURE = 60, 80
# An opinion takes a moment, and not every reader takes it.
GIVES_OPINIONS = 70
CAUSES = ("other-finding", "artefact", "normal-variant", "device", "old", "image-quality")
ABSENT_CAUSES = ("subtle", "anatomy")
# What apps call otherwise than the plan of the day.
ALSO = {"pneumonia": "pneumonia-like-opacity"}
Fields = Mapping[str, str]


def first_look(reader: Reader, study: Waiting, truth: Collection[str]) -> Fields:
    """Fill in the form of a first look; ``truth``: the findings that are really there."""
    dice = _dice("first look", reader, study)
    found = _seen(dice, is_there=bool(truth))
    calls = {Evaluation.PRESENT: CALLED, Evaluation.UNDETERMINED: CALLED_UNSURE}.get(found, 0)
    return {
        "reader": reader.name,
        "found": found.value,
        "ai_seen": (Seen.YES if study.answered else Seen.NO).value,
        "called": "yes" if _hits(dice, calls) else "",
    }


def opinions(reader: Reader, study: Waiting, truth: Collection[str]) -> Iterator[Fields]:
    """Fill in the forms of opinions on the findings that apps name."""
    dice = _dice("opinions", reader, study)
    if not _hits(dice, GIVES_OPINIONS):
        return
    for app, finding in study.named:
        is_right = finding in truth or ALSO.get(finding) in truth
        opinion = Opinion.UNSURE if _hits(dice, UNSURE) else Opinion.AGREE if is_right else Opinion.DISAGREE
        yield {
            "reader": reader.name,
            "app": app,
            "finding": finding,
            "opinion": opinion.value,
            "cause": "" if opinion is Opinion.AGREE else dice.choice(ABSENT_CAUSES if is_right else CAUSES),
            "ai_seen": Seen.YES.value,
        }


def _seen(dice: Random, *, is_there: bool) -> Evaluation:
    if _hits(dice, UNSURE):
        return Evaluation.UNDETERMINED
    errs = _hits(dice, OVERLOOKED if is_there else OVERCALLED)
    return Evaluation.PRESENT if is_there != errs else Evaluation.ABSENT


def _hits(dice: Random, of_hundred: int) -> bool:
    return dice.random() * 100 < of_hundred


def _dice(what: str, reader: Reader, study: Waiting) -> Random:
    return Random(f"{SEED} {what} {reader.name} {study.accession}")  # noqa: S311 - a play, no secret
