"""Composite rules held against an answer. What is missing or undetermined is never normal."""

from collections.abc import Iterable, Mapping

from collega.model.app import Manifest
from collega.model.finding import AppResult, Direction, Evaluation, Finding, Score, Status
from collega.model.rule import Rule, RuleVerdict, Verdict


def judged(score: Score, threshold: float) -> Evaluation:
    """Hold a score against a threshold; on the threshold itself it is present."""
    is_present = score.value >= threshold
    if score.direction is Direction.LOWER_IS_PRESENT:
        is_present = score.value <= threshold
    return Evaluation.PRESENT if is_present else Evaluation.ABSENT


def verdicts(result: AppResult, manifest: Manifest) -> tuple[RuleVerdict, ...]:
    """Say what each rule of the app makes of its answer; nothing where it could not analyse the study."""
    if result.status is not Status.ANALYSED:
        return ()
    words = together(result.findings)
    return tuple(verdict(rule, words) for rule in manifest.rules)


def together(findings: Iterable[Finding]) -> Mapping[str, Evaluation]:
    """One word per finding; where an app gives several of one id, the one that speaks most for presence."""
    order = (Evaluation.ABSENT, Evaluation.UNDETERMINED, Evaluation.PRESENT)
    words: dict[str, Evaluation] = {}
    for item in findings:
        words[item.id] = max(words.get(item.id, item.evaluation), item.evaluation, key=order.index)
    return words


def verdict(rule: Rule, words: Mapping[str, Evaluation]) -> RuleVerdict:
    """Put the words of an app together: one above its threshold is not normal, whatever the others say."""
    above = tuple(name for name in rule.findings if words.get(name) is Evaluation.PRESENT)
    unsaid = tuple(name for name in rule.findings if words.get(name) in {None, Evaluation.UNDETERMINED})
    unstopped = Verdict.CANNOT_TELL if unsaid or not rule.findings else Verdict.NORMAL
    said = Verdict.NOT_NORMAL if above else unstopped
    return RuleVerdict(rule_id=rule.id, name=rule.name, verdict=said, of=len(rule.findings), above=above, open=unsaid)
