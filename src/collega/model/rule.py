"""Composite rules: what several findings say together (R48)."""

from dataclasses import dataclass
from enum import StrEnum

from collega.model.code import Text


class RuleKind(StrEnum):
    """How the findings of a rule are put together."""

    ALL_BELOW = "all_below"


class Verdict(StrEnum):
    """What a rule says of a study; only ``normal`` says that nothing was found."""

    NORMAL = "normal"
    NOT_NORMAL = "not_normal"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of an app; ``findings`` are the ids of those that it holds together, each by its own threshold."""

    id: str
    name: Text
    kind: RuleKind
    findings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleVerdict:
    """What a rule says of one study, with the ids of the findings that stand in the way of a normal one."""

    rule_id: str
    name: Text
    verdict: Verdict
    of: int
    above: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def below(self) -> int:
        """How many findings are below their thresholds."""
        return self.of - len(self.above) - len(self.open)
