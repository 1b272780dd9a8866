"""What a composite rule says, in words (R48)."""

from collections.abc import Iterable, Sequence

from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.rule import RuleVerdict, Verdict

MOST_NAMED = 3


def rule_words(said: RuleVerdict, manifest: Manifest | None) -> Text:
    """Count what is below its threshold, and name what is above it or cannot be told."""
    return Text(en=_in_one(said, manifest, "en"), nl=_in_one(said, manifest, "nl"))


def told(verdicts: Iterable[RuleVerdict], *, may_rule_out: bool) -> list[RuleVerdict]:
    """Leave out what an app may not say: where it may not rule out, no rule of it calls a study normal."""
    return [said for said in verdicts if may_rule_out or said.verdict is not Verdict.NORMAL]


def _in_one(said: RuleVerdict, manifest: Manifest | None, language: str) -> str:
    below = Text(
        en=f"{said.below} of {said.of} findings below their thresholds",
        nl=f"{said.below} van {said.of} bevindingen onder hun drempel",
    )
    parts = [f"{said.name.in_language(language)}: {below.in_language(language)}"]
    if said.above:
        above = Text(en="above", nl="erboven").in_language(language)
        parts.append(f"{above}: {_names(said.above, manifest, language)}")
    if said.open:
        number = len(said.open)
        unsaid = Text(en=f"{number} cannot be told", nl=f"{number} niet te zeggen").in_language(language)
        parts.append(f"{unsaid}: {_names(said.open, manifest, language)}")
    return "; ".join(parts)


def _names(ids: Sequence[str], manifest: Manifest | None, language: str) -> str:
    specs = [(name, manifest.finding(name) if manifest else None) for name in ids[:MOST_NAMED]]
    names = [spec.name.in_language(language) if spec else name for name, spec in specs]
    return ", ".join([*names, f"+{len(ids) - MOST_NAMED}"] if len(ids) > MOST_NAMED else names)
