"""The table ``[[rules]]`` of a manifest: what several findings say together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collega.model.code import Text
from collega.model.rule import Rule, RuleKind

ALL = "all"


def rule_problems(rules: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """List what is wrong with the rules beyond their form."""
    known = {finding["id"]: finding for finding in findings}
    ids = [rule["id"] for rule in rules]
    if len(set(ids)) != len(ids):
        yield "rules: expected a different id for each rule"
    for index, rule in enumerate(rules):
        wanted = _findings(rule, known)
        if unknown := [name for name in wanted if name not in known]:
            yield f"rules[{index}].findings: expected ids of findings of this app, got {', '.join(unknown)}"
        if bare := [name for name in wanted if name in known and "threshold" not in known[name]]:
            yield f"rules[{index}].findings: expected findings with a threshold, {', '.join(bare)} has none"


def read_rules(rules: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Make the records of ``[[rules]]``."""
    known = {finding["id"]: finding for finding in findings}
    return tuple(
        Rule(id=rule["id"], name=Text(**rule["name"]), kind=RuleKind(rule["kind"]), findings=_findings(rule, known))
        for rule in rules
    )


def _findings(rule: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(known) if rule["findings"] == ALL else tuple(rule["findings"])
