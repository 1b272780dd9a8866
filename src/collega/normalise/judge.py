"""What one statement says of a finding: its word, its number, and whether it contradicts another one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from collega.errors import QuarantineError
from collega.formats.dicom_codes import PRESENCE_SCORE, PRESENCE_THRESHOLD
from collega.formats.vendor.said import Statement
from collega.model.app import FindingSpec
from collega.model.code import Code
from collega.model.finding import Direction, Evaluation, Measurement, Region, Score
from collega.model.results import Concept, ResultsSpec
from collega.normalise.located import Located
from collega.normalise.notes import How

MOST_MEASUREMENTS = 50
OWN_SCORE: Concept = (PRESENCE_SCORE.scheme, PRESENCE_SCORE.value)
# Numbers that say how sure the app is; they measure nothing, and nothing is there because of them.
ABOUT_CERTAINTY = frozenset(
    {
        *(OWN_SCORE, (PRESENCE_THRESHOLD.scheme, PRESENCE_THRESHOLD.value)),
        *(("DCM", "111011"), ("DCM", "111012"), ("DCM", "111013"), ("DCM", "111047")),
    }
)
# How far from an end of its scale a number may come out of a change of scale.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A statement as a word on a finding; ``score`` is None where it gives no number.

    ``is_drawn``: it is present because it is drawn, and neither a word nor a number says so.
    """

    evaluation: Evaluation
    score: Score | None = None
    sites: tuple[Code, ...] = ()
    images: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    lesion: str = ""
    planes: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    is_mark: bool = False
    is_drawn: bool = False
    how: How = field(default_factory=How)

    def contradicts(self, absent: "Judged") -> bool:
        """Whether this word, which is present, and one that is absent cannot both be true.

        They can where they speak of two lesions, two sites or two sets of images.
        """
        if self.lesion and absent.lesion:
            return self.lesion == absent.lesion
        apart = self.sites and absent.sites and not set(self.sites) & set(absent.sites)
        elsewhere = self.images and absent.images and not set(self.images) & set(absent.images)
        return not (apart or elsewhere or absent.is_mark)


def judged(statement: Statement, item: FindingSpec, spec: ResultsSpec, place: Located) -> Judged:
    """Judge a statement by what it says, else by its number and the threshold, else by what it shows.

    Raises
    ------
    QuarantineError
        ``score``: its number lies outside the scale.
    """
    score = _score(statement, item, spec)
    not_measures = ABOUT_CERTAINTY | ({spec.score.concept} if spec.score else set())
    numbers = [number for number in statement.numbers if _key(number.name) not in not_measures]
    said = _word(statement, spec) or _by_threshold(score, item)
    shows = (bool(numbers) or place.is_mark or statement.is_stated) and not statement.is_tentative
    on = (*statement.images, *(region.image for region in place.regions), *place.planes)
    return Judged(
        # What is measured or drawn is there; a name alone says nothing.
        evaluation=said or (Evaluation.PRESENT if shows else Evaluation.UNDETERMINED),
        score=score,
        sites=statement.sites,
        images=tuple(dict.fromkeys(on)),
        regions=place.regions,
        measurements=tuple(numbers[:MOST_MEASUREMENTS]),
        lesion=statement.lesion,
        planes=place.planes,
        is_mark=place.is_mark,
        is_drawn=said is None and not numbers and not statement.is_stated,
    )


def _word(statement: Statement, spec: ResultsSpec) -> Evaluation | None:
    """Read its coded words: those of the manifest first, then those that mean the same everywhere."""
    own = {spec.evaluations[key] for _, value in statement.answers if (key := _key(value)) in spec.evaluations}
    if own:
        return own.pop() if len(own) == 1 else Evaluation.UNDETERMINED
    return statement.evaluation


def _by_threshold(score: Score | None, item: FindingSpec) -> Evaluation | None:
    if score is None or item.threshold is None:
        return None
    is_over = score.value >= item.threshold
    if item.direction is Direction.LOWER_IS_PRESENT:
        is_over = score.value <= item.threshold
    return Evaluation.PRESENT if is_over else Evaluation.ABSENT


def _key(code: Code) -> Concept:
    return code.scheme, code.value


def _score(statement: Statement, item: FindingSpec, spec: ResultsSpec) -> Score | None:
    value = statement.score
    for number in statement.numbers:
        key = _key(number.name)
        if key == OWN_SCORE:
            share = number.value / 100
            if item.direction is Direction.LOWER_IS_PRESENT:
                share = 1 - share
            value = item.low + share * (item.high - item.low)
        elif spec.score and key == spec.score.concept:
            value = number.value * spec.score.scale
    if value is None:
        return None
    for end in (item.low, item.high):
        if math.isclose(value, end, rel_tol=ROUNDING, abs_tol=ROUNDING * (item.high - item.low)):
            value = end
    try:
        return replace(restated(Evaluation.UNDETERMINED, item), value=value, calibrated=item.calibrated)
    except ValueError as error:
        text = f"{item.id}: {error}"
        raise QuarantineError("score", text) from None


def restated(evaluation: Evaluation, item: FindingSpec) -> Score:
    """Restate a word as a number: the end of the scale that it speaks for, or its middle. No probability."""
    ends = {Evaluation.PRESENT: item.high, Evaluation.ABSENT: item.low}
    if item.direction is Direction.LOWER_IS_PRESENT:
        ends = {Evaluation.PRESENT: item.low, Evaluation.ABSENT: item.high}
    return Score(
        value=ends.get(evaluation, (item.low + item.high) / 2),
        low=item.low,
        high=item.high,
        direction=item.direction,
        calibrated=False,
    )
