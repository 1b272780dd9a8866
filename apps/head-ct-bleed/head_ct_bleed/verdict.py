"""From the parts that were found to one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from head_ct_bleed.bleed import Bleed

# From this share of the threshold on the app says that it cannot decide (chosen by measure/tune.py).
UNDECIDED = 0.9


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Evaluation, score and the parts that speak for it; none where the answer is absent."""

    evaluation: str
    score: float
    bleeds: tuple[Bleed, ...]


def decide(bleeds: Sequence[Bleed], threshold: float) -> Verdict:
    """Let the strongest part decide; of the others those count that reach the same limit."""
    score = max((bleed.score for bleed in bleeds), default=0.0)
    if score >= threshold:
        evaluation, limit = "present", threshold
    elif score >= UNDECIDED * threshold:
        evaluation, limit = "undetermined", UNDECIDED * threshold
    else:
        return Verdict(evaluation="absent", score=score, bleeds=())
    return Verdict(evaluation=evaluation, score=score, bleeds=tuple(bleed for bleed in bleeds if bleed.score >= limit))
